"""Estimate how long a training run takes and what it gives, before it starts.

The time per step is measured when a run begins; before that it is taken from the newest run on this machine, or else
from measurements of the default recipe on two cores of an ordinary computer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sda_lib.config import CodecConfig, Recipe, TrainConfig

STEP_SECONDS = 0.055
# Seconds before the first model: starting a process and loading its libraries; the closed form; and the closed form per
# minute of sound.
START_SECONDS, FIT_SECONDS, FIT_SECONDS_A_MINUTE = 4.0, 2.0, 0.7
# Steps from which on the duration of a whole run gives a reliable time per step.
LONG_RUN = 300
# Seconds for fitting sliders at the end of a run.
SLIDER_SECONDS = 30.0


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


def forecast(recipe: Recipe, sound_seconds: float, step_seconds: float = STEP_SECONDS) -> Forecast:
    """Estimate a run on `sound_seconds` of sound.

    `step_seconds` is the time of one step of the default recipe.
    """
    train, codec = recipe.train, recipe.codec
    first = START_SECONDS + FIT_SECONDS + FIT_SECONDS_A_MINUTE * sound_seconds / 60
    step = step_seconds * relative_cost(recipe)
    learning = max(0.0, 60 * train.minutes - FIT_SECONDS) if train.steps is None else train.steps * step
    steps = round(learning / step) if train.steps is None else train.steps
    frames = sound_seconds * recipe.audio.sample_rate / codec.hop
    return Forecast(first, first + learning + SLIDER_SECONDS * recipe.fits_sliders, steps, frames / codec.codebook_size)


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
