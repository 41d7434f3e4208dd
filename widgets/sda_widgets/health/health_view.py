"""Health: state of the open model as colored findings in words, each with the command that fixes it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from ipywidgets import HTML, Button, Layout, VBox

from sda_widgets.common.grid_image import code_colors, png
from sda_widgets.health.findings_list import FindingsList
from sda_widgets.session.session import Session

if TYPE_CHECKING:
    from sda_lib.health.diagnose import HealthReport
    from sda_lib.health.findings import Finding

ABOUT = (
    "Whether the model's codes are all in use, whether it knows more than the sounds that it learned from, and how "
    "much of what it writes is a copy. It takes some seconds."
)
# Color of codes that are never used.
NEVER = (74, 35, 38)
# Range of the color scale in octaves: from 1/8 to 8 times even use.
OCTAVES = 3.0


class HealthView(VBox):
    """View of `session.health`: calls `check_health`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.check = Button(tooltip="Measure the open model on the recordings in it", layout=Layout(width="auto"))
        self.check.on_click(lambda _button: session.check_health())
        self.verdict, self.measured, self.usage = HTML(), HTML(), HTML()
        self.fixes = FindingsList(self._set_up)
        title = HTML(f'<h3>Health</h3><p class="sda-quiet">{ABOUT}</p>')
        super().__init__([title, self.check, self.verdict, self.fixes, self.measured, self.usage])
        self.add_class("sda-health")
        session.observe(lambda _change: self._draw(), ["health", "examining", "model"])
        self._draw()

    def _set_up(self, command: str) -> None:
        from sda_lib.health.fixes import Retraining

        self.session.propose(Retraining.of(command))

    def _draw(self) -> None:
        busy, found = self.session.examining, self.session.health
        self.check.disabled = busy or self.session.model is None
        self.check.description = "Checking …" if busy else "Check health"
        self.verdict.value = "" if found is None else verdict(found)
        self.fixes.items = [] if found is None else [_item(*group) for group in found.grouped_findings]
        self.measured.value = "" if found is None else measured(found)
        self.usage.value = "" if found is None else usage(found)


def verdict(found: HealthReport) -> str:
    """Return the overall color and one sentence as HTML; escaped, since the model may come from a stranger."""
    return f'<p role="status">{_lamp(found.severity)} <b>{escape(found.name)}</b>: {escape(found.verdict)}</p>'


def measured(found: HealthReport) -> str:
    """Return as HTML what was measured on, and what cannot be known."""
    said = (f"Measured on {found.measured}.", *found.unknown)
    return "".join(f'<p class="sda-quiet">{escape(one)}</p>' for one in said)


def _item(fix: str, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return findings and their fix as an item for the page."""
    from sda_lib.health.fixes import Retraining

    told = [[one.severity, one.sentence] for one in findings]
    return {"findings": told, "command": fix, "trains": Retraining.of(fix) is not None}


def _lamp(severity: str) -> str:
    return f'<span class="sda-lamp sda-{severity}">{severity}</span>'


def usage(found: HealthReport) -> str:
    """Return as HTML one strip per level, with a pixel per code, lighter where it is used more often, the share of
    codes in use and the level's color."""
    severities = {one.level: one.severity for one in found.findings}
    rows = [
        f'<span>Level {level}</span><img alt="How often codes of level {level} are used" src="{_address(strip)}">'
        f'<span class="sda-number">{share:.0%}</span>{_lamp(severities[level])}'
        for level, (strip, share) in enumerate(zip(strips(found.use.usage), found.use.utilization, strict=True))
    ]
    if not rows:
        return ""
    about = '<p class="sda-quiet">How often codes are used, from dark-sounding to bright ones; reddish: never.</p>'
    return f'<div class="sda-usage">{"".join(rows)}</div>{about}'


def strips(counts: np.ndarray) -> np.ndarray:
    """Convert counts [level, code] to uint8 pixels [level, code, rgb], on a logarithmic scale around even use."""
    even = np.maximum(counts.mean(1, keepdims=True), 1e-9)
    octaves = np.log2(np.maximum(counts / even, 1e-9))
    shades = np.clip((octaves + OCTAVES) / (2 * OCTAVES), 0, 1)
    pixels = code_colors(256)[(55 + 200 * shades).round().astype(int)]  # the ramp's start is as dark as the card
    pixels[counts == 0] = NEVER
    return pixels


def _address(strip: np.ndarray) -> str:
    """Return pixels [code, rgb] as the data URL of an image."""
    return f"data:image/png;base64,{base64.b64encode(png(strip[None])).decode()}"
