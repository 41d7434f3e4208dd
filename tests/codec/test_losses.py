"""The mel distance is the published one; SI-SDR ignores scale and measures noise."""

import librosa
import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.losses import WINDOWS, mel_distance, si_sdr


def clip(seed, length=20000, scale=0.1):
    return AudioClip(np.random.default_rng(seed).normal(0, scale, length), 44100)


def reference_mel_distance(a, b):
    """The definition once more, in numpy and librosa."""
    total = 0.0
    for window, bands in WINDOWS:
        filters = librosa.filters.mel(sr=44100, n_fft=window, n_mels=bands)
        one, two = (
            np.log10(np.maximum(filters @ np.abs(librosa.stft(x, n_fft=window, hop_length=window // 4)), 1e-5))
            for x in (a, b)
        )
        total += np.abs(one - two).mean()
    return total


@pytest.mark.filterwarnings("ignore:Empty filters")
def test_mel_distance_is_that_of_the_reference():
    a, b = clip(0), clip(1, scale=0.02)
    wanted = reference_mel_distance(a.samples[0], b.samples[0])
    assert mel_distance(a, b) == pytest.approx(wanted, rel=1e-3)
    assert mel_distance(a, a) == 0


def test_mel_distance_counts_missing_sound():
    whole = clip(0)
    half = AudioClip(whole.samples[:, :10000], 44100)
    assert mel_distance(whole, half) > 1


def test_si_sdr():
    a = clip(0)
    assert si_sdr(a, AudioClip(a.samples * 0.3, 44100)) > 60
    noisy = AudioClip(a.samples + clip(1, scale=0.01).samples, 44100)
    assert si_sdr(a, noisy) == pytest.approx(20, abs=0.5)
