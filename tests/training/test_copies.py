"""Copies at other pitches: as long as their rate makes them, at the pitch that was asked for."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.training.copies import shifted_copies
from sda_lib.training.segments import CorpusSound

RATE = 16000


def tone(hertz):
    seconds = np.arange(RATE) / RATE
    samples = np.stack([np.sin(2 * np.pi * hertz * seconds), 0.5 * np.sin(2 * np.pi * hertz * seconds)])
    return CorpusSound.of(AudioClip(0.4 * samples.astype(np.float32), RATE, "tone"))


def pitch(sound):
    spectrum = np.abs(np.fft.rfft(sound.clip.samples[0] * np.hanning(sound.length)))
    return spectrum.argmax() * RATE / sound.length


def test_copies_are_higher_and_lower():
    higher, lower = shifted_copies([tone(440)], 3)
    assert pitch(higher) == pytest.approx(440 * 2 ** (3 / 12), rel=0.01)
    assert pitch(lower) == pytest.approx(440 * 2 ** (-3 / 12), rel=0.01)
    assert higher.length == pytest.approx(RATE / 2 ** (3 / 12), abs=2)
    assert (higher.name, higher.gain, len(lower.pcm)) == ("tone", tone(440).gain, 2)


def test_there_are_none_at_no_distance():
    assert shifted_copies([tone(440)], 0) == ()
