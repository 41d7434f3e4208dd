"""Plan of a fit of sliders: at which share of the whole time each part begins, for sounds of a given length."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

# Seconds of one core that each part takes; those that try sliders, for each second of the sounds they are tried on.
MEASURE, LEARN, BEND = 0.3, 6.6, 7.0
TRY, BENT_TRY, AXES, GESTURES = 1.76, 0.41, 0.2, 0.32
# Share of the tries of features that finds how sounds respond; the rest measures the sliders.
RESPONSES = 0.33
# Seconds on two free cores for each second of one core.
PARALLEL = 0.65


@dataclass(frozen=True)
class FitPlan:
    """Shares of the whole time, 0..1, at which the parts begin: learning directions, trying them, bending, trying the
    bent ones, axes, and gestures; `seconds` is the whole on two free cores."""

    learned: float
    tried: float
    bent: float
    bent_tried: float
    axes: float
    gestures: float
    seconds: float

    @classmethod
    def of(cls, seconds: float) -> FitPlan:
        """Return the plan for `seconds` of sounds that sliders are tried on."""
        parts = (MEASURE, LEARN, TRY * seconds, BEND, BENT_TRY * seconds, AXES * seconds, GESTURES * seconds)
        whole = sum(parts)
        learned, tried, bent, bent_tried, axes, gestures = (end / whole for end in accumulate(parts[:-1]))
        return cls(learned, tried, bent, bent_tried, axes, gestures, PARALLEL * whole)
