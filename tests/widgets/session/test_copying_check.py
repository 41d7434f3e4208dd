"""How much of a sound is copied, on the page."""

import sda_lib


def test_a_recording_is_a_copy_without_a_warning(session, finished):
    session.sound.create.take_recording(0)
    session.sound.copying.measure()
    finished(session.sound.copying.work)
    assert session.message == ""
    assert session.sound.copied.startswith("100% of its 200-ms windows")
    assert "implies" not in session.sound.copied


def test_a_sound_moved_by_sliders_is_measured_as_it_plays(session, finished):
    session.sound.create.generate(sda_lib.GenerateOptions(seconds=1.0, novelty=0.0))
    session.sound.copying.measure()
    finished(session.sound.copying.work)
    assert "own waveform" in session.sound.copied
    session.sound.edits.apply("varispeed", semitones=3.0)
    assert session.sound.copied == ""
    session.sound.copying.measure()
    finished(session.sound.copying.work)
    assert session.sound.copied.startswith("0% of its 200-ms windows")
