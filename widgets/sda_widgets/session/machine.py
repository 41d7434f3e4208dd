"""Machine: how slow it is now for a training, which shares it with everything else that runs."""

from __future__ import annotations

import time

from traitlets import Bool, Float

from sda_lib.runs.priority import background_slowness
from sda_widgets.session.context import Context, Part

# Seconds for which a measurement is taken as it is.
FRESH = 20.0


class Machine(Part):
    """Measures the machine in a thread; the page's heartbeat applies what was found."""

    slowness = Float(1.0, help="how many times longer a training takes now than on a free machine")
    is_measuring = Bool(False, help="whether it is being measured")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._measured = -FRESH

    def measure(self) -> None:
        """Measure it, unless that was done a moment ago."""
        if not self.is_measuring and time.monotonic() - self._measured > FRESH:
            self.is_measuring = True
            self.start_thread(self._measure)

    def _measure(self) -> None:
        found = background_slowness()
        self.context.deliveries.append(lambda: self._apply(found))

    def _apply(self, found: float) -> None:
        self._measured = time.monotonic()
        self.set(slowness=found, is_measuring=False)
