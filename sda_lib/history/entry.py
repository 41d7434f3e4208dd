"""Entries of the history: what a list of sounds shows, read from the database with types and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sda_lib.errors import FieldError
from sda_lib.file_names import printable
from sda_lib.typed_fields import Fields

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip
    from sda_lib.history.recipe import SoundRecipe

# How a sound came to be, in the words of lists and filters.
KINDS = {
    "generated": "written by the model",
    "opened": "a sound file that was opened",
    "recorded": "recorded with the microphone",
    "edited": "changed by an edit of its codes",
    "moved": "changed by sliders",
}
# Longest names and notes, in characters; longer ones are cut.
LONGEST_NAME, LONGEST_NOTE = 120, 4000
# Longest text of an entry that is read, and the latest time, in seconds since 1970 (the year 9999).
LONGEST_TEXT, LATEST = 10_000, 253_402_300_799
# Longest sound, in seconds: a year.
LONGEST_SECONDS = 366 * 86400.0


@dataclass(frozen=True, eq=False)
class MadeSound:
    """A sound that was just made, to be recorded.

    Args:
        kind: how it came to be, one of KINDS.
        recipe: how it is made again (`recipe_of`).
        description: the act in words, e.g. "reverse frames 3 to 9".
        parent: number of the entry that it was made from.
        name: a name from the beginning, e.g. that of the file that was opened.
        clip: its samples, to be stored as FLAC: kept even when the model is deleted or trained again.
    """

    kind: str
    recipe: SoundRecipe
    description: str = ""
    parent: int | None = None
    name: str = ""
    clip: AudioClip | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not one of {', '.join(KINDS)}")


@dataclass(frozen=True)
class HistoryEntry:
    """One sound of the history.

    Args:
        number: its number; no other sound ever has it.
        kind: how it came to be, one of KINDS.
        made: when, in seconds since 1970.
        model: name of its model.
        seconds: its length.
        description: the act in words.
        seed: random seed of a generated sound.
        parent: number of the entry that it was made from.
        name: a name that the user gave.
        note: a note of the user.
        starred: whether its sound is always kept.
        stored: bytes of its sound file; 0 where the recipe alone is kept.
    """

    number: int
    kind: str
    made: float
    model: str
    seconds: float
    description: str = ""
    seed: int | None = None
    parent: int | None = None
    name: str = ""
    note: str = ""
    starred: bool = False
    stored: int = 0

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> HistoryEntry:
        """Return the entry of a row of the database. Raises FieldError for a row that SDA did not write."""
        facts = Fields(row, "entry")
        kind = facts.text("kind", longest=LONGEST_NAME)
        if kind not in KINDS:
            raise FieldError(f"entry, kind must be one of {', '.join(KINDS)}, not {kind:.40}")

        def text(name: str) -> str:
            return printable(facts.text(name, longest=LONGEST_TEXT))

        def number(name: str, low: int) -> int | None:
            return None if row[name] is None else facts.whole(name, low)

        return cls(
            number=facts.whole("number", 1),
            kind=kind,
            made=facts.number("made", 0, LATEST),
            model=text("model"),
            seconds=facts.number("seconds", 0, LONGEST_SECONDS),
            description=text("description"),
            seed=number("seed", 0),
            parent=number("parent", 1),
            name=text("name"),
            note="\n".join(map(printable, facts.text("note", longest=LONGEST_TEXT).splitlines())),
            starred=bool(facts.whole("starred", 0, 1)),
            stored=facts.whole("stored", 0),
        )

    @property
    def title(self) -> str:
        """The user's name of the sound, else what it is."""
        seed = "" if self.seed is None else f"seed {self.seed}"
        return self.name or self.description or seed or self.kind

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return dict(vars(self))


@dataclass(frozen=True)
class Found:
    """Entries that a search found, newest first, how many there are in all, and how many are unreadable."""

    entries: tuple[HistoryEntry, ...] = ()
    total: int = 0
    unreadable: int = 0


@dataclass(frozen=True)
class Recorded:
    """Number of a recorded sound, and notices for the user, each a sentence."""

    number: int
    notices: tuple[str, ...] = field(default=())
