"""Fit sliders: directions are fitted to a model's own decoder and tried on its recordings.

A slider is shown only if its measured feature follows its steps over sounds of the corpus. Its card holds the change
per step, the side effects on other features, and the range of values that the corpus covers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from sda_lib.analysis.features import FEATURES, Spectra, summary
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.stft import left_right
from sda_lib.directions.directions import AXIS, STEPS, Directions, SliderCard, SliderSet, fit_directions, principal_axes
from sda_lib.directions.gestures import GESTURES, LOUDNESS
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.files import locked
from sda_lib.memory.decode import LOUDEST, Span, magnitudes
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel
from sda_lib.model.moving import held_gain
from sda_lib.sliders.gesture_fit import EFFECTS, gesture_cards
from sda_lib.sliders.response import moved_latent, responses
from sda_lib.sliders.trial import Trial, TrialSounds, card_of, safe_ends, slope_of

# Number of nudged frames, sizes of nudges in standard deviations of the latents (as far as sliders move sounds), and
# number of neighboring frames on either side that are nudged alike, because the decoder's context includes them.
NUDGES, NUDGE, AROUND = 2400, (1.0, 2.0), 3
# Only frames within this many dB of the loudest are nudged.
AUDIBLE_DB = 50.0
# Number of sounds that a slider is tried on, and seconds of each.
TRIED, TRIED_SECONDS = 12, 2.0
# Minimum number of recorded clips from which the corpus' range is taken without a margin.
FEW = 8
# Sliders that are made loudness-neutral, and the range of steps in which that is measured. Noise is quieter than tones:
# a noisiness slider that has to keep the loudness no longer follows (rank correlation .75 instead of .97 on drums).
NEUTRAL, NEAR = ("brightness", "warmth"), 2.0
# Number of principal axes that get a slider without a name.
AXES = 3
# Maximum change of the median sound over all steps, relative to the distance between the feature's safe ends; steps
# that would lead farther are shortened.
WIDEST = 1.5


def fit_sliders(model: SdaModel, seed: int = 0) -> SliderSet:
    """Fit directions for every feature and try them on the model's recordings; takes about a minute.

    Raises SdaError if the model holds no recordings.
    """
    memory = model.memory
    if memory is None:
        raise SdaError(f"Sliders are tried out on recordings. {model.why_no_recordings}")
    generator, names = np.random.default_rng(seed), tuple(FEATURES)
    spreads = feature_spreads(model)
    bases, nudges, changes = _nudge_responses(model, memory, generator)
    covariance = np.cov(memory.latents.cpu().numpy().astype(np.float64).T)
    directions = fit_directions(bases, nudges, changes / spreads, covariance, names)
    latents = _trial_latents(memory, round(TRIED_SECONDS * model.frame_rate), generator)
    sounds = TrialSounds(model, latents, trial_clips(model), dict(zip(names, spreads, strict=True)))
    ends = _feature_ends(sounds)
    directions = _shortened(sounds, _loudness_neutral(sounds, directions), ends)
    cards = [_card(sounds, directions, name, ends[name]) for name in names]
    vectors, shares = principal_axes(covariance, AXES)
    axes = Directions(tuple(f"{AXIS} {number + 1}" for number in range(AXES)), vectors)
    axis_cards = [_axis_card(sounds, axes, name, share) for name, share in zip(axes.names, shares, strict=True)]
    gestures = gesture_cards(sounds, SliderSet(directions.beside(axes), (*cards, *axis_cards)))
    zeros = Directions(tuple(GESTURES), np.zeros((len(GESTURES), vectors.shape[1]), np.float32))
    return SliderSet(directions.beside(zeros, axes), (*cards, *gestures, *axis_cards))


def _feature_ends(sounds: TrialSounds) -> dict[str, tuple[float, float]]:
    """Return the safe ends of each feature; for fewer than FEW clips they are widened by one standard deviation of the
    feature's frames."""
    summaries, found = [summary(Spectra.of(clip)) for clip in sounds.clips], {}
    for name, spread in sounds.spreads.items():
        margin = spread if len(summaries) < FEW else 0.0
        low, high = safe_ends([one[name] for one in summaries])
        found[name] = (float(low - margin), float(high + margin))
    return found


