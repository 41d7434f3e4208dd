"""Noise substitution and smoothing: restore the roughness that the decoder loses, remove the jitter that coding adds.

Log-magnitudes trained with an L1 loss are medians, and a median of noise is smooth. `NoiseSubstitution` predicts from
the latent how much rougher the recordings are than the decoder, band by band, and multiplies that much of the spectrum
of white noise into the magnitudes, except at peaks. `smooth` averages latents that differ by no more than the
quantizer's own error, which keeps the partials of a held note from trembling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sda_lib.codec.stft import Spectral, hann_window, modulus
from sda_lib.config import AudioConfig, CodecConfig

# Frames on either side that are averaged.
NEIGHBORS = 2
# Frames on either side that can change the average: one more, because an onset is detected from the frame before it.
REACH = NEIGHBORS + 1
# Rise of the level from one frame to the next that counts as an onset, log10 of amplitude (3 dB).
ONSET = 0.15
# Number of bands, evenly spaced on a mel scale, in which roughness is estimated.
BANDS = 24
RIDGE = 1e-2
# Bins on either side of a bin that decide whether it is part of a peak, which is three bins wide.
PEAK_REACH = 8
# log10 above its surroundings at which a bin's noise begins to be reduced, and at which it is gone (3 and 9 dB).
PEAK_FROM, PEAK_TO = 0.15, 0.45
# log10 of the median of a Rayleigh variable over its root mean square.
MEDIAN = 0.5 * torch.tensor(2.0).log().log10().item()
# Floor of the noise's log10 magnitudes relative to its root mean square.
DEEPEST = -1.5
# Samples (11 s at 48 kHz) after which the noise repeats, as near as whole spectra allow.
PERIOD = 2**19
# Seed of the noise. Every sound begins with the same noise; another seed slightly changes the sound of its first
# onsets.
SEED = 2


def smooth(latent: Tensor, width: float | Tensor, level: Tensor) -> Tensor:
    """Smooth latents [frame, dim] over time by a bilateral filter (Tomasi and Manduchi 1998).

    Each frame becomes the mean of itself and two neighbors on either side, weighted by a Gaussian of their distance;
    `width` is its standard deviation (that of the norm), and 0 changes nothing. Onset gate: a frame whose `level`
    [frame] (log10) rises by ONSET is unchanged, and nothing is averaged across it. A neighbor's weight is at most that
    of the most different pair of successive frames on the way to it.
    """
    if float(width) <= 0:
        return latent
    still = torch.cat([level[:1] < -torch.inf, level.diff() < ONSET])
    link = _likeness(latent, 1, width) * (still[1:] & still[:-1])[:, None]
    total, weight, way = latent.clone(), torch.ones_like(latent[:, :1]), torch.ones_like(latent[:, :1])
    for offset in range(1, min(NEIGHBORS, len(latent) - 1) + 1):
        way = torch.minimum(way[: len(latent) - offset], link[offset - 1 :])
        alike = torch.minimum(way, _likeness(latent, offset, width))
        total[:-offset] += alike * latent[offset:]
        total[offset:] += alike * latent[:-offset]
        weight[:-offset] += alike
        weight[offset:] += alike
    return total / weight


def _likeness(latent: Tensor, offset: int, width: float | Tensor) -> Tensor:
    """Return the similarity of frames `offset` apart [frame - offset, 1]: 1 if equal, towards 0 if different."""
    squared = (latent[offset:] - latent[:-offset]).square().sum(-1, keepdim=True)
    return torch.exp(-0.5 * squared / width**2)


class NoiseSubstitution(nn.Module):
    """Predict from latents how much noise to add, generate it, and smooth latents.

    `roughness` [dim + 1, ...] is the regression from latents (and a one) to the variance by which the recordings exceed
    the decoder, from bin to bin and from spectrum to spectrum, relative to white noise; `loudness` [dim + 1] the
    regression to the level; `error` the RMS length of the quantization error. With all of them zero, as before `fit`,
    nothing is changed.
    """

    bands: Tensor
    roughness: Tensor
    loudness: Tensor
    error: Tensor

    def __init__(self, audio: AudioConfig, config: CodecConfig, spectral: Spectral) -> None:
        super().__init__()
        self.audio, self.config, self.spectral = audio, config, spectral
        self.ratio = config.hop // config.step
        self.register_buffer("bands", band_shapes(spectral.bins, audio.sample_rate), persistent=False)
        self.register_buffer("roughness", torch.zeros(config.latent_dim + 1, 2 * audio.channels * BANDS))
        self.register_buffer("loudness", torch.zeros(config.latent_dim + 1))
        self.register_buffer("error", torch.zeros(()))

    @property
    def reach(self) -> int:
        """Number of frames on either side that `smooth` uses."""
        return REACH if self.config.smoothing > 0 else 0

    def smooth(self, latent: Tensor) -> Tensor:
        """Smooth latents by the recipe's multiple of the quantization error."""
        return smooth(latent, self.config.smoothing * self.error, self.level(latent))

    def level(self, latent: Tensor) -> Tensor:
        """Return the predicted log10 RMS magnitude [frame] of latents [frame, dim]."""
        return with_constant(latent) @ self.loudness

    def forward(self, log_magnitudes: Tensor, latent: Tensor, first: int = 0) -> Tensor:
        """Return the noise to add to log10 magnitudes [channel, bin, k] decoded from latents [frame, dim].

        `first` is the position of the first frame in its sound, so that the noise does not depend on which frames are
        decoded together.
        """
        depth = self.config.noise * (self.depth(latent) @ self.bands)
        free = peak_free_mask(log_magnitudes).transpose(1, 2).unflatten(1, (-1, self.ratio))
        noise = self.noise(first * self.ratio, log_magnitudes.shape[-1]).transpose(1, 2).unflatten(1, (-1, self.ratio))
        return (free * depth[:, :, None]).mul_(noise).flatten(1, 2).transpose(1, 2)

    def depth(self, latent: Tensor) -> Tensor:
        """Return the missing share of the roughness of white noise, 0..1, [channel, frame, band]."""
        missing = with_constant(latent) @ self.roughness
        over_both = missing.reshape(len(latent), 2, self.audio.channels, BANDS).amin(1)
        return over_both.clamp(0, 1).sqrt().transpose(0, 1)

    def noise(self, first: int, count: int) -> Tensor:
        """Return log10 magnitudes [channel, bin, count] of white noise over their median.

        They depend on the absolute position of the spectra.
        """
        table = noise_table(self.audio.channels, self.config.n_fft, self.config.step, self.roughness.device)
        begin, parts = first % table.shape[1], []
        while count > 0:
            parts.append(table[:, begin : begin + count])
            begin, count = 0, count - parts[-1].shape[1]
        return (parts[0] if len(parts) == 1 else torch.cat(parts, 1)).transpose(1, 2)

    @torch.no_grad()
    def fit(
        self,
        decode: Callable[[Tensor], Tensor],
        latents: Sequence[Tensor],
        truths: Sequence[Tensor],
        error: float,
    ) -> None:
        """Fit in closed form from recordings: quantized latents [frame, dim] and true log-magnitudes [channel, bin, k].

        `decode` is the codec's function from latents [1, frame, dim] to log-magnitudes, `error` the RMS length of the
        quantization error for sounds that the quantizer was not fitted on.
        """
        self.error.fill_(error)
        level = torch.cat([_level(truth, self.ratio) for truth in truths])
        self.loudness.copy_(_regression(torch.cat(list(latents)), level[:, None])[:, 0])
        calm = [self.smooth(latent) for latent in latents]
        missing = [
            self._variance(truth) - self._variance(decode(one[None])[0])
            for one, truth in zip(calm, truths, strict=True)
        ]
        whole = self._variance(self.noise(0, 64 * self.ratio)).mean(0)
        self.roughness.copy_(_regression(torch.cat(calm), torch.cat(missing) / whole))

    def _variance(self, log_magnitudes: Tensor) -> Tensor:
        """Return mean squared differences over bins and over time, [channel, bin, k] -> [frame, 2 * channel * band]."""
        over_bins = F.pad(log_magnitudes.diff(dim=1).square(), (0, 0, 1, 0))
        over_time = F.pad(log_magnitudes.diff(dim=2).square(), (1, 0))
        both = torch.stack([over_bins, over_time]).unflatten(-1, (-1, self.ratio)).mean(-1)
        shares = self.bands / self.bands.sum(1, keepdim=True).clamp_min(1e-6)
        return torch.einsum("dcnf,bn->fdcb", both, shares).flatten(1)


