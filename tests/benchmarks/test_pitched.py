"""The pitched corpus has a score, and its pitch measure resolves cents."""

import math

import numpy as np
import pytest

from sda_lib import AudioClip


def tone(frequency, seconds=2.0, rate=44100):
    time = np.arange(int(seconds * rate)) / rate
    partials = sum(np.sin(2 * np.pi * frequency * k * time + k) / k for k in range(1, 9) if k * frequency < rate / 2)
    return AudioClip(0.2 * partials * np.exp(-time), rate, "tone_069")


@pytest.mark.parametrize(("key", "cents"), [(36, 4), (60, -30), (84, 55)])
def test_pitch_is_measured_to_a_cent(key, cents):
    from pitched import pitch

    played = 440 * 2 ** ((key - 69) / 12)
    true, shifted = (pitch(tone(played * 2 ** (shift / 1200)), played) for shift in (0, cents))
    assert 1200 * math.log2(true / played) == pytest.approx(0, abs=2.0)
    assert 1200 * math.log2(shifted / true) == pytest.approx(cents, abs=1.0)


def test_cents_off_sees_the_octave():
    from pitched import cents_off

    assert cents_off(tone(440), tone(440)) == 0
    assert cents_off(tone(440), tone(880)) == pytest.approx(1200, abs=2)
    assert cents_off(tone(440), tone(220)) == pytest.approx(1200, abs=2)


def test_the_score_has_seven_notes_of_twelve_instruments():
    from pitched import NOTES, score

    notes = score()
    assert len({note.name for note in notes}) == len(notes) == 12 * NOTES
