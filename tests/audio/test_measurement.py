"""Measurements of a file in one pass: the same by blocks of any size, and those of a second read."""

import dataclasses

import numpy as np
import pytest
import soundfile

from sda_lib.audio import measurement
from sda_lib.audio.clip import read_clip
from sda_lib.audio.duplicates import COMPARED_SECONDS, band_spectra
from sda_lib.audio.measurement import measured

RATE = 44100


def same(one, other):
    plain = (dataclasses.asdict(found) for found in (one, other))
    return all(np.array_equal(*pair) for pair in zip(*(found.values() for found in plain), strict=True))


def test_blocks_do_not_matter(pytestconfig, monkeypatch):
    path = pytestconfig.rootpath / "data/demo/ambi_choir.flac"
    whole = measured(path)
    monkeypatch.setattr(measurement, "BLOCK_WINDOWS", 64)
    parts = measured(path)
    assert parts.offset == pytest.approx(whole.offset, abs=1e-6)
    assert same(dataclasses.replace(parts, offset=whole.offset), whole)


def test_channels_that_differ_are_told_from_those_that_do_not(tmp_path):
    tone = np.random.default_rng(0).uniform(-0.5, 0.5, RATE)
    for name, other in (("narrow", tone), ("wide", tone[::-1]), ("opposed", -tone)):
        soundfile.write(tmp_path / f"{name}.wav", np.stack([tone, other], 1), RATE)
    narrow, wide, opposed = (measured(tmp_path / f"{name}.wav") for name in ("narrow", "wide", "opposed"))
    assert (narrow.wide, wide.wide, opposed.wide) == (False, True, True)
    assert opposed.remarks == ("its two channels cancel each other in mono",)
    assert (narrow.remarks, wide.remarks) == ((), ())


@pytest.mark.parametrize("held", [measurement.HELD_SECONDS, 0.1])
def test_files_are_compared_from_where_they_sound(tmp_path, held, monkeypatch):
    """Also where that is behind the samples that are held."""
    monkeypatch.setattr(measurement, "HELD_SECONDS", held)
    monkeypatch.setattr(measurement, "BLOCK_WINDOWS", 32)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE)
    soundfile.write(tmp_path / "late.wav", np.concatenate([np.zeros(2 * RATE), noise]), RATE)
    found, clip = measured(tmp_path / "late.wav"), read_clip(tmp_path / "late.wav")
    window = RATE // measurement.WINDOWS_A_SECOND
    first = 2 * RATE // window * window
    excerpt = clip.samples[0, first : first + round(COMPARED_SECONDS * RATE)]
    assert np.array_equal(found.spectra, band_spectra(excerpt, RATE).astype(np.float16))
    assert found.audible == pytest.approx(4, abs=0.01)
    assert found.level.max() == pytest.approx(100 * 20 * np.log10(0.5), abs=1)
