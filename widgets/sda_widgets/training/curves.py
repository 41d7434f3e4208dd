"""Curves: a training's loss, its held-out distance and the use of every level, over the steps."""

from collections.abc import Sequence
from typing import Any

import bqplot as bq
import numpy as np
from ipywidgets import HTML, Box, VBox

from sda_lib.codec.codes import level_names
from sda_lib.events import Event
from sda_lib.health.findings import thin_levels
from sda_widgets.common.figures import PAGE_ACCENT, plain_figure
from sda_widgets.common.markup import severity

MOST_POINTS = 400
# Colors of lines that the style sheet declares.
STEPS = 8


class Curves(VBox):
    """Part of the training tab: `show` draws a run's events."""

    def __init__(self) -> None:
        self.loss = Chart("Loss", "lower is better")
        self.held_out = Chart("Held-out distance", "lower is better")
        self.use = Chart(
            "Codes in use", "share of each level, from Structure in blue to the last in green", ".0%", (0, 1)
        )
        self.perplexity = Chart("Perplexity", "effective number of codes", ".0f")
        self.warning = HTML()
        self.charts = (self.loss, self.held_out, self.use, self.perplexity)
        super().__init__([self.warning, Box(list(self.charts)).add_class("sda-charts")])

    def show(self, events: Sequence[Event]) -> None:
        """Draw the events; charts with fewer than two points are hidden."""
        self.loss.show(*curve(events, "progress", "loss"))
        self.held_out.show(*curve(events, "metrics", "held_out"))
        self.use.show(*level_curves(events, "use"))
        self.perplexity.show(*level_curves(events, "perplexity"))
        paragraphs = "".join(severity("yellow", one, "p") for one in warnings(events))
        self.warning.value = paragraphs and f'<div role="status">{paragraphs}</div>'


class Chart(VBox):
    """One small figure with its title; hidden while there are fewer than two points."""

    def __init__(self, title: str, about: str, form: str = ".2f", limits: tuple[float, float] | None = None) -> None:
        low, high = limits or (None, None)
        scales = {"x": bq.LinearScale(), "y": bq.LinearScale(min=low, max=high)}
        ticks: dict[str, Any] = {"num_ticks": 4} if limits is None else {"tick_values": np.linspace(*limits, 3)}
        self.lines = bq.Lines(x=[], y=[], scales=scales, colors=[PAGE_ACCENT], stroke_width=1.8)
        axes = [
            bq.Axis(scale=scales["x"], grid_lines="none", tick_format="d", num_ticks=5),
            bq.Axis(scale=scales["y"], orientation="vertical", grid_lines="none", tick_format=form, **ticks),
        ]
        margin = {"top": 8, "bottom": 24, "left": 44, "right": 14}
        self.figure = plain_figure([self.lines], axes, margin, "150px", min_aspect_ratio=0.1, max_aspect_ratio=100)
        head = HTML(f'<b>{title}</b> <span class="sda-quiet">{about}</span>')
        super().__init__([head, self.figure])
        self.add_class("sda-chart")
        self.show(np.zeros(0), np.zeros((1, 0)))

    def show(self, steps: np.ndarray, values: np.ndarray) -> None:
        """Draw values [line, point] over steps [point]."""
        self.layout.visibility = "inherit" if len(steps) > 1 else "hidden"
        if len(steps) < 2:
            steps, values = np.zeros(0), np.zeros((1, 0))  # bqplot cannot draw a single point
        with self.lines.hold_sync():
            self.lines.x, self.lines.y = steps, values
            if len(values) > 1:
                self.lines.colors = _colors(len(values))


def curve(events: Sequence[Event], kind: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return steps [point] and the values [1, point] of a kind of event, thinned to at most MOST_POINTS. Where a
    resumed run measured a step again, the later value counts."""
    points = sorted(
        {event.step: event.values[name] for event in events if event.kind == kind and name in event.values}.items()
    )
    every = max(1, -(-len(points) // MOST_POINTS))
    found = np.array(points[::-1][::every][::-1], float).reshape(-1, 2)
    return found[:, 0], found[:, 1:].T.copy()


def level_curves(events: Sequence[Event], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return steps [check] and the values measured for every level [level, check]."""
    found = {event.step: event for event in events if event.kind == "levels" and f"{name}_0" in event.values}
    checks = [found[step] for step in sorted(found)]
    values = [per_level(event, name) for event in checks]
    if len({len(one) for one in values}) != 1:
        return np.zeros(0), np.zeros((1, 0))
    return np.array([event.step for event in checks], float), np.array(values, float).T


def per_level(event: Event, name: str) -> list[float]:
    """Return the values name_0, name_1 … of an event."""
    return [event.values[f"{name}_{level}"] for level in range(len(event.values)) if f"{name}_{level}" in event.values]


def warnings(events: Sequence[Event]) -> tuple[str, ...]:
    """Return warnings from the last check about levels fitted to these sounds that use too few of their codes."""
    last = next((event for event in reversed(events) if event.kind == "levels" and event.values), None)
    if last is None:
        return ()
    used = per_level(last, "use")
    own = int(last.values.get("own", len(used)))
    return thin_levels(used[:own], last.values.get("reachable", 1.0), level_names(len(used))[:own])


def _colors(count: int) -> list[str]:
    """Return a color for each of several lines: steps that the page's style sheet declares, the nearest of STEPS."""
    return [f"var(--sda-level-step-{step:.0f})" for step in np.linspace(0, STEPS - 1, count).round()]
