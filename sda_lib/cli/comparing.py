"""`sda compare`: sounds equally loud beside each other, as a table and as a report."""

from __future__ import annotations

import math
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_json, print_note
from sda_lib.errors import SdaError
from sda_lib.file_names import checked_html_path

if TYPE_CHECKING:
    from sda_lib.comparison.compared import ComparedSounds

# Longest name of a column, in characters.
LONGEST_NAME = 14


def compare(
    files: Annotated[
        list[Path], typer.Argument(metavar="A B …", help="Two to 26 sound files, the first to compare with.")
    ],
    out: Annotated[
        Path | None, flag("Write one HTML file with players, spectrograms and differences.", "--out", "-o")
    ] = None,
    show: Annotated[bool, flag("Open the report in the browser.", "--open")] = False,
    as_they_are: Annotated[bool, flag("Compare levels as they are, not equally loud.", "--as-they-are")] = False,
    force: args.Force = False,
    json: args.Json = False,
) -> None:
    """Compare sounds at equal loudness: gains, levels, brightness, pitch and more, and how far each is from the first.

    Loudness is gated as in ITU-R BS.1770; of sounds shorter than 400 ms it is the maximum momentary loudness.
    """
    if len(files) < 2:
        raise SdaError("Give two sounds or more to compare.")
    if show and out is None:
        raise SdaError("--open shows the report; name it with --out NAME.html.")
    if out is not None:
        args.check_unused(checked_html_path(out), force, "--out")
    compared = _compared(files, not as_they_are)
    if out is not None:
        from sda_lib.display.comparisons import write_comparison

        write_comparison(compared, out)
    if json:
        print_json(_plain(compared))
    else:
        _print(compared, out)
    if show and out is not None:
        webbrowser.open(out.resolve().as_uri())


def _compared(files: list[Path], equally_loud: bool) -> ComparedSounds:
    from sda_lib.audio.clip import read_clip
    from sda_lib.comparison.compared import ComparedSounds

    clips = [read_clip(file) for file in files]
    return ComparedSounds(dict(zip(_names(files), clips, strict=True)), equally_loud)


def _names(files: list[Path]) -> list[str]:
    """Return a name for each file: its own without suffix, else with it, else with its folder, else its number."""
    for form in (lambda file: file.stem, lambda file: file.name, str):
        names = [form(file) for file in files]
        if len(set(names)) == len(names):
            return names
    return [f"{file.stem} {number}" for number, file in enumerate(files, 1)]


def _plain(compared: ComparedSounds) -> dict[str, object]:
    """Return the comparison as JSON data; what can't be measured is null."""
    measures = {
        name: {one: value if math.isfinite(value) else None for one, value in found.items()}
        for name, found in compared.measures.items()
    }
    loudness = compared.match.loudness
    return {
        "loudness": loudness if math.isfinite(loudness) else None,
        "sounds": measures,
        "distances": {name: vars(one) for name, one in compared.distances.items()},
    }


def _print(compared: ComparedSounds, out: Path | None) -> None:
    """Print the table of measures, and the path of the report."""
    from sda_lib.display.comparisons import measure_rows, remark_on

    names = list(compared.clips)
    rows = [("", *(_short(name) for name in names)), *measure_rows(compared)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(names) + 1)]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
    if remark := remark_on(compared):
        print_note(remark)
    if out is not None:
        print(out)


def _short(name: str) -> str:
    """Return a name in at most LONGEST_NAME characters."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
