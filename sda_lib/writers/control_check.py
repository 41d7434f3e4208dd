"""Check whether a model's controls work: write a few sounds for each and compare requested with measured values."""

from __future__ import annotations

from dataclasses import dataclass

import scipy

from sda_lib.controls.names import CONTROLS
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import Steps, drained, ends_of, part_of, spread_over
from sda_lib.writers.compose_codes import compose_codes, measure_controls
from sda_lib.writers.options import GenerateOptions

# A control with a rank correlation below this is hidden.
WEAKEST = 0.3
LEVELS, SEEDS = (0.0, 0.25, 0.5, 0.75, 1.0), 3
SECONDS = 4.0


@dataclass(frozen=True)
class ControlCheck:
    """Result of the check of a control.

    `rho` is Spearman's rank correlation of requested and measured values over a few sounds; `why_hidden` is the reason
    to hide the control, empty if there is none.
    """

    rho: float
    why_hidden: str = ""


def check_controls(model: SdaModel, writer: str = "") -> dict[str, ControlCheck]:
    """Return the check of every control.

    A writer (default: the model's default one) writes sounds of SECONDS for each of LEVELS, measured on the decoder's
    magnitudes; this takes some seconds. Raises SdaError for models that cannot write.
    """
    return drained(checks_in_steps(model, writer))


def checks_in_steps(model: SdaModel, writer: str = "") -> Steps[dict[str, ControlCheck]]:
    """Do the same, and yield each step before it begins."""
    found: dict[str, ControlCheck] = {}
    for number, name in enumerate(CONTROLS):
        found[name] = yield from part_of(_check(model, name, writer), *ends_of(number, len(CONTROLS)))
    return found


def _check(model: SdaModel, name: str, writer: str) -> Steps[ControlCheck]:
    """Return the check of one control."""
    if why := model.ranges.why_hidden(name):
        return ControlCheck(0.0, why)
    requested = [level for level in LEVELS for _ in range(SEEDS)]
    found: list[float] = []
    words = [f"trying {name} {level:g}" for level in requested]
    for number, (level, step) in enumerate(zip(requested, spread_over(words, 0.0, 1.0), strict=True)):
        yield step
        options = GenerateOptions(SECONDS, seed=number % SEEDS, writer=writer, controls={name: level})
        found.append(measure_controls(model, compose_codes(model, options))[name])
    rho = float(scipy.stats.spearmanr(requested, found).statistic) if len(set(found)) > 1 else 0.0
    why = f"New sounds hardly follow the requested {name} (rank correlation {rho:.2f})." if rho < WEAKEST else ""
    return ControlCheck(rho, why)
