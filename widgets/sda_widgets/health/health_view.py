"""Health view: state of the open model as findings, each with the command that fixes it."""

from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np
from ipywidgets import HTML

from sda_lib.colors import code_colors
from sda_lib.health.diagnose import HealthReport
from sda_lib.health.findings import Finding
from sda_lib.health.fixes import Retraining
from sda_widgets.common.form_controls import Card, button, watch
from sda_widgets.common.grid_image import png_url
from sda_widgets.common.markup import bold, quiet, severity
from sda_widgets.common.work_progress import progress_of
from sda_widgets.health.findings_list import FindingsList
from sda_widgets.session.context import NO_MODEL
from sda_widgets.session.session import Session

ABOUT = (
    "Checks whether all codes are used, whether the model represents sounds it was not trained on, and how much of "
    "what it generates is copied. It takes a few seconds."
)
# Color of codes that are never used.
NEVER = (74, 35, 38)
# Range of the color scale in octaves: from 1/8 to 8 times even use.
OCTAVES = 3.0


class HealthView(Card):
    """View of `session.health.report`; a button measures it. A finding's training can be set up where `can_train`: next
    to a training view."""

    def __init__(self, session: Session, can_train: bool = True) -> None:
        self.session, self.can_train = session, can_train
        self.check = button("Check health", "Measure the open model on the recordings in it", session.health.check)
        self.verdict, self.measured, self.usage = HTML(), HTML(), HTML()
        self.fixes = FindingsList(self._set_up)
        title = HTML(f"<h3>Health</h3>{quiet(ABOUT)}")
        self.progress = progress_of(session.health)
        found = [self.verdict, self.fixes, self.measured, self.usage]
        super().__init__([title, self.check, self.progress, *found], "sda-health")
        session.page_acts.provide_button("check_health", self.check, self._why_not)
        watch(self._draw, (session.health, "report is_running"), (session, "model"))

    def _why_not(self) -> str:
        return NO_MODEL if self.session.model is None else "The health is being measured."

    def _set_up(self, command: str) -> None:
        retraining = Retraining.of(command)
        if retraining is not None:
            self.session.propose(retraining)

    def _draw(self) -> None:
        is_busy, report = self.session.health.is_running, self.session.health.report
        self.check.disabled = is_busy or self.session.model is None
        self.check.description = "Checking …" if is_busy else "Check health"
        for part, html in ((self.verdict, verdict), (self.measured, basis), (self.usage, usage)):
            part.value = "" if report is None else html(report)
        self.fixes.items = (
            [] if report is None else [_item(*group, self.can_train) for group in report.grouped_findings]
        )


def verdict(report: HealthReport) -> str:
    """Return the overall severity and one sentence as HTML."""
    return f'<p role="status">{severity(report.severity)} {bold(report.name)}: {escape(report.verdict)}</p>'


def basis(report: HealthReport) -> str:
    """Return as HTML what was measured on, and what could not be measured."""
    return "".join(map(quiet, (f"Measured on {report.measured}.", *report.unknown)))


def _item(fix: str, findings: Iterable[Finding], can_train: bool) -> dict[str, Any]:
    """Return findings and their fix as an item for the page."""
    rows = [[one.severity, one.sentence] for one in findings]
    return {"findings": rows, "command": fix, "trains": can_train and Retraining.of(fix) is not None}


def usage(report: HealthReport) -> str:
    """Return as HTML one strip per level, with a pixel per code, lighter where it is used more often, the share of
    codes in use and the level's color."""
    severities = {one.level: one.severity for one in report.findings}
    rows = [
        f'<span>{name}</span><img alt="How often codes of {name} are used" src="{png_url(strip[None])}">'
        f'<span class="sda-number">{share:.0%}</span>{severity(severities[level])}'
        for level, (name, strip, share) in enumerate(
            zip(map(escape, report.level_names), strips(report.use.usage), report.use.utilization, strict=True)
        )
    ]
    if not rows:
        return ""
    about = quiet("How often each code is used, from dark to bright sounds; reddish codes are unused.")
    return f'<div class="sda-usage">{"".join(rows)}</div>{about}'


def strips(counts: np.ndarray) -> np.ndarray:
    """Convert counts [level, code] to uint8 pixels [level, code, rgb], on a logarithmic scale around even use."""
    even = np.maximum(counts.mean(1, keepdims=True), 1e-9)
    octaves = np.log2(np.maximum(counts / even, 1e-9))
    shades = np.clip((octaves + OCTAVES) / (2 * OCTAVES), 0, 1)
    pixels = code_colors(256)[(55 + 200 * shades).round().astype(int)]  # the ramp's start is as dark as the card
    pixels[counts == 0] = NEVER
    return pixels