def fit_sliders_in_file(path: Path) -> Iterator[Event]:
    """Fit the sliders of the model at `path` and save them in the file. Yields progress events; a model without
    recordings is left unchanged."""
    model = SdaModel.load(path)
    if model.memory is None:
        return
    yield Event("progress", message="trying out the sliders")
    fitted = fit_sliders(model)
    with locked(path.parent):
        SdaModel.load(path).with_sliders(fitted).save(path)  # levels may have been renamed meanwhile
    yield Event("saved", message=str(path))


def trial_clips(model: SdaModel) -> tuple[AudioClip, ...]:
    """Return the recordings cut into clips of TRIED_SECONDS; a short remainder is left out."""
    length, found = round(TRIED_SECONDS * model.sample_rate), []
    for clip in recorded_clips(model):
        ends = range(length, clip.length + length // 2, length) if clip.length > length else (length,)
        found += [AudioClip(clip.samples[:, end - length : end], clip.sample_rate) for end in ends]
    return tuple(found)


def recorded_clips(model: SdaModel) -> list[AudioClip]:
    """Return the recordings in a model's memory as clips, without the silence at their ends."""
    pieces = () if model.memory is None else model.memory.sounding_pieces
    return [AudioClip(left_right(piece.samples).cpu().numpy(), model.sample_rate) for piece in pieces]


def feature_spreads(model: SdaModel) -> np.ndarray:
    """Return the standard deviation of each feature [feature] over the recordings' frames within AUDIBLE_DB of the
    loudest."""
    found = []
    for clip in recorded_clips(model):
        spectra = Spectra.of(clip, model.hop)
        audible = spectra.total > spectra.total.max() * 10 ** (-AUDIBLE_DB / 10)
        found.append(_frame_features(spectra).compress(audible, 1))
    return np.concatenate(found, 1).std(1) + 1e-9


def _frame_features(spectra: Spectra) -> np.ndarray:
    """Return every feature of every frame [feature, frame]."""
    return np.stack([feature.measure(spectra) for feature in FEATURES.values()])


@torch.no_grad()
def _nudge_responses(
    model: SdaModel, memory: Memory, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return latents [n, dim], nudges of them [n, dim] and the response of each feature [n, feature]: half the
    difference between a nudge and its opposite, over the size of the nudge."""
    latents = memory.latents.cpu().float()
    loudness = memory.loudness().cpu().numpy()
    audible = np.flatnonzero(loudness > loudness.max() - AUDIBLE_DB)
    bases = latents[generator.choice(audible, NUDGES)]
    scale = np.linalg.cholesky(np.cov(latents.numpy().T) + 1e-6 * np.eye(latents.shape[1]))
    nudges = generator.standard_normal(bases.shape) @ scale.T
    sizes = np.resize(NUDGE, (NUDGES, 1))
    moved, level = torch.tensor(sizes * nudges, dtype=torch.float32), _decoded_powers(model, bases).sum(0)
    forth, back = (_nudged_features(model, bases + sign * moved, level) for sign in (1, -1))
    return bases.numpy(), nudges, (forth - back) / (2 * sizes)


def _nudged_features(model: SdaModel, latents: torch.Tensor, level: np.ndarray) -> np.ndarray:
    """Return the features [frame, feature] of latents [frame, dim] at the power [frame] of the unmoved ones, as sliders
    play them; only loudness is measured as it is."""
    power, loudness = _decoded_powers(model, latents), list(FEATURES).index(LOUDNESS)
    held = _frame_features(Spectra(power * (level / power.sum(0).clip(1e-12)), model.sample_rate))
    held[loudness] = FEATURES[LOUDNESS].measure(Spectra(power, model.sample_rate))
    return held.T


def _decoded_powers(model: SdaModel, latents: torch.Tensor) -> np.ndarray:
    """Return the power spectra [bin, frame] of latents [frame, dim], each surrounded by copies of itself, from the
    decoder's magnitudes; no phase is needed."""
    block, codec = 2 * AROUND + 1, model.codec
    found = []
    for part in latents.split(256):
        repeated = part.repeat_interleave(block, 0).to(codec.mean.device)
        log_magnitudes, noise = magnitudes(codec, repeated, Span(0, len(repeated)))
        sizes = torch.pow(10.0, (log_magnitudes + noise).clamp_max(LOUDEST))  # as decoding limits them
        power = (sizes * (2 / codec.spectral.window.sum())).square().sum(0).cpu().numpy()
        found.append(power.reshape(len(power), len(part), block, codec.ratio)[:, :, AROUND].mean(-1))
    return np.concatenate(found, 1)


def _trial_latents(memory: Memory, frames: int, generator: np.random.Generator) -> tuple[torch.Tensor, ...]:
    """Return latents [frame, dim] of the beginnings, up to `frames`, of randomly chosen recordings."""
    parts = memory.latents.split(list(memory.lengths))
    return tuple(parts[one][: max(1, frames)].float() for one in generator.permutation(len(parts))[:TRIED])


def _card(sounds: TrialSounds, directions: Directions, name: str, ends: tuple[float, float]) -> SliderCard:
    """Return the card of a feature's slider, measured on the sounds moved along it."""
    trials = [_trial(sounds.model, directions, name, latent) for latent in sounds.latents]
    return card_of(name, FEATURES[name].unit, trials, sounds.spreads, ends)


def _trial(model: SdaModel, directions: Directions, name: str, latent: torch.Tensor) -> Trial:
    """Try a feature's slider on a sound, given as latents [frame, dim]."""

    def measure(steps: Sequence[float]) -> list[dict[str, float]]:
        return [measured_features(model, directions, latent, {name: step}) for step in steps]

    return Trial.of(responses(model, directions, latent, name)[name], name, measure, anchor=True)


def _axis_card(sounds: TrialSounds, axes: Directions, name: str, share: float) -> SliderCard:
    """Return the card of an unnamed axis: the change of each of EFFECTS per step."""
    found = [responses(sounds.model, axes, latent, name, EFFECTS) for latent in sounds.latents]
    slopes = {one: np.mean([slope_of(STEPS, each[one].values) for each in found]) for one in EFFECTS}
    side = {one: float(slopes[one] / sounds.spreads[one]) for one in EFFECTS}
    return SliderCard(name, "", 0.0, 0.0, (STEPS[0], STEPS[-1]), 0.0, side, 0.0, 0.0, float(share))


def _loudness_neutral(sounds: TrialSounds, directions: Directions) -> Directions:
    """Compensate the measured loudness change of the directions in NEUTRAL along the direction of loudness."""
    own = _loudness_slope(sounds, directions, LOUDNESS) or 1.0
    slopes = [_loudness_slope(sounds, directions, name) if name in NEUTRAL else 0.0 for name in directions.names]
    along = np.eye(len(slopes))[directions.names.index(LOUDNESS)]
    return directions.mixed(np.eye(len(slopes)) - np.outer(np.array(slopes) / own, along))


def _loudness_slope(sounds: TrialSounds, directions: Directions, name: str) -> float:
    """Return the mean change of loudness per step along a direction, over steps within NEAR of 0."""
    near = np.abs(STEPS) <= NEAR
    found = [responses(sounds.model, directions, latent, name, (LOUDNESS,))[LOUDNESS] for latent in sounds.latents]
    return float(np.mean([slope_of(np.array(STEPS)[near], np.array(one.values)[near]) for one in found]))


def _shortened(sounds: TrialSounds, directions: Directions, ends: Mapping[str, tuple[float, float]]) -> Directions:
    """Scale steps down where they lead far beyond the corpus (WIDEST)."""
    factors = []
    for name in directions.names:
        found = [responses(sounds.model, directions, latent, name)[name].values for latent in sounds.latents]
        width = float(np.median([max(values) - min(values) for values in found]))
        low, high = ends[name]
        factors.append(min(1.0, WIDEST * (high - low) / max(width, 1e-9)))
    return directions.mixed(np.diag(factors))


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
    model: SdaModel, directions: Directions, latent: torch.Tensor, steps: dict[str, float]
) -> dict[str, float]:
    """Return the features of latents [frame, dim] moved by `steps`, quantized, decoded, and as loud as before unless
    loudness is moved."""
    moved = moved_latent(model, directions, latent, steps, quantized=True)
    spectra, meter = Spectra.of(model.synth(moved)), model.level_meter
    if LOUDNESS not in steps:
        before = moved_latent(model, directions, latent, {}, quantized=True)
        spectra = spectra.scaled(held_gain(meter.power(before), meter.power(moved)))
    return summary(spectra)
