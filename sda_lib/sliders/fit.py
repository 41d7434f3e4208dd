"""Fit sliders: directions are fitted to a model's own decoder and tried on its recordings.

A slider is shown only if its measured feature follows its steps over sounds of the corpus. Its card holds the change
per step, the side effects on other features, and the range of values that the corpus covers.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from sda_lib.analysis.features import FEATURES, Spectra, summary
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.stft import left_right
from sda_lib.directions.directions import AXIS, Directions, SliderCard, SliderSet
from sda_lib.directions.fitting import fit_directions, principal_axes
from sda_lib.directions.gestures import GESTURES
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.files import locked
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel
from sda_lib.sliders.feature_fit import FEW, Ends, FeatureSliders, feature_sliders
from sda_lib.sliders.fit_plan import FitPlan
from sda_lib.sliders.gesture_fit import EFFECTS, gesture_cards
from sda_lib.sliders.nudges import AUDIBLE_DB, Nudging, frame_features, nudged
from sda_lib.sliders.response import GESTURE_STEPS, features_along
from sda_lib.sliders.trial import TrialSound, TrialSounds, safe_ends, slope_of
from sda_lib.work_steps import Steps, WorkStep, drained, seconds_left

# How latents are nudged for straight directions, which are local, and for bent ones: as far as sliders move sounds.
STRAIGHT, BENT = Nudging(1500, (0.5,)), Nudging(2400, (1.0, 2.0))
# Number of principal axes along which the place of a frame is measured for bent directions.
PLACE_AXES = 6
# Rank correlation from which a straight slider is good enough, and by how much a bent one has to be better.
RELIABLE, CLEARLY = 0.95, 0.03
# Number of sounds that a slider is tried on, and seconds of each.
TRIED, TRIED_SECONDS = 12, 2.0
# Number of principal axes that get a slider without a name.
AXES = 3


def fit_sliders(model: SdaModel, seed: int = 0) -> SliderSet:
    """Fit directions for every feature and try them on the model's recordings; takes half a minute to a minute.

    Raises SdaError if the model holds no recordings.
    """
    return drained(sliders_in_steps(model, seed))


def sliders_in_steps(model: SdaModel, seed: int = 0) -> Steps[SliderSet]:
    """Do the same, and yield each step before it begins. Raises SdaError if the model holds no recordings."""
    memory = model.memory
    if memory is None:
        raise SdaError(f"Sliders are tried out on recordings. {model.why_no_recordings}")
    yield WorkStep(0.0, "measuring the recordings")
    generator = np.random.default_rng(seed)
    spreads = dict(zip(FEATURES, feature_spreads(model).tolist(), strict=True))
    sounds = TrialSounds(model, _trial_sounds(model, memory, generator), trial_clips(model), spreads)
    plan = FitPlan.of(sounds.seconds)
    fitted = yield from _fitted_features(sounds, plan, generator)
    cards = tuple(fitted.cards[name] for name in FEATURES)
    vectors, shares = principal_axes(_covariance(memory), AXES)
    axes = Directions(tuple(f"{AXIS} {number + 1}" for number in range(AXES)), vectors)
    yield WorkStep(plan.axes, "trying the axes")
    axis_cards = [_axis_card(sounds, axes, name, share) for name, share in zip(axes.names, shares, strict=True)]
    yield WorkStep(plan.gestures, f"trying {' and '.join(GESTURES)}")
    gestures = gesture_cards(sounds, SliderSet(fitted.directions.beside(axes), (*cards, *axis_cards)))
    zeros = Directions(tuple(GESTURES), np.zeros((len(GESTURES), vectors.shape[1]), np.float32))
    return SliderSet(fitted.directions.beside(zeros, axes), (*cards, *gestures, *axis_cards))


def _fitted_features(sounds: TrialSounds, plan: FitPlan, generator: np.random.Generator) -> Steps[FeatureSliders]:
    """Fit straight directions; where one of EFFECTS does not reliably follow its own, also bent ones, of which those
    that are clearly better are taken."""
    ends = _feature_ends(sounds)
    yield WorkStep(plan.learned, "finding what moves each feature")
    directions = _directions(sounds, STRAIGHT, 0, generator)
    straight = yield from feature_sliders(sounds, directions, tuple(FEATURES), ends, (plan.tried, plan.bent))
    weak = tuple(name for name in EFFECTS if straight.cards[name].rho < RELIABLE)
    if not weak:
        return straight
    yield WorkStep(plan.bent, f"bending {' and '.join(weak)}")
    directions = _directions(sounds, BENT, PLACE_AXES, generator)
    bent = yield from feature_sliders(sounds, directions, weak, ends, (plan.bent_tried, plan.axes))
    better = [name for name in weak if bent.cards[name].rho >= straight.cards[name].rho + CLEARLY]
    return straight.taking(better, bent)


def _directions(sounds: TrialSounds, nudging: Nudging, place_axes: int, generator: np.random.Generator) -> Directions:
    """Return directions of every feature, fitted to nudges of the recordings."""
    found, spreads = nudged(sounds.model, nudging, generator), np.array(list(sounds.spreads.values()))
    covariance = _covariance(sounds.model.memory)
    return fit_directions(found.bases, found.moves, found.changes / spreads, covariance, tuple(FEATURES), place_axes)


def _covariance(memory: Memory | None) -> np.ndarray:
    """Return the covariance [dim, dim] of the latents of a memory, which must be there."""
    assert memory is not None
    return np.cov(memory.latents.cpu().numpy().astype(np.float64).T)


def _feature_ends(sounds: TrialSounds) -> Ends:
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
    fitted = yield from _told(sliders_in_steps(model))
    with locked(path.parent):
        SdaModel.load(path).with_sliders(fitted).save(path)  # levels may have been renamed meanwhile
    yield Event("saved", message=str(path))


def _told(steps: Steps[SliderSet]) -> Generator[Event, None, SliderSet]:
    """Yield each step of a fit as an event, with the seconds left where enough is done to tell."""
    began = time.monotonic()
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            found: SliderSet = end.value
            return found
        left = seconds_left(step.share, time.monotonic() - began)
        values = {} if left is None else {"seconds_left": left}
        yield Event("progress", values=values, message=f"trying out the sliders, {step.share:.0%}: {step.words}")


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
        found.append(frame_features(spectra).compress(audible, 1))
    return np.concatenate(found, 1).std(1) + 1e-9


def _trial_sounds(model: SdaModel, memory: Memory, generator: np.random.Generator) -> tuple[TrialSound, ...]:
    """Return the beginnings, up to TRIED_SECONDS, of randomly chosen recordings."""
    parts, frames = memory.latents.split(list(memory.lengths)), max(1, round(TRIED_SECONDS * model.frame_rate))
    chosen = generator.permutation(len(parts))[:TRIED]
    return tuple(TrialSound(model, parts[one][:frames].float()) for one in chosen)


def _axis_card(sounds: TrialSounds, axes: Directions, name: str, share: float) -> SliderCard:
    """Return the card of an unnamed axis: the change of each of EFFECTS per step."""
    steps, model = GESTURE_STEPS, sounds.model
    found = [features_along(model, axes, sound.latent, name, steps, EFFECTS) for sound in sounds.sounds]
    slopes = {one: np.mean([slope_of(steps, each[one]) for each in found]) for one in EFFECTS}
    side = {one: float(slopes[one] / sounds.spreads[one]) for one in EFFECTS}
    return SliderCard(name, "", 0.0, 0.0, (steps[0], steps[-1]), 0.0, side, 0.0, 0.0, float(share))


def display_name(card: SliderCard) -> str:
    """Return a slider's display name, e.g. "Brightness"; for an axis its strongest effects: "Axis 1 — mostly brighter,
    noisier"."""
    if not card.is_axis:
        return card.name.capitalize()
    strongest = sorted(card.side, key=lambda one: -abs(card.side[one]))[:2]
    words = [FEATURES[one].more if card.side[one] > 0 else FEATURES[one].less for one in strongest]
    return f"{card.name.capitalize()} — mostly {', '.join(words)}"
