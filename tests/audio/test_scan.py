"""Scans of real files: clipping, silence, offset and outlines."""

import functools

import numpy as np
import pytest
import soundfile

from sda_lib.audio import measurement
from sda_lib.audio.clip import PREVIEW_SECONDS, AudioClip, read_excerpt
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.measurement import OUTLINE_COLUMNS, clipped_samples
from sda_lib.audio.pooled import PooledWindows
from sda_lib.audio.scan import outline_of, scan_corpus

RATE = 44100


def tone(hertz=440.0, seconds=1.0, level=0.5):
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def one(folder, samples, subtype="PCM_24"):
    """Return the scan of a folder with this one sound."""
    soundfile.write(folder / "a.wav", samples, RATE, subtype=subtype)
    return scan_corpus(Corpus.from_folder(folder))


def test_clipping_is_the_share_of_samples_in_runs_at_full_scale(tmp_path):
    over = tone(level=1.5)
    found = one(tmp_path, np.clip(over, -1, 1))
    assert found.files[0].clipped == pytest.approx((np.abs(over) >= 1).mean(), abs=1e-3)
    assert found.files[0].remarks[0].startswith("clipped")
    assert "1 file is clipped" in found.sentences[0]
    assert one(tmp_path, tone(level=1.0), "PCM_16").files[0].clipped == 0  # its tops are full scale, but short
    assert clipped_samples(np.array([1.0, 1, 1, 0, 1, 1, 1, 1, -1, 0.5])) == 5


def test_floating_point_above_full_scale_is_not_clipped(tmp_path):
    found = one(tmp_path, tone(level=1.5), "FLOAT")
    assert (found.files[0].clipped, found.sentences) == (0, ())
    assert found.files[0].remarks == ("peaks at +3.5 dBFS",)
    flat = one(tmp_path, np.clip(tone(level=3.0), -1.5, 1.5), "FLOAT").files[0]
    assert flat.remarks[0].startswith("clipped")


def test_silence_is_measured_at_both_ends_and_over_all(tmp_path):
    found = one(tmp_path, np.concatenate([np.zeros(2 * RATE), tone(), np.zeros(3 * RATE // 2)])).files[0]
    assert (found.leading, found.trailing, found.silent) == pytest.approx((2.0, 1.5, 3.5 / 4.5), abs=0.01)
    assert found.remarks == ("78% silent", "2.0 s silence before it", "1.5 s silence behind it")


def test_an_offset_is_measured_and_a_good_sound_gets_no_remark(tmp_path):
    assert one(tmp_path, tone() + 0.05).files[0].offset == pytest.approx(0.05, abs=1e-3)
    well = one(tmp_path, tone())
    assert (well.files[0].remarks, well.sentences) == ((), ())


def test_the_outline_follows_the_loudness(tmp_path):
    outline = one(tmp_path, tone(seconds=2.0) * np.linspace(0, 1, 2 * RATE)).files[0].outline
    assert outline.shape == (OUTLINE_COLUMNS, 2)
    height = outline[:, 1].astype(int) - outline[:, 0]
    assert (np.diff(height) >= -2).all()
    assert height[-1] == 254


def test_an_excerpt_is_the_beginning(tmp_path):
    soundfile.write(tmp_path / "long.wav", tone(seconds=PREVIEW_SECONDS + 1), RATE, subtype="FLOAT")
    clip = read_excerpt(tmp_path / "long.wav")
    assert clip.seconds == PREVIEW_SECONDS
    np.testing.assert_array_equal(clip.samples[0], tone(seconds=PREVIEW_SECONDS + 1).astype(np.float32)[: clip.length])


def test_the_outline_of_a_clip_has_the_extremes_of_all_channels():
    samples = np.zeros((2, RATE), np.float32)
    samples[0, RATE // 2 :], samples[1, RATE // 2 :] = 0.5, -0.25
    outline = outline_of(AudioClip(samples, RATE))
    assert outline.shape == (OUTLINE_COLUMNS, 2)
    assert outline[0].tolist() == [0, 0]
    assert outline[-1].tolist() == [-64, 127]


def test_a_long_file_is_measured_in_larger_windows(tmp_path, monkeypatch):
    """The number of windows that are kept is limited; what is measured hardly depends on it."""
    loud = tone(seconds=6.0) * np.linspace(0.2, 1, 6 * RATE)
    sound = np.concatenate([np.zeros(2 * RATE), np.clip(loud * 2.2, -1, 1), np.zeros(3 * RATE // 2)])
    usual = one(tmp_path, sound).files[0]
    monkeypatch.setattr(measurement, "BLOCK_WINDOWS", 256)
    monkeypatch.setattr(measurement, "PooledWindows", functools.partial(PooledWindows, most=512))
    long = one(tmp_path, sound).files[0]
    assert (long.peak, long.clipped, long.seconds) == (usual.peak, usual.clipped, usual.seconds)
    assert (long.offset, long.silent) == pytest.approx((usual.offset, usual.silent), abs=0.01)
    assert (long.leading, long.trailing) == pytest.approx((usual.leading, usual.trailing), abs=0.03)
    assert np.abs(long.outline.astype(int) - usual.outline).max() <= 2
