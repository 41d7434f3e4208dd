"""Output of commands: results and notes, corpora, distances, and progress of training."""

from __future__ import annotations

import builtins
import json
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sda_lib.decoder_version import decoder_note
from sda_lib.display.terminal_bar import time_left, with_bar
from sda_lib.file_names import printable

if TYPE_CHECKING:
    from sda_lib.audio.corpus import Corpus
    from sda_lib.audio.scan import Scan
    from sda_lib.events import Event

# Seconds between two lines of progress when the output is not a terminal.
PLAIN_SECONDS = 10.0
# Whether only results are printed (`sda --quiet`).
quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def print(*words: object, sep: str = " ", file: IO[str] | None = None, flush: bool = False) -> None:
    """Print words as the built-in function does, with everything that could steer a terminal as visible escapes.

    Names of files, tags and errors come from strangers. Line breaks and tabs are kept.
    """
    builtins.print(shown(sep.join(map(str, words))), file=file, flush=flush)


def print_marked(mark: str, text: str) -> None:
    """Print a text behind a mark of SDA's own, which may be colored."""
    builtins.print(mark, shown(text))


def shown(text: str) -> str:
    """Return a text with visible escapes in place of control characters other than line breaks and tabs."""
    return "".join(char if char in "\n\t" else printable(char) for char in text)


def print_note(*words: object) -> None:
    """Print additional information: figures, advice, progress. Prints nothing with --quiet."""
    if not quiet.get():
        print(*words, flush=True)


def print_result(path: object, facts: str = "") -> None:
    """Print the path of a written file and its contents; the path alone with --quiet."""
    print(path if quiet.get() or not facts else f"{path}: {facts}", flush=True)


def print_decoder(made_by: int) -> None:
    """Print a note on a file that another version of the decoder made."""
    if note := decoder_note(made_by):
        print_note(note)


def print_json(data: object) -> None:
    """Print plain data as JSON."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    builtins.print("".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text))


def print_corpus(corpus: Corpus, folder: Path | None = None, write: Callable[[str], object] = print_note) -> None:
    """Print the length of a corpus and its skipped files; `folder` is shown for its own, `write` prints a line."""
    sounds = "1 sound" if len(corpus) == 1 else f"{len(corpus)} sounds"
    length = f"{corpus.minutes:.1f} min" if corpus.minutes >= 1 else f"{corpus.seconds:.1f} s"
    write(f"{printable(folder or corpus.folder)}: {sounds}, {length}, {corpus.stereo_share:.0%} of them stereo")
    if corpus.generated:
        verb = "was" if corpus.generated == 1 else "were"
        write(f"{corpus.generated} of {sounds.replace('sound', 'file')} {verb} made by a model.")
    if corpus.left_out:
        write(f"{corpus.left_out} of its sounds are not chosen.")
    for skip in corpus.skipped:
        write(f"  left out {corpus.name_of(skip.path)}: {skip.reason}")


def print_categories(corpus: Corpus) -> None:
    """Print the folders and tags of a corpus with their files and minutes."""
    for one in corpus.categories:
        files = "1 file" if one.files == 1 else f"{one.files} files"
        print(f"  {one.name}: {files}, {one.minutes:.1f} min")


def print_scan(found: Scan) -> None:
    """Print notable findings in the files, and advice."""
    for file in found.files:
        if remarks := found.remarks(file):
            print(f"  {file.name}: {', '.join(remarks)}")
    for sentence in found.sentences:
        print(sentence)


def print_distance(metrics: dict[str, float], write: Callable[[str], object] = print_note) -> None:
    """Print the held-out distance at the start and now, if it was measured; `write` prints a line."""
    if "held_out" in metrics:
        start = metrics.get("held_out_start", metrics["held_out"])
        write(f"held-out mel distance (lower is better): closed-form start {start:.3f}, now {metrics['held_out']:.3f}")


def with_progress(events: Iterator[Event]) -> Iterator[Event]:
    """Yield the events unchanged and display them: as a bar in a terminal, as occasional lines elsewhere."""
    if quiet.get():
        return events
    from rich.console import Console

    console = Console()
    return with_bar(events, console) if console.is_terminal else _with_lines(events)


def _with_lines(events: Iterator[Event]) -> Iterator[Event]:
    printed = time.monotonic()
    for event in events:
        if event.kind == "metrics" and "held_out" in event.values:
            where = f"step {event.step} of {event.of}" if event.step else "closed-form model"
            print_note(f"{where}: held-out mel distance {event.values['held_out']:.3f}")
        elif event.kind == "progress" and time.monotonic() - printed >= PLAIN_SECONDS:
            printed = time.monotonic()
            print_note(", ".join(filter(None, [f"step {event.step} of {event.of}", time_left(event)])))
        yield event
