"""Codes found by decoding: those whose decoded spectra are near to the sound's, at the same bit rate.

Quantizing latents finds the codes nearest to a latent, not those that sound nearest: the encoder is trained for many
sounds, not for this one, and distances of latents are not those of spectra. The search here asks the decoder. Each
round moves the latents by gradient descent on the distance of the spectra (what an encoder leaves is its *inference
gap*, Cremer et al. 2018), quantizes them with several candidates, and takes for every frame the one that decodes
nearest to the sound while its neighbors stay as they are (*analysis by synthesis*, as speech codecs search their
codebooks, Schroeder & Atal 1985).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec, EncodedWindow
from sda_lib.codec.losses import TrueSpectra
from sda_lib.codec.rvq import beam_candidates

# Gradient steps of each round, and candidates of every frame: more of either takes longer and gains about 1 %
# (docs/DECISIONS.md, "Codebooks that know more than the corpus").
ROUNDS = (12, 6, 6)
CANDIDATES = 8
# Weight of the distance by bins relative to that by mel bands: without it, quiet bins stay wrong; with more of it,
# sounds are less close by mel bands.
BIN_WEIGHT = 0.3
# Largest step of a latent, in standard deviations of the sound's latents; it falls to zero within a round.
STEP = 0.12
# Decays of the means of gradients and of their squares (Kingma & Ba, "Adam", 2015).
DECAY, SQUARE_DECAY = 0.9, 0.999
# Frames searched at once: memory stays small and does not grow with the sound's length. A window has a whole number of
# such parts.
PART_FRAMES = 64
# Latents [n, dim] of successive frames, and their codes [level, n].
Part: TypeAlias = tuple[Tensor, Tensor]


def nearest_codes(codec: Codec, window: EncodedWindow) -> Iterator[Part]:
    """Yield a window of a sound as one part with the codes nearest to its latents. The codec must have codes."""
    yield window.latent, codec.quantize(window.latent[None]).indices[0]


@torch.no_grad()
def closer_codes(codec: Codec, window: EncodedWindow) -> Iterator[Part]:
    """Yield parts of a window of a sound, PART_FRAMES at a time, with codes that decode closer to it.

    The codec must have codes. Each part takes a fraction of a second to find.
    """
    latent = window.with_context
    codes = codec.quantize(latent[None]).indices[0]
    for own, around in _parts(window.first, window.end, len(latent), 2 * codec.magnitude_reach):
        truth = window.magnitudes[..., around.start * codec.ratio : around.stop * codec.ratio]
        free = torch.zeros(around.stop - around.start, dtype=torch.bool, device=latent.device)
        free[own.start - around.start : own.stop - around.start] = True
        search = _Search(codec, TrueSpectra.of(codec.spectral, truth), free)
        codes[:, around] = search.run(latent[around], codes[:, around])
        yield latent[own], codes[:, own]


def _parts(first: int, end: int, count: int, margin: int) -> Iterator[tuple[slice, slice]]:
    """Yield successive frames of `first`..`end`, each alone and with up to `margin` of all `count` on either side."""
    for start in range(first, end, PART_FRAMES):
        stop = min(end, start + PART_FRAMES)
        yield slice(start, stop), slice(max(0, start - margin), min(count, stop + margin))


@dataclass(frozen=True)
class _Search:
    """The search in a stretch of sound, of which only the `free` frames [frame] change."""

    codec: Codec
    truth: TrueSpectra
    free: Tensor

    def run(self, latent: Tensor, codes: Tensor) -> Tensor:
        """Return closer codes than `codes` [level, frame], beginning with the encoder's latents [frame, dim]."""
        for number, steps in enumerate(ROUNDS):
            quantized = self.codec.bottleneck.embed(codes)
            start = quantized if number else torch.where(self.free[:, None], latent, quantized)
            moved = self._descended(start, steps)
            candidates = beam_candidates(moved, self.codec.bottleneck.codebooks, CANDIDATES)[0]
            if not number:
                codes = torch.where(self.free, candidates[:, 0].T, codes)
            codes = self._chosen(codes, candidates.permute(1, 2, 0))
        return codes

    def _descended(self, latent: Tensor, steps: int) -> Tensor:
        """Move the free frames of latents [frame, dim] towards where they decode nearest to the sound (Adam)."""
        size = STEP * float(latent.std())
        mean, square = torch.zeros_like(latent), torch.zeros_like(latent)
        for step in range(steps):
            with torch.enable_grad():
                leaf = latent.detach().requires_grad_()
                (gradient,) = torch.autograd.grad(self._by_spectrum(leaf[None]).mean(), leaf)
            mean.lerp_(gradient, 1 - DECAY)
            square.lerp_(gradient.square(), 1 - SQUARE_DECAY)
            unbiased = mean / (1 - DECAY ** (step + 1)), square / (1 - SQUARE_DECAY ** (step + 1))
            change = unbiased[0] / (unbiased[1].sqrt() + 1e-12)
            latent = torch.where(self.free[:, None], latent - size * (1 - step / steps) * change, latent)
        return latent

    def _chosen(self, codes: Tensor, candidates: Tensor) -> Tensor:
        """Give every free frame the one of `candidates` [n, level, frame] that decodes nearest, or leave it as it is.

        Frames that are too far apart to share a spectrum are decided at once.
        """
        reach = self.codec.magnitude_reach
        options = self.codec.bottleneck.embed(candidates)
        places = torch.arange(len(self.free), device=codes.device)
        for turn in range(2 * reach + 1):
            turns = self.free & (places % (2 * reach + 1) == turn)
            now = self.codec.bottleneck.embed(codes)
            tried = torch.cat([now[None], torch.where(turns[:, None], options, now)])
            best = self._distances(tried, reach).argmin(0)
            taken = candidates[(best - 1).clamp_min(0), :, places].T
            codes = torch.where(turns & (best > 0), taken, codes)
        return codes

    def _distances(self, latents: Tensor, reach: int) -> Tensor:
        """Return how far the sound around each frame of latents [n, frame, dim] is decoded, [n, frame]."""
        by_frame = self._by_spectrum(latents).unflatten(1, (-1, self.codec.ratio)).sum(2)
        return F.pad(by_frame, (reach, reach)).unfold(1, 2 * reach + 1, 1).sum(2)

    def _by_spectrum(self, latents: Tensor) -> Tensor:
        """Return how far each spectrum of latents [n, frame, dim] is decoded, [n, k]; mid counts more than side."""
        by_channel = self.truth.distances(self.codec.log_magnitudes(latents), BIN_WEIGHT)
        return (by_channel * self.codec.weights[..., 0]).sum(1)
