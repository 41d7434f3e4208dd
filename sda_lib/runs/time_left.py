"""Time left of a training: until its end, sliders included, judged by how slow the machine is for it now."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field

from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.runs.priority import slowness
from sda_lib.training.estimate import STEP_SHARE, fit_seconds, slider_seconds

LEFT = "seconds_left"
# Seconds of one core from which the work of this process tells how slow the machine is.
ENOUGH = 2.0


@dataclass
class TimeLeft:
    """Adds the seconds left to the events of a training of `seconds` of sound, which this process carries out."""

    recipe: Recipe
    seconds: float
    fits_sliders: bool
    slowness: float = field(default_factory=slowness)
    began: float = field(default_factory=lambda: time.monotonic())
    worked: float = field(default_factory=lambda: time.process_time())

    def told(self, event: Event) -> Event:
        """Return an event of `learn` with the seconds left until the end of the whole run."""
        if event.kind != "progress":
            return event
        spent, worked = time.monotonic() - self.began, time.process_time() - self.worked
        slow = max(1.0, spent / worked) if worked > ENOUGH else self.slowness
        left = event.values.get(LEFT)
        learning = self._before_steps(spent, slow) if left is None else left
        sliders = slow * slider_seconds(self.seconds) if self.fits_sliders else 0.0
        return dataclasses.replace(event, values={**event.values, LEFT: learning + sliders})

    def _before_steps(self, spent: float, slow: float) -> float:
        """Return the seconds left until the steps end, before they have begun `spent` seconds after the start."""
        train = self.recipe.train
        fitted = max(spent, slow * fit_seconds(self.seconds))
        budget = 60 * train.minutes if train.steps is None else 0.0
        return max(budget, fitted + STEP_SHARE * budget) - spent
