"""Run view: progress of a run, auditions of its model, and its result."""

from html import escape

from ipywidgets import HTML, FloatProgress, HBox

from sda_lib.events import Event
from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.glossary import mark
from sda_widgets.common.markup import quiet, table
from sda_widgets.session.session import Session
from sda_widgets.training.audition_view import AuditionView
from sda_widgets.training.curves import Curves
from sda_widgets.training.growth_report import growth_report

HELD_OUT = "Held-out distance"
BEGINS = "starting; the first model comes after some seconds, later on a busy machine"
RESUME = "Resume from the last checkpoint, a few seconds before the end"
RESTART = "Restart from the original model; only the time is lost"


class RunView(Card):
    """Part of the training tab, view of `session.training`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.headline, self.figures, self.growth = HTML(), HTML(), HTML()
        self.bar = FloatProgress(value=0, min=0, max=1)
        self.halt = button("Stop", "Stop and keep the best model so far", session.training.stop)
        self.resume = button("Resume", RESUME, session.training.resume)
        self.play = button("Play it", "Open the trained model", session.play_trained, "sda-primary")
        self.curves, self.auditions = Curves(), AuditionView(session)
        acts = HBox([self.play, self.resume, self.halt]).add_class("sda-run-acts")
        head = HBox([self.headline, acts]).add_class("sda-run-head")
        super().__init__([head, self.bar, self.figures, self.growth, self.curves, self.auditions])
        watch(self._draw, (session.training, "run state events growth"), (session, "model_path"))
        watch(self._draw_figures, (session.training, "left"))

    def _draw(self) -> None:
        training = self.session.training
        run, state, growth = training.run, training.state, training.growth
        self.growth.value = growth_report(growth) if growth is not None else ""
        if not run:
            return
        self.halt.disabled = state not in ("running", "queued")
        show_if(not self.halt.disabled, self.halt)
        show_if(state in ("died", "failed", "stopped"), self.resume)
        self.resume.tooltip = RESUME if run.growing is None else RESTART
        ready = state in ("finished", "stopped") and run.model_path not in (None, self.session.model_path)
        show_if(ready and run.model_path.exists(), self.play)
        self.headline.value = f'<h3>{escape(run.name)} <span class="sda-chip">{escape(state)}</span></h3>'
        step, of, _values = progress(training.events)
        self.bar.value = 1.0 if state == "finished" else step / of if of else 0.0
        self.curves.show(training.events)
        self._draw_figures()

    def _draw_figures(self) -> None:
        """Show the figures, of which the time left changes while nothing else does."""
        training = self.session.training
        if (run := training.run) is not None:
            step, of, values = progress(training.events)
            begins = BEGINS if training.state == "running" and not training.events else ""
            words = run.message or current_work(training.events) or begins
            self.figures.value = figures(step, of, values, training.left, words)


def progress(events: tuple[Event, ...]) -> tuple[int, int, dict[str, float]]:
    """Return the last step, the number of steps, and the latest value of each metric."""
    values: dict[str, float] = {}
    step = of = 0
    for event in events:
        values.update(event.values)
        if event.kind == "progress" and event.of:  # events before and after the training steps have no count
            step, of = event.step, event.of
    return step, of, values


def current_work(events: tuple[Event, ...]) -> str:
    """Return the last progress message, which describes the work before and after the training steps."""
    last = next((event for event in reversed(events) if event.kind == "progress"), None)
    return last.message if last is not None and last.message else ""


def figures(step: int, of: int, values: dict[str, float], left: float | None, message: str) -> str:
    """Return the run's figures as HTML; the message may hold a file name, so it is escaped."""
    loss, start = (values.get(name) for name in ("loss", "held_out_start"))
    now = values.get("held_out", start)
    rows = [
        ("Step", f"{step} of {of}" if of else ""),
        ("Left", "" if left is None else clock(left)),
        ("Loss", "" if loss is None else f"{loss:.3f}"),
        (HELD_OUT, "" if start is None or now is None else f"{start:.3f} at the start → {now:.3f} now"),
    ]
    return table(rows, {HELD_OUT: mark(HELD_OUT)}) + (quiet(message) if message else "")


def clock(seconds: float) -> str:
    """Format seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
