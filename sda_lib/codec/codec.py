"""The codec: sound -> latents -> codes -> magnitudes -> sound.

It adds two paths. The linear path is fitted in closed form in a few seconds (PCA of log-mel blocks at the input, ridge
regression to log-magnitudes at the output); the residual networks (ConvNeXt, Liu et al. 2022) start at zero and learn
what the linear path misses. The codec has no phase: it comes from the memory's grains or from `phase.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sda_lib.audio.chunks import windows
from sda_lib.codec.bottlenecks import Bottleneck, Quantized, zeroed
from sda_lib.codec.linear_fit import principal_components, row_halves, row_recordings, solve_ridge
from sda_lib.codec.noise import NoiseSubstitution
from sda_lib.codec.rvq import FITTING_BEAM, ResidualVQ
from sda_lib.codec.stft import Spectral, mid_side, modulus
from sda_lib.codec.transients import TransientRestoration, rms_level
from sda_lib.codec.vae import Variational
from sda_lib.config import AudioConfig, CodecConfig

# Bottlenecks by their name in the recipe.
BOTTLENECKS: dict[str, type[Bottleneck]] = {"rvq": ResidualVQ, "none": Bottleneck, "vae": Variational}
# Code frames on either side that the linear decoder uses.
CONTEXT = 1
# Tensors of the codec that are rounded to 16-bit floats and stored as such: in 32 bits they would be half of a model
# without recordings.
HALF_PRECISION = ("components", "ridge")
# log10 of amplitude (1 dB) by which a decoded spectrum may exceed the loudest one that the codec was fitted on.
HEADROOM = 0.05
UNLIMITED = 4.0
# Code frames encoded at once.
WINDOW_FRAMES = 256
# Weight of the side signal relative to the mid signal when latents and codes are chosen.
SIDE_WEIGHT = 0.3


class ConvNeXtBlock(nn.Module):
    """Depth-wise convolution over time, then a two-layer network per frame; [batch, time, channel] throughout."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.mix_time = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 4 * width)
        self.contract = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.contract(F.gelu(self.expand(self.norm(self._mixed(x)))))

    def _mixed(self, x: Tensor) -> Tensor:
        """Apply `mix_time` as a convolution over images one pixel high.

        torch computes this without moving the channels, two to three times faster, forwards and backwards.
        """
        weight, bias = self.mix_time.weight[:, :, None], self.mix_time.bias
        row = x.transpose(1, 2)[:, :, None]
        mixed = F.conv2d(row, weight, bias, padding=(0, weight.shape[-1] // 2), groups=len(weight))
        return mixed[:, :, 0].transpose(1, 2)


class Encoder(nn.Module):
    """Residual to the PCA: blocks of log-mel [batch, frame, feature] -> latent correction [batch, frame, dim]."""

    def __init__(self, features: int, config: CodecConfig) -> None:
        super().__init__()
        self.start = nn.Linear(features, config.width)
        self.blocks = nn.Sequential(*(ConvNeXtBlock(config.width, config.kernel) for _ in range(config.encoder_blocks)))
        self.end = zeroed(nn.Linear(config.width, config.latent_dim))

    def forward(self, features: Tensor) -> Tensor:
        return self.end(self.blocks(self.start(features)))


class Decoder(nn.Module):
    """Residual to the ridge: latents [batch, frame, dim] -> log-magnitudes to add [batch, spectrum, channel * bin]."""

    def __init__(self, outputs: int, config: CodecConfig) -> None:
        super().__init__()
        self.ratio = config.hop // config.step
        self.start = nn.Linear(config.latent_dim, config.width * self.ratio)
        self.blocks = nn.Sequential(*(ConvNeXtBlock(config.width, config.kernel) for _ in range(config.decoder_blocks)))
        self.end = zeroed(nn.Linear(config.width, outputs))

    def forward(self, latent: Tensor) -> Tensor:
        batch, frames, _ = latent.shape
        return self.end(self.blocks(self.start(latent).reshape(batch, frames * self.ratio, -1)))


@dataclass(frozen=True)
class EncodedWindow:
    """A stretch of a sound: latents [frame, dim] and magnitudes [channel, bin, k] with their context on either side.

    Frames `first`..`end` are the stretch's own; it has `size` samples.
    """

    with_context: Tensor
    magnitudes: Tensor
    first: int
    end: int
    size: int

    @property
    def latent(self) -> Tensor:
        """Latents of the stretch's own frames [n, dim]."""
        return self.with_context[self.first : self.end]


def is_zero(last: nn.Linear) -> bool:
    """Return whether the weights of a network's last layer are all zero, as before training."""
    return not last.weight.any()


class Codec(nn.Module):
    """Linear path, residual networks and bottleneck. Spectra are those of mid and side when the model is stereo."""

    weights: Tensor
    mean: Tensor
    components: Tensor
    ridge: Tensor
    loudest: Tensor

    def __init__(self, audio: AudioConfig, config: CodecConfig) -> None:
        super().__init__()
        self.audio, self.config = audio, config
        self.ratio = config.hop // config.step
        self.spectral = Spectral(audio.sample_rate, config.n_fft, config.step, config.bands)
        weights = torch.tensor([1.0, SIDE_WEIGHT][: audio.channels])[:, None, None]
        self.register_buffer("weights", weights, persistent=False)
        features = audio.channels * config.bands * self.ratio
        rows, outputs = audio.channels * self.spectral.bins, audio.channels * self.spectral.bins * self.ratio
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("components", torch.zeros(features, config.latent_dim))
        self.register_buffer("ridge", torch.zeros((2 * CONTEXT + 1) * config.latent_dim + 1, outputs))
        self.register_buffer("loudest", torch.tensor(UNLIMITED))
        self.bottleneck = BOTTLENECKS[config.bottleneck](config)
        self.encoder = Encoder(features, config)
        self.decoder = Decoder(rows, config)
        # Attributes name the tensors of an `.sda` file, so these two keep their names of version 0.1.
        self.texture = NoiseSubstitution(audio, config, self.spectral)
        self.attacks = TransientRestoration(config.n_fft, config.step)

    # --- encoder: log-mel blocks -> latents -> codes

    def features(self, log_mel: Tensor) -> Tensor:
        """Weight and block log-mel [..., channel, band, k] into encoder input [..., k / ratio, feature]."""
        return self.blocks(log_mel * self.weights)

    def blocks(self, rows: Tensor) -> Tensor:
        """Join the spectra of each code frame: [..., channel, row, k] -> [..., k / ratio, channel * row * ratio]."""
        *batch, channels, height, count = rows.shape
        split = rows.reshape(*batch, channels, height, count // self.ratio, self.ratio)
        return split.movedim(-2, -4).reshape(*batch, count // self.ratio, -1)

    def unblocked(self, blocks: Tensor) -> Tensor:
        """Invert `blocks` for magnitudes: [frame, channel * bin * ratio] -> [channel, bin, spectrum]."""
        split = blocks.reshape(len(blocks), self.audio.channels, self.spectral.bins, self.ratio)
        return split.permute(1, 2, 0, 3).flatten(2)

    def latent(self, features: Tensor) -> Tensor:
        """Encode log-mel blocks [batch, frame, feature] to continuous latents [batch, frame, dim]."""
        centered = features - self.mean
        latent = centered @ self.components
        idle = is_zero(self.encoder.end) and not torch.is_grad_enabled()
        return latent if idle else latent + self.encoder(centered)

    @torch.no_grad()
    def encode(self, blocks: Iterable[np.ndarray]) -> Iterator[EncodedWindow]:
        """Encode left/right blocks [channel, time] at the codec's rate and channel count, in constant memory.

        The end of the sound is padded with silence. The encoder's receptive field is a few frames, so a window with
        enough of them on either side gives the same result as the whole sound. Window positions depend on the sound's
        length alone.
        """
        hop = self.config.hop
        for window in windows(blocks, WINDOW_FRAMES * hop, self.latent_reach * hop):
            signal = mid_side(torch.tensor(window.samples)).to(self.mean.device)
            magnitudes = modulus(self.spectral.stft(F.pad(signal, (0, -signal.shape[-1] % hop))))
            latent = self.latent(self.features(self.spectral.log_mel(magnitudes))[None])[0]
            first = window.before // hop
            yield EncodedWindow(latent, magnitudes, first, first - (-window.size // hop), window.size)

    def quantize(self, latent: Tensor, most: int | None = None) -> Quantized:
        """Quantize latents [batch, frame, dim] by beam search, with `most` candidates at most (default: the recipe's).

        Training calls the bottleneck itself.
        """
        return self.bottleneck.search(latent, min(self.config.beam, most or self.config.beam))

    def reassign_dead(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Move codes that no frame of latents [frame, dim] uses; see the bottleneck.

        Returns the bottleneck's tables of the frames, codes [level, frame]: those that the decoder is to be fitted to,
        found with FITTING_BEAM candidates at most, and those of the recipe's beam.
        """
        beam = self.config.beam
        table = self.bottleneck.reassign_dead(latent, min(beam, FITTING_BEAM))
        wider = self.bottleneck.discrete and beam > FITTING_BEAM
        return table, self.quantize(latent[None]).indices[0] if wider else table

    # --- decoder: latents -> magnitudes -> signal

    def log_magnitudes(self, latent: Tensor) -> Tensor:
        """Decode latents [batch, frame, dim] to log10 magnitudes [batch, channel, bin, spectrum].

        Bins are contiguous in memory.
        """
        batch, frames, _ = latent.shape
        channels, bins = self.audio.channels, self.spectral.bins
        linear = (with_context(latent) @ self.ridge).reshape(batch, frames, channels, bins, self.ratio)
        linear = linear.permute(0, 1, 4, 2, 3)
        if not self.is_linear or torch.is_grad_enabled():
            linear = self.decoder(latent).reshape(linear.shape) + linear
        return linear.permute(0, 3, 1, 2, 4).reshape(batch, channels, -1, bins).transpose(-1, -2)

    def excess(self, level: Tensor) -> Tensor:
        """Return log10 of amplitude [k] by which a level [k] exceeds the corpus' loudest plus HEADROOM, at least 0.

        Codes in an order that the corpus does not have can decode to any level.
        """
        return (level - self.loudest - HEADROOM).clamp_min(0)

    @property
    def is_linear(self) -> bool:
        """Whether the decoder network adds nothing yet, as in a closed-form model."""
        return is_zero(self.decoder.end)

    @property
    def latent_reach(self) -> int:
        """Number of code frames on either side of a frame whose sound can change its latent."""
        return self.config.encoder_blocks * (self.config.kernel // 2) + 1  # one more for the spectra's windows

    @property
    def magnitude_reach(self) -> int:
        """Number of code frames on either side of a frame whose `log_magnitudes` its latent can change."""
        spectra = self.config.decoder_blocks * (self.config.kernel // 2)
        return max(CONTEXT, -(-spectra // self.ratio))

    # --- closed form

    @torch.no_grad()
    def fit_linear(
        self,
        features: Sequence[Tensor],
        magnitudes: Iterable[Tensor],
        seed: int = 0,
        between: Sequence[Tensor] = (),
        recordings: Sequence[int] = (),
        own: int | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Fit PCA, codebooks and ridge regression in closed form.

        `features` are stretches of log-mel blocks [frame, feature]; `magnitudes` their log-magnitude blocks, consumed
        one after the other. PCA and codebooks also use the log-mel blocks `between` those (as many stretches, or none).
        `recordings` gives the number of each stretch's recording. The first `own` stretches (default: all) are of the
        sounds themselves, the others of copies.

        Codes that no own frame uses are moved towards own frames. Returns the latents of the own frames [frame, dim]
        and the bottleneck's table of them, codes [level, frame].
        """
        stacked = torch.cat([*features, *between])
        self.mean.copy_(stacked.mean(0))
        self.components.copy_(to_half_precision(principal_components(stacked - self.mean, self.config.latent_dim)))
        latent = (torch.cat(list(features)) - self.mean) @ self.components
        others = (torch.cat(list(between)) - self.mean) @ self.components if between else None
        numbers = row_recordings([*features, *between], recordings)
        self.bottleneck.fit(latent, seed, others, numbers, row_halves(features, between, recordings))
        first, rest = latent.tensor_split([sum(len(one) for one in features[:own])])
        table, final = self.reassign_dead(first)
        copied = self.quantize(rest[None], FITTING_BEAM).latent[0] if len(rest) else rest
        quantized = torch.cat([self.bottleneck.embed(table), copied]).split([len(one) for one in features])
        inputs = (with_context(one[None])[0] for one in quantized)
        self.ridge.copy_(to_half_precision(solve_ridge(inputs, self._with_loudest(magnitudes))))
        return first, final

    @torch.no_grad()
    def measure_loudest(self, magnitudes: Iterable[Tensor]) -> None:
        """Set `loudest` to the highest level of log-magnitude blocks [frame, channel * bin * ratio]."""
        for _ in self._with_loudest(magnitudes):
            pass

    def _with_loudest(self, magnitudes: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the same log-magnitude blocks, and store their highest level in `loudest`."""
        self.loudest.fill_(-torch.inf)
        for one in magnitudes:
            self.raise_loudest(one)
            yield one

    def raise_loudest(self, blocks: Tensor) -> None:
        """Raise `loudest` to the highest level of log-magnitude blocks [frame, channel * bin * ratio], if higher."""
        self.loudest.copy_(torch.maximum(self.loudest, rms_level(torch.pow(10.0, self.unblocked(blocks))).max()))


def to_half_precision(weights: Tensor) -> Tensor:
    """Round weights to 16-bit floats."""
    return weights.half().to(weights.dtype)


def with_context(latent: Tensor) -> Tensor:
    """Append neighboring frames (zero past the ends) and a one.

    [batch, frame, dim] -> [batch, frame, (2 * CONTEXT + 1) * dim + 1].
    """
    frames = latent.shape[1]
    padded = F.pad(latent, (0, 0, CONTEXT, CONTEXT))
    shifted = [padded[:, offset : offset + frames] for offset in range(2 * CONTEXT + 1)]
    return torch.cat([*shifted, torch.ones_like(latent[..., :1])], -1)
