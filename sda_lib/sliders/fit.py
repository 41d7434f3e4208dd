"""Fit sliders: directions are fitted to a model's own decoder, and each one is then tried: moved, decoded, measured.

A slider is shown only if, over sounds of the corpus, its measured feature follows its steps. Its card holds the change
per step, the side effects on other features, and the range of values that the corpus covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sda_lib.analysis.features import FEATURES, Spectra, summary
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.stft import left_right
from sda_lib.config import Recipe
from sda_lib.directions.directions import AXIS, STEPS, Directions, SliderCard, SliderSet, fit_directions, principal_axes
from sda_lib.directions.gestures import GESTURES
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.memory.decode import Span, magnitudes
from sda_lib.model.model import SdaModel
from sda_lib.sliders.gesture_fit import EFFECTS, gesture_cards
from sda_lib.sliders.response import followed_range, is_offered, moved_latent, rank_correlation, response, responses

# Number of nudged frames, size of a nudge in standard deviations of the latents, and number of neighboring frames on
# either side that are nudged alike, because the decoder's context includes them.
NUDGES, NUDGE, AROUND = 1500, 0.5, 3
# Only frames within this many dB of the loudest are nudged.
HEARD_DB = 50.0
# Number of sounds that a slider is tried on, seconds of each, and number of steps within the sound's reach.
TRIED, TRIED_SECONDS, TRIED_STEPS = 12, 2.0, 7
# Quantiles of the corpus between which a feature is safe.
EDGES = (0.01, 0.99)
# Minimum number of stretches of recordings from which the corpus' range is taken without a margin.
FEW = 8
# Slider of loudness; sliders that are made loudness-neutral; and the range of steps in which that is measured. Noise is
# quieter than tones: a noisiness slider that has to keep the loudness no longer follows (rank correlation .75 instead
# of .97 on drums).
LOUDNESS, LEVEL, NEAR = "loudness", ("brightness", "warmth"), 2.0
# Number of principal axes that get a slider without a name.
AXES = 3
# Maximum change of the median sound over all steps, relative to the distance between the feature's safe ends; steps
# that would lead farther are shortened.
WIDEST = 1.5


def fit_sliders(model: SdaModel, seed: int = 0) -> SliderSet:
    """Fit directions for every feature and try them on the model's recordings; takes about a minute. Raises SdaError
    when the model holds no recordings."""
    if model.memory is None:
        raise SdaError(f"Sliders are tried out on recordings. {model.why_no_recordings}")
    generator, names = np.random.default_rng(seed), tuple(FEATURES)
    spreads = feature_spreads(model)
    nudges, changes = _responses(model, spreads, generator)
    covariance = np.cov(model.memory.latents.cpu().numpy().astype(np.float64).T)
    directions = fit_directions(nudges, changes, covariance, names)
    sounds = _sounds(model, generator)
    cloud = [summary(Spectra.of(clip)) for clip in trial_clips(model)]
    trial = SliderTrial(model, tuple(sounds), dict(zip(names, spreads, strict=True)))
    ends = {name: _ends([one[name] for one in cloud], trial.spreads[name]) for name in names}
    directions = _shortened(trial, _level(trial, directions), ends)
    cards = [trial.card(directions, name, *ends[name]) for name in names]
    vectors, shares = principal_axes(covariance, AXES)
    axes = Directions(tuple(f"{AXIS} {number + 1}" for number in range(AXES)), vectors)
    cards += [trial.axis(axes, name, share) for name, share in zip(axes.names, shares, strict=True)]
    sliders = SliderSet(_together(directions, axes), tuple(cards))
    gestures = gesture_cards(model, sliders, trial.sounds, trial.spreads, trial_clips(model))
    still = Directions(tuple(GESTURES), np.zeros((len(GESTURES), vectors.shape[1]), np.float32))
    return SliderSet(_together(directions, still, axes), (*cards[: len(names)], *gestures, *cards[len(names) :]))


def _ends(values: list[float], spread: float) -> tuple[float, float]:
    """Return the range of a feature in the corpus, widened by one standard deviation of its frames when there are fewer
    than FEW values."""
    room = spread if len(values) < FEW else 0.0
    low, high = np.quantile(values, EDGES)
    return float(low - room), float(high + room)


def _together(*parts: Directions) -> Directions:
    names = tuple(name for part in parts for name in part.names)
    return Directions(names, np.concatenate([part.vectors for part in parts]))


def fit_sliders_in_file(path: Path) -> Iterator[Event]:
    """Fit the sliders of the model at `path` and save them in the file. Yields progress events; a model without
    recordings is left unchanged."""
    model = SdaModel.load(path)
    if model.memory is None:
        return
    yield Event("progress", message="trying out the sliders")
    learned = fit_sliders(model)
    SdaModel.load(path).with_sliders(learned).save(path)  # levels may have been renamed meanwhile
    yield Event("saved", message=str(path))


def fits_sliders(recipe: Recipe) -> bool:
    """Return whether a run of this recipe ends with fitting sliders, which takes half a minute: only runs with a time
    budget and with memory do."""
    return recipe.train.minutes > 0 and recipe.train.steps is None and recipe.memory.enabled


def _level(trial: SliderTrial, directions: Directions) -> Directions:
    """Return directions in which those in LEVEL are loudness-neutral as measured: their loudness change is compensated
    along the direction of loudness."""
    own = directions.names.index(LOUDNESS)
    whole = _slope(trial, directions, LOUDNESS, LOUDNESS) or 1.0
    shares = np.zeros(len(directions.names))
    for name in LEVEL:
        shares[directions.names.index(name)] = _slope(trial, directions, name, LOUDNESS) / whole
    vectors = directions.vectors - np.outer(shares, directions.vectors[own]).astype(np.float32)
    return Directions(directions.names, vectors)


def _slope(trial: SliderTrial, directions: Directions, name: str, feature: str) -> float:
    """Return the mean change of a feature per step along a direction, over steps within NEAR of 0."""
    near = [place for place, step in enumerate(STEPS) if abs(step) <= NEAR]
    ways = [responses(trial.model, directions, latent, name, (feature,))[feature] for latent in trial.sounds]
    return float(np.mean([np.polyfit(np.array(STEPS)[near], np.array(way.values)[near], 1)[0] for way in ways]))


def _shortened(trial: SliderTrial, directions: Directions, ends: dict[str, tuple[float, float]]) -> Directions:
    """Return directions with steps scaled down where they lead far beyond the corpus (WIDEST)."""
    factors = []
    for name in directions.names:
        ways = [response(trial.model, directions, latent, name) for latent in trial.sounds]
        way = float(np.median([max(one.values) - min(one.values) for one in ways]))
        factors.append(min(1.0, WIDEST * (ends[name][1] - ends[name][0]) / max(way, 1e-9)))
    return Directions(directions.names, directions.vectors * np.array(factors, np.float32)[:, None])


def trial_clips(model: SdaModel) -> list[AudioClip]:
    """Return the recordings cut into stretches of TRIED_SECONDS; a short remainder is left out."""
    length, found = round(TRIED_SECONDS * model.sample_rate), []
    for clip in recorded_clips(model):
        ends = range(length, clip.length + length // 2, length) if clip.length > length else (length,)
        found += [AudioClip(clip.samples[:, end - length : end], clip.sample_rate) for end in ends]
    return found


def recorded_clips(model: SdaModel) -> list[AudioClip]:
    """Return the recordings in a model's memory as clips."""
    return [AudioClip(left_right(piece.samples).cpu().numpy(), model.sample_rate) for piece in model.memory.pieces]


