"""Loudness match of takes."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.comparison.loudness_match import Level
from sda_widgets.listen.take_matching import TakeMatching

TONE = 0.4 * np.sin(np.arange(24000) * 0.05)


def test_every_clip_is_measured_once(monkeypatch):
    measured = []
    of = Level.of
    monkeypatch.setattr(Level, "of", lambda clip: measured.append(clip) or of(clip))
    one, other, third = AudioClip(TONE, 48000), AudioClip(0.5 * TONE, 48000), AudioClip(0.1 * TONE, 48000)
    matching = TakeMatching()
    gains = matching.gains({"Original": one, "Edited": one, "B": other})
    assert gains["B"] - gains["Edited"] == pytest.approx(6.02, abs=0.02)
    assert gains["Original"] == gains["Edited"]
    matching.gains({"Edited": one, "B": third})
    assert measured == [one, other, third]
    assert matching.gains({}) == {}