def _level(log_magnitudes: Tensor, ratio: int) -> Tensor:
    """Return log10 of the RMS magnitude of every frame [frame] of log-magnitudes [channel, bin, k]."""
    power = torch.pow(10.0, 2 * log_magnitudes).mean((0, 1)).unflatten(0, (-1, ratio)).mean(1)
    return 0.5 * power.log10()


def _regression(latents: Tensor, targets: Tensor) -> Tensor:
    """Return ridge weights [dim + 1, target] from latents [frame, dim] and a one.

    Computed in float64 on the CPU, since not every device supports it.
    """
    x, y = with_constant(latents).cpu().double(), targets.cpu().double()
    penalty = (RIDGE * len(x) * x[:, :-1].var().clamp_min(1e-9)).repeat(x.shape[1])
    penalty[-1] = 1e-6
    return torch.linalg.solve(x.T @ x + torch.diag(penalty), x.T @ y).to(latents)


def with_constant(latent: Tensor) -> Tensor:
    """Append a constant input of one to latents [frame, dim]."""
    return torch.cat([latent, torch.ones_like(latent[:, :1])], 1)


def peak_free_mask(log_magnitudes: Tensor) -> Tensor:
    """Return 1 where log-magnitudes [channel, bin, k] are flat, 0 on spectral peaks, values between on their slopes."""
    columns = log_magnitudes.transpose(1, 2)
    height = columns - running_mean(columns, PEAK_REACH)
    lobe = height.clone()
    lobe[..., 1:] = torch.maximum(height[..., 1:], height[..., :-1])
    lobe[..., :-1] = torch.maximum(lobe[..., :-1], height[..., 1:])
    return lobe.sub_(PEAK_TO).mul_(-1 / (PEAK_TO - PEAK_FROM)).clamp_(0, 1).transpose(1, 2)


