"""The measure of jumps sees a cut between two tones, and not what the recordings do anyway."""

import numpy as np
from joints import changes, usual

from sda_lib.audio.clip import AudioClip

RATE = 48000


def tone(hertz: float, level: float = 0.3) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)


def test_a_cut_changes_more_than_the_recordings_do():
    clips = [AudioClip(tone(hertz)[None].astype(np.float32), RATE) for hertz in (300, 440)]
    flux, level = usual(clips)
    cut = AudioClip(np.concatenate([tone(300), tone(440, 0.1)])[None].astype(np.float32), RATE)
    ((at_cut, step),) = changes(cut, [RATE])
    assert at_cut > flux
    assert step > level + 6
    assert changes(cut, [100]) == []
