"""The STFT inverts itself, frames sit where the module says, mel filters are librosa's."""

import librosa
import numpy as np
import pytest
import torch

from sda_lib.codec.stft import Spectral, left_right, log_magnitude, mel_filters, mid_side

SPECTRAL = Spectral(48000, 1024, 256, 80)


def noise(channels=1, length=4096, seed=0):
    return torch.randn(channels, length, generator=torch.Generator().manual_seed(seed)) * 0.1


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("length", [256, 2048, 12288])
def test_inverse(channels, length):
    signal = noise(channels, length)
    rows = SPECTRAL.rows(signal)
    assert rows.shape == (channels, length // 256, 513)
    assert torch.allclose(SPECTRAL.signal(rows), signal, atol=1e-5)


def test_a_spectrum_is_centered_on_its_half_step():
    signal = torch.zeros(1, 4096)
    signal[0, 5 * 256 + 128] = 1
    energy = SPECTRAL.stft(signal)[0].abs().sum(0)
    assert int(energy.argmax()) == 5
    assert torch.allclose(energy[5 - 1], energy[5 + 1], rtol=1e-3)


@pytest.mark.parametrize(("window", "bands", "rate"), [(1024, 80, 48000), (2048, 320, 44100), (512, 80, 44100)])
def test_mel_filters_are_librosas(window, bands, rate):
    theirs = librosa.filters.mel(sr=rate, n_fft=window, n_mels=bands, dtype=np.float64)
    ours = mel_filters(window // 2 + 1, bands, rate).numpy()
    assert ours.dtype == np.float32
    assert np.allclose(ours, theirs, rtol=2e-7, atol=1e-12)  # rounded once, at the end


def test_silence_is_floored():
    assert log_magnitude(SPECTRAL.stft(torch.zeros(1, 1024))).eq(-5).all()


def test_mid_side_there_and_back():
    stereo = noise(2)
    assert torch.allclose(left_right(mid_side(stereo)), stereo, atol=1e-6)
    mono = noise(1)
    assert mid_side(mono) is mono
    assert left_right(mono) is mono