def running_mean(rows: Tensor, reach: int) -> Tensor:
    """Return the mean of each entry and `reach` entries on either side, fewer at the ends, along the last dimension.

    Computed by running sums, whose cost does not grow with the reach; faster than pooling.
    """
    count, span, place = rows.shape[-1], 2 * reach + 1, torch.arange(rows.shape[-1], device=rows.device)
    sums = rows.new_zeros(*rows.shape[:-1], count + span)
    sums[..., reach + 1 : -reach] = rows.cumsum(-1)
    sums[..., -reach:] = sums[..., -reach - 1, None]
    entries = (place + reach + 1).clamp_max(count) - (place - reach).clamp_min(0)
    return (sums[..., span:] - sums[..., :-span]).div_(entries)


def band_shapes(bins: int, sample_rate: int) -> Tensor:
    """Return triangles [band, bin] with evenly spaced tops on the mel scale that add up to one at every bin."""
    with torch.device("cpu"):  # a constant, also while a model is built on the meta device
        mel = 2595 * (1 + torch.linspace(0, sample_rate / 2, bins) / 700).log10()
        place = mel / mel[-1] * (BANDS - 1)
        return (1 - (place - torch.arange(BANDS)[:, None]).abs()).clamp_min(0)


@lru_cache(maxsize=4)
def noise_table(channels: int, n_fft: int, step: int, device: torch.device) -> Tensor:
    """Return log10 magnitudes [channel, spectrum, bin] over their median of periodic white noise.

    The noise repeats after PERIOD samples, so that the last spectra continue in the first ones.
    """
    count = max(PERIOD // step, n_fft // step)
    samples = torch.randn(channels, count * step, generator=torch.Generator().manual_seed(SEED))
    around, window = torch.cat([samples, samples[:, : n_fft - step]], 1), hann_window(n_fft)
    sizes = modulus(torch.fft.rfft(around.unfold(1, n_fft, step) * window))
    return (sizes / window.square().sum().sqrt()).log10_().clamp_min_(DEEPEST).sub_(MEDIAN).to(device)
