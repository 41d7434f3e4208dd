"""Sliders: directions fitted to a model's own decoder, and each of them tried out: moved, decoded, measured.

A slider is shown under its name only if the name is true: over sounds of the corpus, what is heard follows what is
asked. Its card says how much a step changes, what else changes, and between which values the corpus' sounds lie.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.stats import spearmanr

from sda_lib.errors import SdaError
from sda_lib.models.bundle import SdaModel
from sda_lib.models.directions import STEPS, Card, Directions, Sliders, fit
from sda_lib.models.spectral import left_right
from sda_lib.models.synthesis import Span, magnitudes
from sda_lib.sound.clip import AudioClip
from sda_lib.sound.features import FEATURES, Spectra, summary

NUDGES, NUDGE, AROUND = 1500, 0.5, 3
"""How many frames are nudged to learn what moves do, by how many standard deviations of the latents, and frames on
either side that are nudged alike, because the decoder looks at them too."""
HEARD_DB = 50.0
"""Only frames this near to the loudest are nudged."""
TRIED, TRIED_SECONDS = 12, 2.0
"""Sounds that a slider is tried on, and how much of each."""
EDGES = (0.01, 0.99)
"""Quantiles of the corpus between which a feature is safe."""


def learn_sliders(model: SdaModel, seed: int = 0) -> Sliders:
    """Fit directions for every feature and try them out; takes a minute. Raises SdaError without recordings."""
    if model.memory is None:
        raise SdaError(f"Sliders are tried out on recordings. {model.why_no_recordings}")
    generator, names = np.random.default_rng(seed), tuple(FEATURES)
    spreads = spreads_of(model)
    nudges, changes = _responses(model, spreads, generator)
    covariance = np.cov(model.memory.latents.cpu().numpy().astype(np.float64).T)
    directions = fit(nudges, changes, covariance, names)
    sounds = _sounds(model, generator)
    cloud = [summary(Spectra.of(clip)) for clip in recordings(model)]
    return Sliders(directions, tuple(_card(model, directions, name, sounds, cloud, spreads) for name in names))


def recordings(model: SdaModel) -> list[AudioClip]:
    """The sounds in a model's memory."""
    return [AudioClip(left_right(piece.samples).cpu().numpy(), model.sample_rate) for piece in model.memory.pieces]


def spreads_of(model: SdaModel) -> np.ndarray:
    """Standard deviations of the features over the recordings' heard frames [feature]."""
    found = []
    for clip in recordings(model):
        spectra = Spectra.of(clip, model.hop)
        heard = spectra.total > spectra.total.max() * 10 ** (-HEARD_DB / 10)
        found.append(np.stack([feature.measure(spectra)[heard] for feature in FEATURES.values()]))
    return np.concatenate(found, 1).std(1) + 1e-9


@torch.no_grad()
def _responses(model: SdaModel, spreads: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Nudges of latents [n, dim], and by how many of its standard deviations each feature follows [n, feature]: half
    the difference between there and as far the other way."""
    memory = model.memory
    latents = memory.latents.cpu().float()
    loudness = memory.loudness().cpu().numpy()
    heard = np.flatnonzero(loudness > loudness.max() - HEARD_DB)
    base = latents[generator.choice(heard, NUDGES)]
    scale = np.linalg.cholesky(np.cov(latents.numpy().T) + 1e-6 * np.eye(latents.shape[1]))
    nudges = NUDGE * generator.standard_normal(base.shape) @ scale.T
    moved = torch.tensor(nudges, dtype=torch.float32)
    there, back = (_features_of_frames(model, base + sign * moved) for sign in (1, -1))
    return nudges, (there - back) / 2 / spreads


def _features_of_frames(model: SdaModel, latents: torch.Tensor) -> np.ndarray:
    """Features [frame, feature] of each of latents [frame, dim], as if all around it were alike; by the decoder's
    magnitudes, for which no phase is needed."""
    block, codec = 2 * AROUND + 1, model.codec
    rows = []
    for part in latents.split(256):
        repeated = part.repeat_interleave(block, 0).to(codec.mean.device)
        levels, noise = magnitudes(codec, repeated, Span(0, len(repeated)))
        power = (10 ** (2 * (levels + noise)[0]) * (2 / codec.spectral.window.sum()) ** 2).cpu().numpy()
        middle = power.reshape(len(power), len(part), block, codec.ratio)[:, :, AROUND].mean(-1)
        spectra = Spectra(middle, model.sample_rate)
        rows.append(np.stack([feature.measure(spectra) for feature in FEATURES.values()], 1))
    return np.concatenate(rows)


def _sounds(model: SdaModel, generator: np.random.Generator) -> list[torch.Tensor]:
    """Latents [frame, dim] of the beginnings of some recordings."""
    parts = model.memory.latents.split(list(model.memory.lengths))
    chosen = generator.permutation(len(parts))[:TRIED]
    return [parts[one][: max(1, round(TRIED_SECONDS * model.frame_rate))].float() for one in chosen]


def _card(
    model: SdaModel,
    directions: Directions,
    name: str,
    sounds: Sequence[torch.Tensor],
    cloud: Sequence[dict[str, float]],
    spreads: np.ndarray,
) -> Card:
    """Move sounds along a direction, decode, and measure what comes."""
    heard = [[measured(model, directions, latent, {name: step}) for step in STEPS] for latent in sounds]
    rhos = [spearmanr(STEPS, [found[name] for found in row]).statistic for row in heard]
    changes = {one: np.mean([[found[one] for found in row] for row in heard], 0) for one in FEATURES}
    sizes = dict(zip(FEATURES, spreads, strict=True))
    slopes = {one: np.polyfit(STEPS, row, 1)[0] / sizes[one] for one, row in changes.items()}
    side = {one: float(slopes[one] / (slopes[name] or 1.0)) for one in FEATURES if one != name}
    own = tuple(float(one) for one in changes[name] - changes[name][STEPS.index(0.0)])
    low, high = (float(edge) for edge in np.quantile([found[name] for found in cloud], EDGES))
    return Card(name, FEATURES[name].unit, float(np.nan_to_num(np.mean(rhos))), own, side, low, high)


@torch.no_grad()
def measured(
    model: SdaModel, directions: Directions, latent: torch.Tensor, steps: dict[str, float], source_amount: float = 1.0
) -> dict[str, float]:
    """The features of what latents [frame, dim] sound like, moved by so many steps and turned into codes."""
    there = latent + torch.from_numpy(directions.shift(steps, len(latent))).to(latent)
    if model.discrete:
        there = model.codec.quantize(there[None]).latent[0]
    return summary(Spectra.of(model.synth(there, source_amount)))
