"""The tables of `materials.py`: figures of several commits beside each other, means over sets ± standard errors."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from material_reference import Reference
from report import table, write_section

KAD_ABOVE, KAD_LOW, CLICKS_TIMES, CLICKS_LOW, SEAMS_MOST = 1.0, 1.0, 2.0, 0.05, 0.06
STARTS_OF, STARTS_SHARE = 24, 0.6
LENGTH_SLACK = 0.01


@dataclass(frozen=True)
class Cell:
    """A commit's figures of a corpus, one dictionary a set, and what they are compared with."""

    sets: list[dict[str, float]]
    known: Reference

    def mean(self, name: str) -> float:
        return float(np.mean([one[name] for one in self.sets]))

    def text(self, name: str, form: str = ".2f") -> str:
        """Return mean ± standard error over the sets."""
        values = [one[name] for one in self.sets]
        if len(values) == 1:
            return f"{values[0]:{form}}"
        return f"{np.mean(values):{form}} ± {np.std(values, ddof=1) / math.sqrt(len(values)):{form}}"

    def inside(self, name: str) -> bool:
        """Tell whether the mean of a median is within the inner 80 % of the corpus."""
        low, high = self.known.inner[name]
        slack = LENGTH_SLACK * high if name == "seconds" else 0.0
        return low - slack <= self.mean(name) <= high + slack

    def range(self, name: str, form: str) -> str:
        """Return mean ± standard error, marked where it is outside of the inner 80 %."""
        low, high = self.known.inner[name]
        return f"{self.text(name, form)}{'' if self.inside(name) else ' ✗'} [{low:{form}}, {high:{form}}]"


def cell(folder: Path, label: str, name: str, kind: str) -> Cell | None:
    """Read the figures of a commit and a corpus; none before they are measured."""
    files = sorted((folder / label).glob(f"{name}_{kind}_?.json"))
    known = sorted((folder / "reference").glob(f"{name}_{kind}_*.json"))
    if not files or not known:
        return None
    return Cell([json.loads(file.read_text()) for file in files], Reference(**json.loads(known[0].read_text())))


def begun(folder: Path, label: str, name: str) -> Cell | None:
    """Read how many recordings the sounds of four seconds begin with."""
    for kind in ("starts", "4s"):
        files = sorted((folder / label).glob(f"{name}_{kind}_?.json"))
        known = sorted((folder / "reference").glob(f"{name}_auto_*.json"))
        if files and known:
            return Cell([json.loads(file.read_text()) for file in files], Reference(**json.loads(known[0].read_text())))
    return None


def mark(good: bool) -> str:
    """Return what stands after a figure that misses its limit."""
    return "" if good else " ✗"


def kad(one: Cell) -> str:
    limit = max(one.known.held_out + KAD_ABOVE, KAD_LOW)
    return one.text("kad") + mark(one.mean("kad") <= limit)


def kad_of_rows(one: Cell) -> str:
    """Return the distance from rows of recordings; that of the held-out ones is no limit, see ROWS."""
    return one.text("kad") + mark(one.mean("kad") <= KAD_LOW)


def clicks(one: Cell) -> str:
    limit = max(CLICKS_TIMES * 0.2, CLICKS_LOW)
    return one.text("clicks") + mark(one.mean("clicks") <= limit)


def seam(name: str) -> Callable[[Cell], str]:
    def text(one: Cell) -> str:
        if not one.mean("seams"):
            return "–"
        return f"{100 * one.mean(name):.1f} % of {one.mean('seams'):.0f}" + mark(one.mean(name) <= SEAMS_MOST)

    return text


def starts(one: Cell) -> str:
    least = math.ceil(min(one.known.files, STARTS_OF) * STARTS_SHARE)
    return f"{one.text('starts', '.1f')} (of {one.known.files}, ≥ {least}){mark(one.mean('starts') >= least)}"


def floor(one: Cell) -> str:
    mean, spread = one.known.halves
    return f"{one.known.held_out:.2f} / {mean:.2f} ± {spread:.2f}"


def quiet(one: Cell) -> str:
    return f"{100 * one.mean('quiet'):.0f} % ({100 * one.known.quiet:.0f} %)"


def silent(one: Cell) -> str:
    """Return the number of silent and of faint sounds."""
    return f"{one.mean('silent'):.1f}{mark(one.mean('silent') == 0)} / {faint(one)}"


def faint(one: Cell) -> str:
    counts = [each["faint"] for each in one.sets if "faint" in each]
    return f"{np.mean(counts):.1f}" if counts else "–"


