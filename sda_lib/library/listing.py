"""The list of models: their headers and marks, searched, filtered and sorted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.health.findings import GREEN, RED, SEVERITIES, TOO_WIDE_GAP, WIDE_GAP, YELLOW
from sda_lib.library.marks import Marks, MarksFile, read_marks
from sda_lib.model.library import LibraryEntry, models

# Bottlenecks and priors by which models are filtered; none: models without a prior.
BOTTLENECKS, PRIORS = ("rvq", "vae", "none"), ("network", "n-gram", "none")
# Health of a model whose header does not tell it.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class LibraryModel:
    """A model of the library: what its header says, and the marks of the user."""

    entry: LibraryEntry
    marks: Marks = field(default_factory=Marks)

    @property
    def health(self) -> str:
        """Green, yellow or red by the distances that the training measured; unknown without them.

        It is the finding "gap" of `sda health`, which measures more: how much farther held-out sounds are from their
        originals than learned ones.
        """
        learned, held_out = (self.entry.metrics.get(name, 0.0) for name in ("train", "held_out"))
        if self.entry.problem or learned <= 0 or held_out <= 0:
            return UNKNOWN
        gap = held_out / learned
        return RED if gap >= TOO_WIDE_GAP else YELLOW if gap >= WIDE_GAP else GREEN

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data."""
        entry = {name: value for name, value in vars(self.entry).items() if name != "thumbnail"}
        entry["path"] = str(self.entry.path)
        return {**entry, **dataclasses.asdict(self.marks), "health": self.health}


def _by_held_out(one: LibraryModel) -> tuple[bool, float]:
    return "held_out" not in one.entry.metrics, one.entry.metrics.get("held_out", 0.0)


# How lists can be sorted.
ORDERS: dict[str, tuple[Callable[[LibraryModel], Any], bool]] = {
    "newest": (lambda one: one.entry.created, True),
    "oldest": (lambda one: one.entry.created, False),
    "name": (lambda one: one.entry.name.casefold(), False),
    "minutes": (lambda one: one.entry.minutes, True),
    "size": (lambda one: one.entry.size, True),
    "held-out": (_by_held_out, False),
    "starred": (lambda one: one.marks.starred, True),
}


@dataclass(frozen=True)
class ModelFilter:
    """Which models are wanted; each condition narrows the list. Files that can't be opened fit a text alone.

    Args:
        text: words that all occur in name, earlier names, file name, tags or note, in any case and order.
        tags: tags that a model has, all of them, in any case.
        since: trained on this day or later, ISO 8601.
        until: trained before this day.
        minutes: least and most minutes of its corpus.
        bottleneck: one of BOTTLENECKS.
        prior: one of PRIORS.
        health: one of green, yellow, red, unknown.
        starred: starred ones only.
        order: one of ORDERS.

    Raises SdaError for unknown values.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    minutes: tuple[float, float] = (0.0, float("inf"))
    bottleneck: str = ""
    prior: str = ""
    health: str = ""
    starred: bool = False
    order: str = "newest"

    def __post_init__(self) -> None:
        for name, value, known in (
            ("bottleneck", self.bottleneck, BOTTLENECKS),
            ("prior", self.prior, PRIORS),
            ("health", self.health, (*SEVERITIES, UNKNOWN)),
            ("order", self.order or "-", tuple(ORDERS)),
        ):
            if value and value not in known:
                raise SdaError(f"There is no {name} {value!r}; there are {', '.join(known)}.")

    def fits(self, one: LibraryModel) -> bool:
        """Return whether a model is wanted."""
        entry, marks = one.entry, one.marks
        words = "\n".join((*entry.names, entry.path.name, *marks.tags, marks.note)).casefold()
        low, high = self.minutes
        return (
            all(word in words for word in self.text.casefold().split())
            and {tag.casefold() for tag in self.tags} <= {tag.casefold() for tag in marks.tags}
            and (not self.starred or marks.starred)
            and (not self.since or entry.created >= self.since)
            and (not self.until or "" < entry.created < self.until)
            and low <= entry.minutes <= high
            and self.bottleneck in ("", entry.bottleneck)
            and self.prior in ("", "" if entry.problem else entry.prior or "none")
            and self.health in ("", one.health)
        )

    def chosen(self, found: Sequence[LibraryModel]) -> tuple[LibraryModel, ...]:
        """Return the wanted ones of models, sorted."""
        key, falling = ORDERS[self.order]
        return tuple(sorted(filter(self.fits, found), key=key, reverse=falling))


def library(folder: str | Path, wanted: ModelFilter | None = None) -> tuple[LibraryModel, ...]:
    """Return the models in a folder that a filter wants, newest first unless it says otherwise.

    Only headers are read. Files that can't be opened are listed with their problem.
    """
    folder = Path(folder).expanduser()
    return listed(models(folder), read_marks(folder), wanted)


def listed(
    entries: Sequence[LibraryEntry], marks: MarksFile, wanted: ModelFilter | None = None
) -> tuple[LibraryModel, ...]:
    """Return the entries of a list that a filter wants, with their marks."""
    return (wanted or ModelFilter()).chosen([LibraryModel(entry, marks.of(entry.path.name)) for entry in entries])
