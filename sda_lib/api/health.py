"""Health of a model, as something that shows itself and can be saved as a page."""

from __future__ import annotations

import dataclasses
from os import PathLike
from pathlib import Path
from typing import Self

from sda_lib.display.health import health_view
from sda_lib.display.page import page
from sda_lib.health import diagnose as core


class Health(core.HealthReport):
    """Findings about a model: `findings`, `verdict`, `severity`, and the measurements behind them."""

    @classmethod
    def of(cls, report: core.HealthReport) -> Self:
        """Return a report as one of this class."""
        return cls(**{one.name: getattr(report, one.name) for one in dataclasses.fields(core.HealthReport)})

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the report as one HTML file with pictures and the worst files as sound, and return its path.

        Raises SdaError if the path doesn't end in .html or .htm, or the disk is full.
        """
        from sda_lib.health.report import write_report  # imported late: it needs matplotlib, which takes half a second

        return write_report(self, Path(path))

    def __repr__(self) -> str:
        return f"Health({self.name!r}, {self.severity}: {self.verdict})"

    def _repr_html_(self) -> str:
        return page(health_view(self))
