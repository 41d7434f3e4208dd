"""Gains to a loudness, and the ceiling of formats."""

import numpy as np
import pytest

from sda_lib.analysis.loudness import LoudnessMeter
from sda_lib.audio.formats import FORMATS
from sda_lib.export.finish import Delivery
from sda_lib.export.normalize import loudness_gain, peak_ceiling

TONE = 0.1 * np.sin(2 * np.pi * 997 * np.arange(48000) / 48000)[None]


def gain(samples, lufs, ceiling=1.0):
    return loudness_gain([samples], LoudnessMeter(48000, 1), lufs, ceiling)


def test_the_gain_is_the_distance_to_the_loudness():
    assert 20 * np.log10(gain(TONE, -33) / gain(TONE, -43)) == pytest.approx(10)
    assert 20 * np.log10(gain(TONE, -23.0)) == pytest.approx(0.0, abs=0.1)  # a sine of 0 dBFS has -3 LUFS


def test_the_ceiling_limits_the_gain_and_silence_is_not_raised():
    assert gain(TONE, 0.0, 0.5) == pytest.approx(5.0, rel=0.01)
    assert gain(0 * TONE, -16.0) == 1.0


def test_the_ceiling_leaves_room_for_rounding():
    wav, ogg = FORMATS[".wav"], FORMATS[".ogg"]
    assert peak_ceiling(Delivery(ceiling_db=0.0, bit_depth=16), wav) == 1 - 2.0**-14
    assert peak_ceiling(Delivery(ceiling_db=-6.0), ogg) == pytest.approx(0.5012, abs=1e-4)