SOUND = {
    "KAD": kad,
    "held-out / halves": floor,
    "clicks/s (recordings 0.2)": clicks,
    "seams, flux": seam("flux"),
    "seams, level": seam("step"),
    "silent / faint of 48": silent,
    "quiet (recordings)": quiet,
}
FIGURE = {
    "level, dBFS": lambda one: one.range("level", ".1f"),
    "centroid, Hz": lambda one: one.range("centroid", ".0f"),
    "length, s": lambda one: one.range("seconds", ".2f"),
    "end, dB": lambda one: one.range("end", ".1f"),
}
"""Medians, in brackets the inner 80 % of the recordings."""


Read = Callable[[Path, str, str], "Cell | None"]
Columns = dict[str, Callable[[Cell], str]]


def rows(folder: Path, labels: Sequence[str], names: Sequence[str], read: Read, columns: Columns) -> list[list[object]]:
    """Return the rows of a table: a corpus and a commit each."""
    found = []
    for name in names:
        for label in labels:
            one = read(folder, label, name)
            if one is not None:
                found.append([name, label, len(one.sets), *(text(one) for text in columns.values())])
    return found


def of(kind: str) -> Read:
    """Return what reads the figures of a kind of set."""
    return lambda folder, label, name: cell(folder, label, name, kind)


def passed(folder: Path, label: str, names: Sequence[str]) -> str:
    """Return in how many corpora a commit reaches each limit of the first table."""
    cells = [one for one in (cell(folder, label, name, "auto") for name in names) if one is not None]
    long = [one for one in (begun(folder, label, name) for name in names) if one is not None]
    counts = {
        "KAD": sum("✗" not in kad(one) for one in cells),
        "level, centroid, length and end": sum(all(map(one.inside, one.known.inner)) for one in cells),
        "none silent": sum(one.mean("silent") == 0 for one in cells),
        "clicks": sum("✗" not in clicks(one) for one in cells),
        "seams": sum("✗" not in seam("flux")(one) + seam("step")(one) for one in cells),
        "starts": sum("✗" not in starts(one) for one in long),
    }
    return f"`{label}`: " + ", ".join(f"{name} {count} of {len(cells)}" for name, count in counts.items()) + "."


def report(folder: Path, labels: Sequence[str], names: Sequence[str], write: bool) -> None:
    """Print the tables, and write them into docs/BENCHMARKS.md if wanted."""
    place, head = folder / "figures", ["corpus", "commit", "sets"]
    parts = [TEXT, "\n".join(f"- {passed(place, label, names)}" for label in labels)]
    tables: tuple[tuple[str, Read, Columns], ...] = (
        ("Default command: distance and borders.", of("auto"), SOUND),
        ("Default command: medians of the sounds [inner 80 % of the recordings].", of("auto"), FIGURE),
        (f"Four seconds wanted, on events. {ROWS}", of("4s"), {**SOUND, "KAD": kad_of_rows}),
        ("Four seconds wanted, on events: medians [inner 80 % of the rows].", of("4s"), FIGURE),
        ("Recordings that 48 sounds of four seconds begin with.", begun, {"starts": starts, "faint of 48": faint}),
    )
    for title, read, columns in tables:
        found = rows(place, labels, names, read, columns)
        if found:
            parts.append(f"{title}\n\n{table([*head, *columns], found)}")
    text = "\n\n".join(parts)
    print(text)
    if write:
        write_section("materials", "New sounds on ten kinds of material", text)


ROWS = (
    "Compared with whole recordings put one after another to four seconds; limit of KAD: 1. Each held-out recording is "
    "in several rows, which makes their own distance large."
)
TEXT = """Closed-form models of the default recipe, one thread, three sets of 48 sounds by `GenerateOptions(seed=…)`,
mean ± standard error over the sets; ✗ misses the limit. KAD: kernel audio distance (`benchmarks/kernel.py`, windows of
2.3 s) from the training recordings, beside that of the held-out ones and of random halves (mean ± standard
deviation); limit: held-out + 1, or 1. Clicks: local maxima of the curvature of the waveform in 2 ms over its median in
60 ms (`benchmarks/clicks.py`) that pass the ratio which the recordings pass 0.2 times a second; limit 0.4. Seams: jumps
into the middle of a recording where the strongest spectral flux within 30 ms, or the level step (5 to 40 ms
before and after), passes the 95th percentile of the same measure at the recordings' ordinary frame borders; limit 6 %.
Silent: loudest 50 ms below -60 dBFS; faint: 20 dB below the loudest 50 ms of 95 % of the recordings. Quiet: share of
50-ms blocks 50 dB below the sound's loudest or below -60 dBFS. End: last 50 ms against the loudest 50 ms. Distances
below 0 are those of sounds that contain parts of the recordings."""
