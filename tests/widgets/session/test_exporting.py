"""Export of a sound."""

import numpy as np
import soundfile

from sda_lib.writers.generate import cut_with_fade


def test_export_uses_export_quality(session):
    session.set_source(0.0)
    written = soundfile.read(session.exports.write(session.sound), dtype="float32", always_2d=True)[0].T
    best = cut_with_fade(session.model.decode(session.sound.codes, 0.0, "export"), session.sound.seconds)
    assert np.allclose(written, best.samples, atol=1e-4)
    assert not np.allclose(written, session.sound.clip.samples, atol=1e-4)


def test_exports_are_24_bit_and_never_overwrite(session):
    first, second = session.exports.write(session.sound), session.exports.write(session.sound)
    assert first != second
    facts = soundfile.info(first)
    assert (facts.samplerate, facts.subtype) == (session.model.sample_rate, "PCM_24")
    assert facts.frames == session.sound.clip.length
    assert session.exports.path == second
