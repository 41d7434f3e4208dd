"""`sda compare`: sounds equally loud beside each other, as a table and as a report."""

from __future__ import annotations

import math
import webbrowser
from json import dumps
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
# File with the names behind the numbers of a blind comparison.
KEY = "key.json"


def compare(
    files: Annotated[
        list[Path], typer.Argument(metavar="A B …", help="Two to 26 sound files, the first to compare with.")
    ],
    out: Annotated[
        Path | None, flag("Write one HTML file with players, spectrograms and differences.", "--out", "-o")
    ] = None,
    show: Annotated[bool, flag("Open the report in the browser.", "--open")] = False,
    as_they_are: Annotated[bool, flag("Compare levels as they are, not equally loud.", "--as-they-are")] = False,
    blind: Annotated[
        Path | None, flag("Write the sounds equally loud as 1.wav, 2.wav … into this folder, and key.json.")
    ] = None,
    force: args.Force = False,
    json: args.Json = False,
) -> None:
    """Compare sounds at equal loudness: gains, levels, brightness, pitch and more, and how far each is from the first.

    Loudness is gated as in ITU-R BS.1770; of sounds shorter than 400 ms it is the maximum momentary loudness. With
    --blind nothing is printed or written that tells the sounds apart but key.json, which has their names.
    """
    if len(files) < 2:
        raise SdaError("Give two sounds or more to compare.")
    if blind is not None:
        if out is not None or json or show:
            raise SdaError("--blind hides what --out, --open and --json show; give it alone.")
        return _write_blind(files, blind, force)
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


def votes(json: args.Json = False) -> None:
    """List the results of blind tests on the page: votes for every sound, and ABX trials with the p-value."""
    from sda_lib.comparison.vote_log import kept_in_words, kept_results

    found = kept_results(args.home().votes)
    if json:
        return print_json(found)
    for one in found:
        print(kept_in_words(one))
    if not found:
        print_note("There are none yet; the page has Blind votes and ABX below the player.")


def _write_blind(files: list[Path], folder: Path, force: bool) -> None:
    """Write the sounds in an order that no one knows under numbers, and which is which into key.json."""
    from sda_lib.audio.clip import read_clip
    from sda_lib.comparison.blind import BlindVotes
    from sda_lib.comparison.disguise import disguised
    from sda_lib.export.finish import Delivery
    from sda_lib.export.write import write_clip
    from sda_lib.files import write_atomically

    names = _names(files)
    test, clips = (
        BlindVotes(tuple(names)),
        dict(zip(names, disguised([read_clip(file) for file in files]), strict=True)),
    )
    paths = {label: folder / f"{label}.wav" for label in test.labels}
    for path in (*paths.values(), folder / KEY):
        args.check_unused(path, force, "--blind")
    for label, name in zip(test.labels, test.order, strict=True):
        print(write_clip(clips[name], paths[label], Delivery(ceiling_db=0)))
    key = dict(zip(test.labels, test.order, strict=True))
    print(write_atomically(folder / KEY, f"{dumps(key, indent=2)}\n".encode()))


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
