"""Spectrogram discriminator that distinguishes recordings from decoded sound; never part of an `.sda`.

After the multi-resolution spectrogram discriminator of Jang et al., "UnivNet" (2021), but on log-magnitudes, so that
quiet parts count as much as loud ones, and small, because a few dozen recordings are soon memorized.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from sda_lib.codec.stft import modulus

# Samples per window of the spectrograms of a waveform; windows overlap by three quarters.
WINDOWS = (512, 1024, 2048)
WIDTH = 16
# Negative slope of the leaky ReLUs.
SLOPE = 0.1
# Magnitude, relative to full-scale noise, added before the logarithm: differences below it vanish (-80 dB).
QUIETEST = 1e-4

# For each network the maps of every layer, [n, channel, spectrum, bin]; the scores are last.
Maps = list[list[Tensor]]


@dataclass(frozen=True)
class DiscriminatorInput:
    """Input of the discriminator.

    Waveforms [n, time], and the magnitudes [n, spectrum, bin] that they were made of, relative to those of full-scale
    noise.
    """

    signal: Tensor
    magnitudes: Tensor

    def detached(self) -> DiscriminatorInput:
        return DiscriminatorInput(self.signal.detach(), self.magnitudes.detach())


class Discriminator(nn.Module):
    """One network for the magnitudes, and one per window size for the waveform."""

    def __init__(self) -> None:
        super().__init__()
        # The name is part of the keys in checkpoints.
        self.judges = nn.ModuleList(SubDiscriminator() for _ in range(1 + len(WINDOWS)))
        for size in WINDOWS:
            self.register_buffer(f"window_{size}", torch.hann_window(size), persistent=False)

    def forward(self, sounds: DiscriminatorInput) -> Maps:
        inputs = self.log_spectrograms(sounds)
        return [network(one) for network, one in zip(self.judges, inputs, strict=True)]

    def log_spectrograms(self, sounds: DiscriminatorInput) -> list[Tensor]:
        """Return log10 magnitudes [n, spectrum, bin] for each network, from about -2 (silence) to 3."""
        windows = (self.get_buffer(f"window_{size}") for size in WINDOWS)
        found = [sounds.magnitudes, *(relative_magnitudes(sounds.signal, window) for window in windows)]
        return [(one + QUIETEST).log10() + 2 for one in found]


class SubDiscriminator(nn.Module):
    """Convolutional network: spectrogram [n, spectrum, bin] → the maps of every layer, the score last."""

    def __init__(self) -> None:
        super().__init__()
        strided = (_convolution(channels, WIDTH, (3, 9), (1, 2)) for channels in (1, WIDTH, WIDTH, WIDTH))
        self.layers = nn.ModuleList([*strided, _convolution(WIDTH, WIDTH, (3, 3))])
        self.score = _convolution(WIDTH, 1, (3, 3))

    def forward(self, spectrogram: Tensor) -> list[Tensor]:
        maps = [spectrogram[:, None]]
        for layer in self.layers:
            maps.append(F.leaky_relu(layer(maps[-1]), SLOPE))
        return [*maps[1:], self.score(maps[-1])]


def relative_magnitudes(signal: Tensor, window: Tensor) -> Tensor:
    """Return magnitudes [n, spectrum, bin] relative to full-scale noise.

    `signal` is [n, time], at least a quarter window long.
    """
    step = len(window) // 4
    margin = (len(window) - step) // 2
    frames = F.pad(signal, (margin, margin)).unfold(-1, len(window), step)
    return modulus(torch.fft.rfft(frames * window)) / noise_magnitude(window)


def noise_magnitude(window: Tensor) -> Tensor:
    """Return the RMS magnitude of full-scale white noise under a window."""
    return window.square().sum().sqrt()


def _convolution(inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> nn.Module:
    """Return a weight-normalized convolution over spectra and bins, padded so that only a stride makes the map smaller.

    The initial weights keep the input's variance (He et al. 2015); otherwise almost nothing of the spectrogram would
    reach the score early in training.
    """
    layer = nn.Conv2d(inputs, outputs, kernel, stride, (kernel[0] // 2, kernel[1] // 2))
    nn.init.kaiming_normal_(layer.weight, SLOPE)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return weight_norm(layer)
