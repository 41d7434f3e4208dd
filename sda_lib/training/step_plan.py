"""Convert a time budget to a number of training steps."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable

import torch

from sda_lib.training.estimate import STEP_SHARE
from sda_lib.training.optimize import LEAST_STEPS, StepBudget, optimize
from sda_lib.training.setup import TrainingSetup

# Steps on a throw-away copy of the codec: warm-up steps, then timed steps.
COLD_STEPS, TRIAL_STEPS = 5, 10


def seconds_for_steps(minutes: float, spent: float) -> float:
    """Return the seconds left for steps and checks of a budget of `minutes`, of which `spent` seconds are used.

    Never less than STEP_SHARE of the budget, so that slow preparations on a busy machine do not use up the training
    time.
    """
    return max(60 * minutes - spent, STEP_SHARE * 60 * minutes)


def plan_steps(
    setup: TrainingSetup, seconds: float, choices: Iterable[int], checking: float = 0.0
) -> tuple[int, int, float]:
    """Return how many steps fit into `seconds`, the fastest number of threads, and the seconds of these steps.

    `choices` are numbers of threads; two threads can be much slower than one on a busy machine, so all are timed on
    throw-away copies of the codec. `checking` is how many of the seconds the checks take.
    """
    began = time.monotonic()
    spent = {threads: step_seconds(setup, threads) for threads in sorted(choices)}
    threads = min(spent, key=lambda count: spent[count])
    left = max(seconds - (time.monotonic() - began) - checking, STEP_SHARE * seconds)
    steps = max(LEAST_STEPS, round(left / spent[threads]))
    return steps, threads, steps * spent[threads]


def step_seconds(setup: TrainingSetup, threads: int) -> float:
    """Measure the seconds per step with `threads` threads, after some warm-up steps."""
    torch.set_num_threads(threads)
    _try_steps(COLD_STEPS, setup)
    began = time.monotonic()
    _try_steps(TRIAL_STEPS, setup)
    return (time.monotonic() - began) / TRIAL_STEPS


def _try_steps(steps: int, setup: TrainingSetup) -> None:
    """Take steps on a copy of the codec, so that the run itself is unaffected."""
    budget = StepBudget(steps, None, 0.0)
    for _ in optimize(copy.deepcopy(setup.codec), setup.segments(), setup.recipe.train, budget, world=setup.world):
        pass
