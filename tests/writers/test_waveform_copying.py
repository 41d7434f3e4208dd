"""Copying by waveform, on sounds made of a recording's own samples and on others."""

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.writers.provenance import own_waveform
from sda_lib.writers.waveform_copying import LEAST_WINDOWS, OwnWaveform, copying_warning


@pytest.fixture(scope="module")
def recording(plain, tiny_corpus):
    """The samples of a recording [channel, time] at the model's rate, and its codes."""
    clip = read_clip(tiny_corpus / "rain.wav").resampled(plain.sample_rate)
    return clip.samples, plain.encode(clip)


def test_a_recording_is_its_own_waveform(plain, recording):
    samples, codes = recording
    own = own_waveform(plain, codes, [samples])
    assert (own.share, own.file) == (1.0, "rain")
    assert own.position == pytest.approx(0, abs=0.003)
    assert own.longest == pytest.approx(codes.seconds, abs=0.06)
    assert own.sentence.startswith("100% of its 200-ms windows are a recording's own waveform; the longest passage is ")


def test_gain_polarity_and_a_small_shift_do_not_hide_a_copy(plain, recording):
    samples, codes = recording
    moved = -0.2 * np.pad(samples, ((0, 0), (300, 0)))[:, : samples.shape[1]]
    assert own_waveform(plain, codes, [moved]).share > 0.95


def test_noise_of_the_same_codes_is_no_copy(plain, recording):
    samples, codes = recording
    noise = np.random.default_rng(0).normal(0, 0.1, samples.shape)
    assert own_waveform(plain, codes, [noise]) == OwnWaveform(0.0, 0.0, "", 0.0, own_waveform(plain, codes).windows)


def test_a_half_that_is_copied_is_found(plain, recording):
    samples, codes = recording
    half = samples.shape[1] // 2
    mixed = np.concatenate([samples[:, :half], np.random.default_rng(0).normal(0, 0.1, samples[:, half:].shape)], 1)
    own = own_waveform(plain, codes, [mixed])
    assert 0.3 < own.share < 0.6
    assert own.longest == pytest.approx(half / plain.sample_rate, abs=0.1)


def test_blocks_give_what_the_whole_gives(plain, recording):
    samples, codes = recording
    parts = [samples[:, at : at + 7001] for at in range(0, samples.shape[1], 7001)]
    assert own_waveform(plain, codes, parts) == own_waveform(plain, codes, [samples])


def test_silence_has_no_windows(plain, recording):
    samples, codes = recording
    assert own_waveform(plain, codes, [np.zeros_like(samples)]) == OwnWaveform(0.0, 0.0, "", 0.0, 0)


def test_a_sound_shorter_than_a_window_is_one(plain, recording):
    samples, codes = recording
    own = own_waveform(plain, codes, [samples[:, :4000]])
    assert (own.share, own.windows) == (1.0, 1)


def test_a_warning_comes_beyond_what_the_novelty_implies_only():
    copy = OwnWaveform(0.99, 3.0, "rain", 0.0, LEAST_WINDOWS)
    assert copying_warning(copy, 0.0) == ""
    assert copying_warning(copy, 1.0).startswith("That is more than novelty 1 implies")
    assert "a higher novelty" in copying_warning(copy, 0.7)
    assert copying_warning(OwnWaveform(0.05, 0.2, "rain", 0.0, 99), 1.0) == ""
    assert copying_warning(OwnWaveform(0.99, 0.4, "rain", 0.0, LEAST_WINDOWS - 1), 1.0) == ""
