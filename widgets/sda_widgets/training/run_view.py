"""Run view: progress of a run, auditions of its model, and its result."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Button, FloatProgress, HBox, Layout, VBox

from sda_lib.events import Event
from sda_widgets.common.markup import table
from sda_widgets.session.session import Session
from sda_widgets.training.audition_view import AuditionView
from sda_widgets.training.curves import Curves
from sda_widgets.training.growth_report import report

GO_ON = "Go on where the training was some seconds before"
BEGIN_AGAIN = "Start again from the model as it was; only the time is lost"


class RunView(VBox):
    """Part of the training tab, view of `session.training.run` and `session.training.events`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.headline, self.figures, self.growth = HTML(), HTML(), HTML()
        self.bar = FloatProgress(value=0, min=0, max=1, layout=Layout(width="auto"))
        self.halt = _button("Stop", "Keep the best model so far", session.training.stop)
        self.resume = _button("Resume", GO_ON, session.training.resume)
        self.play = _button("Play it", "Open the model that came of it", session.play_trained)
        self.play.add_class("sda-primary")
        self.curves, self.auditions = Curves(), AuditionView(session)
        acts = HBox([self.play, self.resume, self.halt]).add_class("sda-run-acts")
        head = HBox([self.headline, acts]).add_class("sda-run-head")
        super().__init__([head, self.bar, self.figures, self.growth, self.curves, self.auditions])
        self.add_class("sda-card")
        session.training.observe(lambda _change: self._draw(), ["run", "state", "events", "growth"])
        session.observe(lambda _change: self._draw(), "model_path")
        self._draw()

    def _draw(self) -> None:
        run, state = self.session.training.run, self.session.training.state
        growth = self.session.training.growth
        self.growth.value = report(growth) if growth is not None else ""
        if not run:
            return
        self.halt.disabled = state not in ("running", "queued")
        self.halt.layout.display = "none" if self.halt.disabled else ""
        self.resume.layout.display = "" if state in ("died", "failed", "stopped") else "none"
        self.resume.tooltip = GO_ON if run.growing is None else BEGIN_AGAIN
        ready = state in ("finished", "stopped") and run.model_path not in (None, self.session.model_path)
        self.play.layout.display = "" if ready and run.model_path.exists() else "none"
        self.headline.value = f'<h3>{escape(run.name)} <span class="sda-chip">{escape(state)}</span></h3>'
        step, of, values = progress(self.session.training.events)
        self.bar.value = 1.0 if state == "finished" else step / of if of else 0.0
        self.curves.show(self.session.training.events)
        self.figures.value = figures(step, of, values, state, run.message or doing(self.session.training.events))


def progress(events: tuple[Event, ...]) -> tuple[int, int, dict[str, float]]:
    """Return the last step, the number of steps, and the latest value of each metric."""
    values: dict[str, float] = {}
    step = of = 0
    for event in events:
        values.update(event.values)
        if event.kind == "progress" and event.of:  # events before and after the training steps have no count
            step, of = event.step, event.of
    return step, of, values


def doing(events: tuple[Event, ...]) -> str:
    """Return the last progress message, which describes the work before and after the training steps."""
    last = next((event for event in reversed(events) if event.kind == "progress"), None)
    return last.message if last is not None and last.message else ""


def figures(step: int, of: int, values: dict[str, float], state: str, message: str) -> str:
    """Return the run's figures as HTML; the message may hold a file name, so it is escaped."""
    rows = [("Step", f"{step} of {of}")] if of else []
    if state == "running" and "seconds_left" in values:
        rows.append(("Left", clock(values["seconds_left"])))
    if "loss" in values:
        rows.append(("Loss", f"{values['loss']:.3f}"))
    start, now = values.get("held_out_start"), values.get("held_out", values.get("held_out_start"))
    if start is not None and now is not None:
        rows.append(("Held-out mel distance", f"{start:.3f} at the start → {now:.3f} now"))
    said = f'<p class="sda-quiet">{escape(message)}</p>' if message else ""
    return table(rows) + said


def clock(seconds: float) -> str:
    """Format seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