def feature_spreads(model: SdaModel) -> np.ndarray:
    """Return the standard deviation of each feature [feature] over the recordings' frames within HEARD_DB of the
    loudest."""
    found = []
    for clip in recorded_clips(model):
        spectra = Spectra.of(clip, model.hop)
        heard = spectra.total > spectra.total.max() * 10 ** (-HEARD_DB / 10)
        found.append(np.stack([feature.measure(spectra)[heard] for feature in FEATURES.values()]))
    return np.concatenate(found, 1).std(1) + 1e-9


@torch.no_grad()
def _responses(model: SdaModel, spreads: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return nudges of latents [n, dim] and the response of each feature [n, feature] in its standard deviations: half
    the difference between a nudge and its opposite."""
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
    """Return the features [frame, feature] of latents [frame, dim], each surrounded by copies of itself, from the
    decoder's magnitudes; no phase is needed."""
    block, codec = 2 * AROUND + 1, model.codec
    rows = []
    for part in latents.split(256):
        repeated = part.repeat_interleave(block, 0).to(codec.mean.device)
        levels, noise = magnitudes(codec, repeated, Span(0, len(repeated)))
        power = (10 ** (2 * (levels + noise)) * (2 / codec.spectral.window.sum()) ** 2).sum(0).cpu().numpy()
        middle = power.reshape(len(power), len(part), block, codec.ratio)[:, :, AROUND].mean(-1)
        spectra = Spectra(middle, model.sample_rate)
        rows.append(np.stack([feature.measure(spectra) for feature in FEATURES.values()], 1))
    return np.concatenate(rows)


def _sounds(model: SdaModel, generator: np.random.Generator) -> list[torch.Tensor]:
    """Return latents [frame, dim] of the beginnings of randomly chosen recordings."""
    parts = model.memory.latents.split(list(model.memory.lengths))
    chosen = generator.permutation(len(parts))[:TRIED]
    return [parts[one][: max(1, round(TRIED_SECONDS * model.frame_rate))].float() for one in chosen]


@dataclass(frozen=True, eq=False)
class SliderTrial:
    """Sounds, as latents [frame, dim], to try sliders on, and the features' standard deviations in the corpus."""

    model: SdaModel
    sounds: tuple[torch.Tensor, ...]
    spreads: dict[str, float]

    def card(self, directions: Directions, name: str, low: float, high: float) -> SliderCard:
        """Move the sounds along a direction within each sound's reach, decode them, and return the measurements."""
        rhos, reaches, misses, slopes = [], [], [], []
        for latent in self.sounds:
            way = response(self.model, directions, latent, name)
            reach = followed_range(way)
            reaches.append(reach)
            if not is_offered(way):
                rhos.append(0.0)
                continue
            steps = np.linspace(*reach, TRIED_STEPS)
            heard = [measured_features(self.model, directions, latent, {name: step}) for step in steps]
            values = np.array([found[name] for found in heard])
            here = measured_features(self.model, directions, latent, {})[name]
            rhos.append(rank_correlation(steps, values))
            misses += [abs(value - way.anchored(here).at(step)) for step, value in zip(steps, values, strict=True)]
            slopes.append([np.polyfit(steps, [found[one] for found in heard], 1)[0] for one in FEATURES])
        slope = dict(zip(FEATURES, np.mean(slopes, 0) if slopes else np.zeros(len(FEATURES)), strict=True))
        return SliderCard(
            name=name,
            unit=FEATURES[name].unit,
            rho=float(np.mean(rhos)),
            slope=float(slope[name]),
            reach=tuple(float(one) for one in np.mean(reaches, 0)),
            error=float(np.quantile(misses, 0.9)) if misses else 0.0,
            side={one: self._relative(slope, one, name) for one in FEATURES if one != name},
            low=low,
            high=high,
        )

    def _relative(self, slope: dict[str, float], one: str, name: str) -> float:
        return float(slope[one] / self.spreads[one] / ((slope[name] or 1.0) / self.spreads[name]))

    def axis(self, directions: Directions, name: str, share: float) -> SliderCard:
        """Return the card of an unnamed axis: the change of each of EFFECTS per step."""
        ways = [responses(self.model, directions, latent, name, EFFECTS) for latent in self.sounds]
        slopes = {one: [np.polyfit(STEPS, way[one].values, 1)[0] for way in ways] for one in EFFECTS}
        change = {one: float(np.mean(slopes[one]) / self.spreads[one]) for one in EFFECTS}
        return SliderCard(name, "", 0.0, 0.0, (STEPS[0], STEPS[-1]), 0.0, change, 0.0, 0.0, float(share))


def display_name(card: SliderCard) -> str:
    """Return a slider's display name, e.g. "Brightness"; for an axis its strongest effects: "Axis 1 — mostly brighter,
    noisier"."""
    if not card.is_axis:
        return card.name.capitalize()
    strongest = sorted(card.side, key=lambda one: -abs(card.side[one]))[:2]
    words = [FEATURES[one].more if card.side[one] > 0 else FEATURES[one].less for one in strongest]
    return f"{card.name.capitalize()} — mostly {', '.join(words)}"


@torch.no_grad()
def measured_features(
    model: SdaModel, directions: Directions, latent: torch.Tensor, steps: dict[str, float], source_amount: float = 1.0
) -> dict[str, float]:
    """Return the features of latents [frame, dim] moved by `steps`, quantized and decoded."""
    there = moved_latent(model, directions, latent, steps, quantized=True)
    return summary(Spectra.of(model.synth(there, source_amount)))
