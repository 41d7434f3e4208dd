"""Pitch of tones to a few cents on all keys of a piano; noise and percussion have none."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import welch

from sda_lib.analysis.pitch import pitch_of
from sda_lib.audio.clip import AudioClip, read_clip

DEMO = Path(__file__).parents[2] / "data/demo"


def tone(note, rate=44100, partials=10, seconds=0.8):
    hertz, time = 440 * 2 ** ((note - 69) / 12), np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hertz * k * time + k) / k for k in range(1, partials + 1) if hertz * k < rate / 2)
    hiss = np.random.default_rng(0).normal(0, 0.002, len(time))
    return AudioClip(0.2 * wave * np.exp(-3 * time) + hiss, rate, f"key {note:g}")


@pytest.mark.parametrize("partials", [1, 10])
@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_every_key_of_a_piano_is_known(rate, partials):
    for note in [*range(21, 108, 6), 60.35, 71.5]:
        found = pitch_of(tone(note, rate, partials))
        assert found.is_tone, (note, found)
        assert abs(found.note - note) < 0.09, (note, found)


@pytest.mark.parametrize("name", ["tabla_ghe6", "ambi_glass_rub", "elec_blip2", "elec_bell"])
def test_recorded_tones_have_the_pitch_of_their_strongest_partial(name):
    clip = read_clip(DEMO / f"{name}.flac")
    found = pitch_of(clip)
    size = min(clip.length, 1 << 15)
    hertz, power = welch(clip.samples[0], clip.sample_rate, nperseg=size, nfft=1 << 17)
    assert found.is_tone
    ratio = hertz[power.argmax()] / found.hertz
    assert abs(1200 * np.log2(ratio / round(ratio))) < 35


def test_noise_onsets_and_silence_have_no_pitch():
    noise = np.random.default_rng(0).normal(0, 0.1, 44100)
    assert not pitch_of(AudioClip(noise, 44100)).is_tone
    for name in ("elec_cymbal", "perc_snap", "vinyl_scratch", "elec_hi_snare", "ambi_dark_woosh"):
        assert not pitch_of(read_clip(DEMO / f"{name}.flac")).is_tone
    assert pitch_of(AudioClip(np.zeros(44100), 44100)).hertz == 0
    assert pitch_of(AudioClip(np.ones(3), 44100)).hertz == 0
