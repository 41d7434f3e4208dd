"""Successive halving: train all arms a little, keep the best third, train these on, and so on.

The method is that of Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization"
(AISTATS 2016), with the factor 3 of Li et al., "A system for massively parallel hyperparameter tuning" (MLSys 2020).
Arms are compared at equal steps, when all of a rung have come there, so that the winner doesn't depend on how many
workers there are or how fast.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sda_lib.sweeps.plan import CHECKS, Arm, SweepPlan, Trial

# Share of the arms that each rung keeps, as 1 / FACTOR, and by how much more each rung trains.
FACTOR = 3
# Fewest arms that a rung keeps.
LEAST_KEPT = 2


@dataclass(frozen=True)
class TrialState:
    """How far a training has come: its step, the smallest held-out distance so far, and whether it has ended."""

    step: int
    distance: float
    ended: bool = False


@dataclass(frozen=True)
class Due:
    """A training that is to be continued until a step."""

    trial: Trial
    until: int


States = Mapping[Trial, TrialState]


def rungs(steps: int, arms: int, everything: bool = False) -> tuple[int, ...]:
    """Return the steps at which arms are compared, the last of them the end of the training.

    Args:
        steps: steps of the longest training.
        arms: number of arms; a rung more for each factor of FACTOR among them.
        everything: whether all arms are trained to the end.
    """
    checks = [CHECKS]
    while not everything and checks[0] % FACTOR == 0 and arms > LEAST_KEPT:
        checks.insert(0, checks[0] // FACTOR)
        arms = kept_of(arms)
    return tuple(math.ceil(steps * check / CHECKS) for check in checks)


def kept_of(arms: int) -> int:
    """Return how many of some arms a rung keeps."""
    return min(arms, max(LEAST_KEPT, math.ceil(arms / FACTOR)))


def survivors(distances: Mapping[Arm, float]) -> list[Arm]:
    """Return the arms with the smallest distances, in their order; of equal ones the first."""
    best = sorted(distances, key=lambda arm: (distances[arm], arm.number))[: kept_of(len(distances))]
    return sorted(best, key=lambda arm: arm.number)


def due(plan: SweepPlan, states: States, everything: bool = False) -> list[Due]:
    """Return the trainings that are to be continued now; none once the sweep is done.

    It follows from the states alone, so that a sweep that was stopped continues where it was.
    """
    return [one for corpus in range(len(plan.names)) for one in _due_of(plan, corpus, states, everything)[0]]


def last_arms(plan: SweepPlan, corpus: int, states: States, everything: bool = False) -> list[Arm]:
    """Return the arms of a corpus that no rung has left behind so far."""
    return _due_of(plan, corpus, states, everything)[1]


def mean_distance(plan: SweepPlan, arm: Arm, states: States) -> float:
    """Return the mean held-out distance of an arm over its seeds; infinite where one is missing."""
    found = [states[trial].distance for trial in plan.trials(arm) if trial in states]
    return sum(found) / len(found) if len(found) == plan.seeds else math.inf


def _due_of(plan: SweepPlan, corpus: int, states: States, everything: bool) -> tuple[list[Due], list[Arm]]:
    """Return what is due of a corpus, and its arms that are left."""
    arms = [arm for arm in plan.arms if arm.corpus == corpus]
    steps = rungs(max(map(plan.steps, arms)), len(arms), everything)
    for number, until in enumerate(steps):
        missing = [
            Due(trial, until) for arm in arms for trial in plan.trials(arm) if not _is_there(states, trial, until)
        ]
        if missing:
            return missing, arms
        if number < len(steps) - 1:
            arms = survivors({arm: mean_distance(plan, arm, states) for arm in arms})
    return [], arms


def _is_there(states: States, trial: Trial, until: int) -> bool:
    state = states.get(trial)
    return state is not None and (state.ended or state.step >= until)


def steps_left(plan: SweepPlan, states: States, everything: bool = False) -> int:
    """Return how many steps a sweep still takes, if no training ends early."""
    return sum(_steps_left_of(plan, corpus, states, everything) for corpus in range(len(plan.names)))


def _steps_left_of(plan: SweepPlan, corpus: int, states: States, everything: bool) -> int:
    arms: Sequence[Arm] = [arm for arm in plan.arms if arm.corpus == corpus]
    steps = rungs(max(map(plan.steps, arms)), len(arms), everything)
    missing, arms = _due_of(plan, corpus, states, everything)
    if not missing:
        return 0
    place = steps.index(missing[0].until)
    left = sum(one.until - (states[one.trial].step if one.trial in states else 0) for one in missing)
    count = len(arms)
    for before, until in zip(steps[place:], steps[place + 1 :], strict=False):
        count = kept_of(count)
        left += count * plan.seeds * (until - before)
    return left
