"""Chords, beats and grains: families made of others."""

import numpy as np
import pytest

from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.music import beat, faded, grains, level, melody


def test_level_brings_any_sound_to_full_scale_but_silence():
    assert np.abs(level(np.array([0.0, -0.2, 0.1], np.float32))).max() == pytest.approx(1)
    assert not level(np.zeros(4, np.float32)).any()


def test_a_fade_ends_in_silence():
    gain = faded(Draw((0,), 1000, 100))
    assert gain[0] == 1
    assert gain[-1] == pytest.approx(0.05, abs=1e-4)


def test_a_beat_repeats():
    """At some lag within two seconds, the level over time resembles itself."""
    found = []
    for seed in range(12):
        sound = beat(Draw((seed,), 8000, 64_000))
        loud = np.sqrt(np.add.reduceat(sound**2, np.arange(0, len(sound), 80)))
        loud = loud - loud.mean()
        share = 1 - np.arange(len(loud)) / len(loud)  # of the sound that overlaps at each lag
        lagged = np.correlate(loud, loud, "full")[len(loud) - 1 :] / (loud @ loud) / share
        found.append(lagged[20:420].max())
    assert np.median(found) > 0.5


@pytest.mark.parametrize("make", [melody, grains])
def test_more_time_holds_more_notes_and_grains(make):
    for seed in range(4):
        sound = level(make(Draw((seed,), 8000, 40_000)))
        thirds = [np.abs(part).max() for part in np.array_split(sound, 3)]
        assert sum(peak > 0.001 for peak in thirds) >= 2
