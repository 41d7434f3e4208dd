"""What a sound measures."""

import math

import numpy as np
import pytest

from sda_lib.api.clip import AudioClip
from sda_lib.api.features import note_name

TIME = np.arange(48000) / 48000
TONE = AudioClip(0.5 * np.sin(2 * np.pi * 440 * TIME), 48000, "<a4>")


def test_a_tone_is_measured(checked_html):
    found = TONE.features()
    assert found["pitch"] == pytest.approx(440, rel=1e-3)
    assert found["true peak"] == pytest.approx(-6.02, abs=0.1)
    assert found.measures["pitch"].about == "A4"
    assert "A4" in checked_html(found._repr_html_())
    assert "\n" not in repr(found)


def test_noise_has_no_pitch():
    noise = AudioClip(np.random.default_rng(0).normal(0, 0.1, 48000), 48000).features()
    assert math.isnan(noise["pitch"])
    assert str(noise.measures["pitch"]) == "–"
    assert noise["noisiness"] > TONE.features()["noisiness"] + 10


def test_silence_and_a_click_are_measured_too():
    for samples in (np.zeros(1000), np.eye(1, 1000)[0]):
        assert len(AudioClip(samples, 48000).features()) > 10


def test_notes():
    assert [note_name(one) for one in (440, 261.63, math.nan, 0)] == ["A4", "C4", "", ""]
