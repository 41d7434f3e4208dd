"""What recordings of dry sounds are like."""

import numpy as np
import pytest

from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.recording import LOUDEST, recorded

SOME = ("bell", "colored", "drum", "strings", "click")


@pytest.fixture(scope="module")
def recordings():
    """Stereo recordings of half a second."""
    return [recorded(Draw((seed, 1), 44100, 22050), FAMILIES[SOME[seed % 5]].make, True) for seed in range(60)]


def test_peaks_reach_from_faint_to_full_and_never_beyond(recordings):
    peaks = np.array([np.abs(samples).max() for samples in recordings])
    assert peaks.max() <= LOUDEST + 1e-6
    assert 0.005 < peaks.min() < 0.3
    assert np.median(peaks) > 0.4


def test_no_direct_current_is_left(recordings):
    assert max(np.abs(samples.mean(1)).max() / np.abs(samples).max() for samples in recordings) < 1e-5


def test_nothing_is_close_to_half_the_rate(recordings):
    for samples in recordings:
        density = (np.abs(np.fft.rfft(samples * np.hanning(samples.shape[1]))) ** 2).sum(0)
        assert density[round(0.495 * samples.shape[1]) :].mean() < 0.01 * density.mean()


def test_stereo_is_of_every_width(recordings):
    sides = [np.std(left - right) / (np.std(left + right) + 1e-9) for left, right in recordings]
    assert sum(side < 1e-3 for side in sides) > 3  # in the middle
    assert sum(side > 0.05 for side in sides) > 20
    assert max(sides) > 0.5
    assert sum(np.std(left) > 1.5 * np.std(right) for left, right in recordings) > 1  # panned to the left
    assert sum(np.std(right) > 1.5 * np.std(left) for left, right in recordings) > 1


def test_mono_has_one_channel_and_starts_in_silence():
    samples = recorded(Draw((1,), 22050, 9000), FAMILIES["colored"].make, False)
    assert samples.shape == (1, 9000)
    assert samples.dtype == np.float32
    assert abs(samples[0, 0]) < 0.2 * np.abs(samples).max()


def test_rooms_and_noise_floors_fill_what_would_be_silent():
    """The last tenth of a click's second: silent in most, noisy in some."""
    tails = []
    for seed in range(40):
        samples = recorded(Draw((seed, 7), 22050, 33075), FAMILIES["click"].make, False)
        tails.append(np.sqrt((samples[0, -2205:] ** 2).mean()) / np.abs(samples).max())
    assert sum(tail > 1e-4 for tail in tails) > 8
    assert sum(tail < 1e-4 for tail in tails) > 5
