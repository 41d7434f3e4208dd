"""Readout of a slider: a number of steps in the unit of its feature, as the page shows it beside the slider."""

from __future__ import annotations

import math

from sda_lib.directions.directions import STEPS, Response, SliderCard

# Changes from here on are rounded to three digits.
LARGE = 1000
STEP_UNIT = "steps"


def readout(card: SliderCard | None, response: Response | None, step: float) -> str:
    """Return by how much a slider at `step` changes its feature, such as "+441 Hz".

    card: the slider's; response: of the sound, None if it is unknown. Without either, and along an axis, it is a
    number of steps. It has two digits at the slider's largest change, three from ten on.
    """
    if card is None or response is None or card.is_axis:
        return _signed(step, 1, STEP_UNIT)
    middle = response.at(0.0)
    change, most = response.at(step) - middle, max(abs(response.at(one) - middle) for one in STEPS)
    return _signed(change, _decimals(most), card.unit)


def _decimals(most: float) -> int:
    magnitude = math.floor(math.log10(max(most, 1e-9)))
    return 0 if magnitude >= 2 else min(max(1 - magnitude, 1), 6)


def _signed(change: float, decimals: int, unit: str) -> str:
    size = float(f"{abs(change):.3g}") if abs(change) >= LARGE else abs(change)
    text = f"{size:.{decimals}f}"
    return "0" if float(text) == 0 else f"{'-' if change < 0 else '+'}{text} {unit}".rstrip()
