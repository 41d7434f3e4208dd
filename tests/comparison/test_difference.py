"""Difference spectrograms of sounds whose difference is known."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.comparison.difference import difference, moved, spectrograms, time_shift

RATE = 44100


@pytest.fixture(params=["pluck", "rain", "sweep"])
def clip(request, tiny_corpus):
    return read_clip(tiny_corpus / f"{request.param}.wav")


def test_equal_sounds_don_t_differ(clip):
    found = difference(clip, clip)
    assert (found.mean, found.shift) == (0, 0)
    assert found.levels.shape == (len(found.hertz), len(found.seconds))


def test_a_gain_is_the_difference_in_every_audible_cell(clip):
    louder = AudioClip(2 * clip.samples, clip.sample_rate)
    found = difference(clip, louder)
    changed = found.levels[found.levels != 0]
    assert np.median(changed) == pytest.approx(6.02, abs=0.01)
    assert changed.max() <= 6.03
    assert difference(louder, clip).levels.min() >= -6.03


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3])
def test_a_delay_is_found_and_taken_back(clip, seconds):
    late = moved(clip, seconds)
    assert time_shift(clip, late) == pytest.approx(seconds, abs=1e-4)
    assert time_shift(late, clip) == pytest.approx(-seconds, abs=1e-4)
    found = difference(clip, late)
    assert found.mean < 1.5
    if seconds == 0.3:
        assert difference(clip, late, aligned=False).mean > 3 * found.mean


def test_a_filter_is_seen_at_its_frequencies():
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * RATE)
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    darker = np.fft.irfft(np.where(hertz > 2000, spectrum / 10, spectrum))
    found = difference(AudioClip(noise, RATE), AudioClip(darker, RATE))
    above, below = found.levels[found.hertz > 2300], found.levels[found.hertz < 1700]
    assert np.median(above) == pytest.approx(-20, abs=1)
    assert np.abs(below).mean() < 0.1


def test_rates_lengths_and_channels_may_differ(clip):
    other = AudioClip(np.repeat(clip.resampled(48000).cut(20000).samples, 2, axis=0), 48000)
    found = difference(clip, other)
    early = found.levels[(found.hertz > 200) & (found.hertz < 8000)][:, 2:25]
    assert np.abs(early).mean() < 1
    assert found.levels.shape[1] == pytest.approx(clip.seconds * RATE / 512, abs=2)


def test_what_is_out_of_phase_is_seen_too():
    time = np.arange(RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 500 * time)
    opposite = AudioClip(np.stack([tone, -tone]), RATE)
    assert difference(AudioClip(tone, RATE), opposite).mean < 0.1


def test_spectrograms_have_one_length(tiny_corpus):
    clips = [read_clip(tiny_corpus / f"{name}.wav") for name in ("pluck", "rain", "sweep")]
    found = spectrograms(clips)
    assert len({one.shape for one in found}) == 1
    assert found[2][:, -5:].max() < found[2].max() - 60  # silence after the shortest


def test_silence_has_no_difference():
    silence = AudioClip(np.zeros(4000), RATE)
    assert difference(silence, silence).mean == 0
