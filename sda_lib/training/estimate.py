"""Estimate how long a training run takes and what it gives, before it starts.

The time per step is measured when a run begins; before that it is taken from the newest run on this machine, or else
from measurements of the default recipe on two cores of an ordinary computer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sda_lib.config import CodecConfig, Recipe, TrainConfig
from sda_lib.sliders.fit_plan import FitPlan

STEP_SECONDS = 0.055
# Seconds before the first model on two free cores: starting a process and loading its libraries; the closed form with
# the choice of where it begins; and the closed form per minute of sound, up to the minutes beyond which a sample of the
# sounds is fitted, and beyond them.
START_SECONDS, FIT_SECONDS, FIT_SECONDS_A_MINUTE = 4.0, 6.0, 0.7
FITTED_MINUTES, LONG_FIT_SECONDS_A_MINUTE = 20.0, 0.01
# Steps from which on the duration of a whole run gives a reliable time per step.
LONG_RUN = 300
# Least share of a time budget left to the steps, even if the preparations took longer than planned.
STEP_SHARE = 0.25
# Work that every training with a time budget does, beyond it where it must: steps that are timed, and the fewest steps
# of a run (`step_plan`, `optimize`); and the seconds of its first and last check on a free machine.
LEAST_WORK, CHECKING = 46, 2.0
# Share of the sounds' seconds on which sliders are tried, and the most of them.
TRIED_SHARE, MOST_TRIED = 0.6, 18.0


@dataclass(frozen=True)
class Forecast:
    """Estimate for a run.

    Seconds until the first model can be played and until the end, the approximate number of steps, and the frames of
    sound per code.
    """

    first: float
    seconds: float
    steps: int
    frames_per_code: float


def forecast(
    recipe: Recipe, sound_seconds: float, step_seconds: float = STEP_SECONDS, slowness: float = 1.0
) -> Forecast:
    """Estimate a run on `sound_seconds` of sound.

    `step_seconds` is the time of one step of the default recipe; `slowness` is how many times longer work takes now
    than on a free machine (`runs.priority`).
    """
    train, codec = recipe.train, recipe.codec
    start, fit = slowness * START_SECONDS, slowness * fit_seconds(sound_seconds)
    step = slowness * step_seconds * relative_cost(recipe)
    learning = learning_seconds(recipe, fit, slowness, step_seconds)
    steps = round(learning / step) if train.steps is None else train.steps
    sliders = slowness * slider_seconds(sound_seconds) if recipe.fits_sliders else 0.0
    frames = sound_seconds * recipe.audio.sample_rate / codec.hop
    return Forecast(start + fit, start + fit + learning + sliders, steps, frames / codec.codebook_size)


def learning_seconds(recipe: Recipe, fit: float, slowness: float = 1.0, step_seconds: float = STEP_SECONDS) -> float:
    """Return the seconds of the steps after a closed form that took `fit` seconds: those left of the time budget, but
    not less than STEP_SHARE of it and the time of LEAST_WORK, or those of the recipe's steps."""
    train, step = recipe.train, slowness * step_seconds * relative_cost(recipe)
    if train.steps is not None:
        return train.steps * step
    if not train.minutes:
        return 0.0
    return max(60 * train.minutes - fit, STEP_SHARE * 60 * train.minutes, LEAST_WORK * step + slowness * CHECKING)


def fit_seconds(sound_seconds: float) -> float:
    """Return the seconds of the closed form of some sound on a free machine."""
    minutes, more = min(sound_seconds / 60, FITTED_MINUTES), max(0.0, sound_seconds / 60 - FITTED_MINUTES)
    return FIT_SECONDS + FIT_SECONDS_A_MINUTE * minutes + LONG_FIT_SECONDS_A_MINUTE * more


def slider_seconds(sound_seconds: float) -> float:
    """Return the seconds of fitting sliders at the end of a run on some sound, on a free machine."""
    return FitPlan.of(min(TRIED_SHARE * sound_seconds, MOST_TRIED)).seconds


def relative_cost(recipe: Recipe) -> float:
    """Return the cost of a step relative to the default recipe: batch size times network size."""
    train, codec, usual = recipe.train, recipe.codec, (TrainConfig(), CodecConfig())
    batch = train.batch * train.segment / (usual[0].batch * usual[0].segment)
    blocks = (1 + codec.encoder_blocks + codec.decoder_blocks) / (1 + usual[1].encoder_blocks + usual[1].decoder_blocks)
    return batch * blocks * codec.width / usual[1].width * (2.0 if train.adversarial else 1.0)


def known_step_seconds(runs: Iterable[Mapping[str, float]]) -> float:
    """Return the seconds per step of the first of these runs' metrics with at least LONG_RUN steps.

    Without one, STEP_SECONDS.
    """
    for metrics in runs:
        if metrics.get("steps", 0) >= LONG_RUN and metrics.get("seconds", 0) > 0:
            return metrics["seconds"] / metrics["steps"]
    return STEP_SECONDS
