"""A progress bar in a terminal for the events of a long operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sda_lib.events import Event

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


def with_bar(events: Iterator[Event], console: Console) -> Iterator[Event]:
    """Yield the events unchanged and show them as a bar in a console that is a terminal."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn

    columns = ("{task.description}", BarColumn(), TaskProgressColumn(), "{task.fields[left]}", "{task.fields[note]}")
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("closed form", total=None, left="", note="")
        for event in events:
            _move(bar, task, event)
            yield event


def _move(bar: Progress, task: TaskID, event: Event) -> None:
    if event.kind == "progress":
        bar.update(task, description="training", total=event.of or None, completed=event.step, left=time_left(event))
    elif event.kind == "metrics" and "held_out" in event.values:
        bar.update(task, note=f"held-out mel {event.values['held_out']:.3f}")


def time_left(event: Event) -> str:
    """Format the estimated remaining time of a progress event; empty where it has none."""
    if "seconds_left" not in event.values:
        return ""
    minutes, seconds = divmod(max(0, round(event.values["seconds_left"])), 60)
    return f"{minutes}:{seconds:02d} left"
