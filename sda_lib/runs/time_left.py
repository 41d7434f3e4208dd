"""Time left of a training: until its end, sliders included, judged by how slow the machine is for it now."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field

from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.runs.priority import slowness
from sda_lib.training.estimate import fit_seconds, learning_seconds, slider_seconds

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

    def with_time_left(self, event: Event) -> Event:
        """Return an event of `learn` with the seconds left until the end of the whole run."""
        if event.kind != "progress":
            return event
        left, slow = event.values.get(LEFT), self._slow
        learning = self._before_steps(slow) if left is None else left
        return _with(event, learning + (self._sliders(slow) if self.fits_sliders else 0.0))

    def with_time_left_of_sliders(self, event: Event) -> Event:
        """Return an event of fitting the sliders, which follows; the first ones do not tell the seconds left."""
        return (
            _with(event, self._sliders(self._slow)) if event.kind == "progress" and LEFT not in event.values else event
        )

    @property
    def _spent(self) -> float:
        return time.monotonic() - self.began

    @property
    def _slow(self) -> float:
        """How many times longer the work of this process takes than on a free machine: as measured at first, and by
        its work so far, which went on in several threads."""
        worked = time.process_time() - self.worked
        return (self.slowness + max(1.0, self._spent / worked)) / 2 if worked > ENOUGH else self.slowness

    def _sliders(self, slow: float) -> float:
        return slow * slider_seconds(self.seconds)

    def _before_steps(self, slow: float) -> float:
        """Return the seconds left until the steps end, before they have begun."""
        spent = self._spent
        fitted = max(spent, slow * fit_seconds(self.seconds))
        return fitted + learning_seconds(self.recipe, fitted, slow) - spent


def _with(event: Event, left: float) -> Event:
    return dataclasses.replace(event, values={**event.values, LEFT: left})
