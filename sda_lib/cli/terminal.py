"""Terminal output of commands: a corpus, a distance, and progress of training."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

from sda_lib.files import printable

if TYPE_CHECKING:
    from rich.progress import Progress

    from sda_lib.audio.corpus import Corpus
    from sda_lib.audio.scan import Scan
    from sda_lib.events import Event

# Seconds between two lines of progress when the output is not a terminal.
PLAIN_SECONDS = 10.0


# Whether only results are printed (`sda --quiet`).
quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def print_note(*words: object) -> None:
    """Print additional information: figures, advice, progress. Prints nothing with --quiet."""
    if not quiet.get():
        print(*words, flush=True)


def print_result(path: object, facts: str = "") -> None:
    """Print the path of a written file and its contents; the path alone with --quiet."""
    print(path if quiet.get() or not facts else f"{path}: {facts}", flush=True)


def print_json(data: object) -> None:
    """Print plain data as JSON."""
    print(json.dumps(data, indent=2, ensure_ascii=False))


def print_corpus(corpus: Corpus, tell: Callable[[str], object] = print_note) -> None:
    """Print how much sound there is, and what was skipped and why; `tell` prints a line."""
    sounds = "1 sound" if len(corpus) == 1 else f"{len(corpus)} sounds"
    length = f"{corpus.minutes:.1f} min" if corpus.minutes >= 1 else f"{corpus.seconds:.1f} s"
    tell(f"{printable(corpus.folder)}: {sounds}, {length}, {corpus.stereo_share:.0%} of them stereo")
    if corpus.generated:
        verb = "was" if corpus.generated == 1 else "were"
        tell(f"{corpus.generated} of {sounds.replace('sound', 'file')} {verb} made by a model.")
    for skip in corpus.skipped:
        tell(f"  left out {corpus.name_of(skip.path)}: {skip.reason}")


def print_scan(found: Scan) -> None:
    """Print notable findings in the files, and advice."""
    for file in found.files:
        if remarks := found.remarks(file):
            print(f"  {file.name}: {', '.join(remarks)}")
    for sentence in found.sentences:
        print(sentence)


def print_distance(metrics: dict[str, float], tell: Callable[[str], object] = print_note) -> None:
    """Print the held-out distance at the start and now, when it was measured; `tell` prints a line."""
    if "held_out" in metrics:
        start = metrics.get("held_out_start", metrics["held_out"])
        tell(f"held-out mel distance (lower is better): closed-form start {start:.3f}, now {metrics['held_out']:.3f}")


def shown(events: Iterator[Event]) -> Iterator[Event]:
    """Yield the events unchanged and display them.

    Displayed as a bar with the time left in a terminal, as occasional lines elsewhere.
    """
    if quiet.get():
        return events
    from rich.console import Console

    console = Console()
    return _with_bar(events, console) if console.is_terminal else _with_lines(events)


def _with_bar(events: Iterator[Event], console: object) -> Iterator[Event]:
    from rich import progress

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[left]}"),
        progress.TextColumn("{task.fields[note]}"),
    )
    with progress.Progress(*columns, console=console) as bar:
        task = bar.add_task("closed form", total=None, left="", note="")
        for event in events:
            _move(bar, task, event)
            yield event


def _move(bar: Progress, task: object, event: Event) -> None:
    if event.kind == "progress":
        left = event.values.get("seconds_left")
        bar.update(
            task,
            description="training",
            total=event.of or None,
            completed=event.step,
            left=f"{_clock(left)} left" if left is not None else "",
        )
    elif event.kind == "metrics" and "held_out" in event.values:
        bar.update(task, note=f"held-out mel {event.values['held_out']:.3f}")


def _with_lines(events: Iterator[Event]) -> Iterator[Event]:
    spoke = time.monotonic()
    for event in events:
        if event.kind == "metrics" and "held_out" in event.values:
            where = f"step {event.step} of {event.of}" if event.step else "closed-form model"
            print_note(f"{where}: held-out mel distance {event.values['held_out']:.3f}")
        elif event.kind == "progress" and time.monotonic() - spoke >= PLAIN_SECONDS:
            spoke = time.monotonic()
            left = event.values.get("seconds_left")
            tail = f", {_clock(left)} left" if left is not None else ""
            print_note(f"step {event.step} of {event.of}{tail}")
        yield event


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{seconds:02d}"
