"""Forecast: what a training will take and give, told before it starts.

A step's time is measured when a run begins; until then the newest run on this machine says it, or else what two cores
of an ordinary computer took for the default recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sda_lib.config import CodecConfig, Recipe, TrainConfig

STEP_SECONDS = 0.055
START_SECONDS, FIT_SECONDS, FIT_SECONDS_A_MINUTE = 4.0, 2.0, 0.7
"""Before the first model is there: a process and its libraries, the closed form, and that for every minute of sound."""
LONG_RUN = 300
"""Steps from which on the seconds of a whole run say how long one takes."""
SLIDER_SECONDS = 30.0
"""Trying sliders out at the end of a run."""


@dataclass(frozen=True)
class Forecast:
    """Seconds until the first model can be played, and until the end; about so many steps in them; and the frames of
    sound that there are for every code."""

    first: float
    seconds: float
    steps: int
    frames_per_code: float


def forecast(recipe: Recipe, sound_seconds: float, step_seconds: float = STEP_SECONDS) -> Forecast:
    """For so much sound; `step_seconds` is what a step of the default recipe takes."""
    train, codec = recipe.train, recipe.codec
    first = START_SECONDS + FIT_SECONDS + FIT_SECONDS_A_MINUTE * sound_seconds / 60
    step = step_seconds * work(recipe)
    learning = max(0.0, 60 * train.minutes - FIT_SECONDS) if train.steps is None else train.steps * step
    steps = round(learning / step) if train.steps is None else train.steps
    ends_with_sliders = recipe.memory.enabled and train.minutes > 0 and train.steps is None
    frames = sound_seconds * recipe.audio.sample_rate / codec.hop
    return Forecast(first, first + learning + SLIDER_SECONDS * ends_with_sliders, steps, frames / codec.codebook_size)


def work(recipe: Recipe) -> float:
    """How much a step has to do, in steps of the default recipe: batches times networks."""
    train, codec, usual = recipe.train, recipe.codec, (TrainConfig(), CodecConfig())
    batch = train.batch * train.segment / (usual[0].batch * usual[0].segment)
    blocks = (1 + codec.encoder_blocks + codec.decoder_blocks) / (1 + usual[1].encoder_blocks + usual[1].decoder_blocks)
    return batch * blocks * codec.width / usual[1].width * (2.0 if train.adversarial else 1.0)


def known_step_seconds(runs: Iterable[Mapping[str, float]]) -> float:
    """Seconds per step in the first of these models' metrics that were trained for a while."""
    for metrics in runs:
        if metrics.get("steps", 0) >= LONG_RUN and metrics.get("seconds", 0) > 0:
            return metrics["seconds"] / metrics["steps"]
    return STEP_SECONDS
