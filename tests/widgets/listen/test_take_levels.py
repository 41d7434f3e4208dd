"""Levels of takes: one gain for all, which falls with the loudest and stays."""

import numpy as np
import pytest

from sda_lib import AudioClip
from sda_widgets.listen.take_levels import TakeLevels


def clip(peak, length=30_000):
    samples = np.zeros((1, length), np.float32)
    samples[0, 1000:1400] = peak * np.hanning(400)
    return AudioClip(samples, 48000)


def take(levels, name, sound):
    """Take a whole sound in; returns its scale and whether that is new."""
    found = levels.fit(name, sound, 0, sound.length)
    levels.refine(name, sound, 0, sound.length)
    return found


def test_sounds_below_full_scale_are_left_alone():
    levels = TakeLevels()
    assert take(levels, "Original", clip(0.99)) == (1.0, True)
    assert take(levels, "Original", clip(0.5)) == (1.0, False)
    assert levels.gain_db == 0


def test_all_takes_get_the_gain_of_the_loudest_and_keep_it():
    levels = TakeLevels()
    take(levels, "Original", clip(0.5))
    assert take(levels, "Edited", clip(3.5)) == (4.0, True)
    assert levels.gain_db == -10.9
    assert take(levels, "Edited", clip(0.5)) == (1.0, True)  # an undo plays at the same gain
    assert levels.gain_db == -10.9
    levels.drop("Edited")
    assert take(levels, "Edited", clip(0.5)) == (1.0, True)
    levels.clear()
    assert levels.gain_db == 0


def test_samples_are_below_full_scale_before_the_peak_between_them_is_known():
    levels, sound = TakeLevels(), clip(2.0)
    levels.fit("Edited", sound, 0, sound.length)
    assert levels.gain_db == -6.1


def test_a_changed_part_is_measured_alone(monkeypatch):
    levels, before = TakeLevels(), clip(0.9, 1_000_000)
    take(levels, "Edited", before)
    louder = before.samples.copy()
    louder[0, 500_000:500_100] = 1.5 * np.hanning(100)
    after = AudioClip(louder, 48000)
    counted = []
    from sda_lib.analysis.true_peak import BlockPeaks

    original = BlockPeaks._true_peak
    monkeypatch.setattr(BlockPeaks, "_true_peak", lambda *args: counted.append(1) or original(*args))
    assert levels.fit("Edited", after, 500_000, 500_100) == (2.0, True)
    levels.refine("Edited", after, 500_000, 500_100)
    assert levels.gain_db == pytest.approx(-3.6, abs=0.11)
    assert len(counted) == 1


def test_the_scale_is_that_of_the_whole_sound_when_a_part_changes():
    levels, sound = TakeLevels(), clip(3.5)
    take(levels, "Edited", sound)
    quieter = sound.samples.copy()
    quieter[0, 5000:5100] = 0.1
    after = AudioClip(quieter, 48000)
    assert levels.fit("Edited", after, 5000, 5100) == (4.0, False)
    levels.refine("Edited", after, 5000, 5100)
    soft = clip(0.5)
    assert levels.fit("Edited", soft, 1000, 1400) == (1.0, True)


def test_a_clip_that_two_takes_share_is_measured_once(monkeypatch):
    levels, sound = TakeLevels(), clip(0.9)
    take(levels, "Original", sound)
    monkeypatch.setattr("sda_widgets.listen.take_levels.BlockPeaks", None)
    take(levels, "Edited", sound)
