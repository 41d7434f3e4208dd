"""Nudges: what small random moves of latents change in the decoder's sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from sda_lib.analysis.features import FEATURES, Spectra
from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import power_of_ten
from sda_lib.directions.gestures import LOUDNESS
from sda_lib.memory.decode import LOUDEST
from sda_lib.model.model import SdaModel

# Number of neighboring frames on either side that are nudged alike, because the decoder's context includes them.
AROUND = 3
# Only frames within this many dB of the loudest are nudged.
AUDIBLE_DB = 50.0
# Least power of a frame that is scaled.
FLOOR = 1e-12


@dataclass(frozen=True)
class Nudging:
    """How latents are nudged: `count` frames, each by one of `sizes`, in standard deviations of the latents."""

    count: int
    sizes: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Nudges:
    """Latents that were nudged, `bases` [n, dim]; `moves` [n, dim] of them, one standard deviation long; and the
    `changes` of each feature [n, feature] by a move."""

    bases: np.ndarray
    moves: np.ndarray
    changes: np.ndarray


@torch.no_grad()
def nudged(model: SdaModel, nudging: Nudging, generator: np.random.Generator) -> Nudges:
    """Nudge audible frames of a model's recordings both ways: half the difference, over the size, is the change.

    Both are measured at the level between them, as sliders hold it; only loudness is measured as it is.
    """
    assert model.memory is not None
    latents, loudness = model.memory.latents.cpu().float(), model.memory.loudness().cpu().numpy()
    audible = np.flatnonzero(loudness > loudness.max() - AUDIBLE_DB)
    bases = latents[generator.choice(audible, nudging.count)]
    scale = np.linalg.cholesky(np.cov(latents.numpy().T) + 1e-6 * np.eye(latents.shape[1]))
    moves = generator.standard_normal(bases.shape) @ scale.T
    sizes = np.resize(nudging.sizes, (nudging.count, 1))
    shift = torch.tensor(sizes * moves, dtype=torch.float32)
    powers = [_decoded_powers(model, bases + sign * shift) for sign in (1, -1)]
    level = np.sqrt(np.prod([power.sum(0) for power in powers], 0))
    forth, back = (_features_at(power, level, model.sample_rate) for power in powers)
    return Nudges(bases.numpy(), moves, (forth - back) / (2 * sizes))


def frame_features(spectra: Spectra) -> np.ndarray:
    """Return every feature of every frame [feature, frame]."""
    return np.stack([feature.measure(spectra) for feature in FEATURES.values()])


def _features_at(power: np.ndarray, level: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the features [frame, feature] of power spectra [bin, frame] at a `level` in power [frame]; loudness as
    loud as they are."""
    held = frame_features(Spectra(power * (level / power.sum(0).clip(FLOOR)), sample_rate))
    held[list(FEATURES).index(LOUDNESS)] = FEATURES[LOUDNESS].measure(Spectra(power, sample_rate))
    return held.T


def _decoded_powers(model: SdaModel, latents: torch.Tensor) -> np.ndarray:
    """Return the power spectra [bin, frame] of latents [frame, dim], each surrounded by copies of itself, from the
    decoder's magnitudes; no phase is needed."""
    codec = model.codec
    found = []
    for part in latents.split(256):
        log_magnitudes, noise = _magnitudes_within_copies(codec, part.to(codec.mean.device))
        sizes = power_of_ten((log_magnitudes + noise).clamp_max(LOUDEST))  # as decoding limits them
        power = (sizes * (2 / codec.spectral.window.sum())).square().sum(0).cpu().numpy()
        found.append(power.reshape(len(power), len(part), codec.ratio).mean(-1))
    return np.concatenate(found, 1)


def _magnitudes_within_copies(codec: Codec, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return log10 magnitudes [channel, bin, k] of latents [frame, dim], each between AROUND copies of itself on either
    side, and the noise to add. The copies are decoded for their effect alone."""
    smooth = codec.texture.smooth(latents.repeat_interleave(2 * AROUND + 1, 0))
    rows = codec.log_magnitudes(smooth[None])[0].transpose(1, 2).unflatten(1, (len(latents), -1, codec.ratio))
    levels = rows[:, :, AROUND].flatten(1, 2).transpose(1, 2)
    return levels, codec.texture(levels, smooth[AROUND :: 2 * AROUND + 1])
