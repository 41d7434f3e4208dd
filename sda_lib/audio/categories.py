"""Categories of recordings: the folders and tags that they are in, and patterns that choose some of them.

A pattern is the name of a folder or of a tag, the name of a file with or without its suffix, or any of these with the
wildcards `*`, `?` and `[…]`; `*` also stands for several folders. Tags have no capital letters.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sda_lib.audio.suffixes import is_sound
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

# Tags of a file whose values are its categories, and what separates these in one tag.
LABELS, SEPARATORS = ("genre", "keywords", "tags", "category"), ";,/"
# Most tags of a file, and most letters of a tag or of a pattern.
MOST_TAGS, LONGEST = 8, 200
# Categories that a message names at most.
NAMED = 12
WILDCARDS = "*?["


@dataclass(frozen=True)
class Recording:
    """What categories are made of.

    `name` is the path in the corpus folder without suffix, `suffix` that of the file (empty where it is unknown),
    `seconds` the length.
    """

    name: str
    seconds: float
    tags: tuple[str, ...] = ()
    suffix: str = ""

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders that it is in, the outermost first: of "a/b/c" these are "a" and "a/b"."""
        parts = self.name.split("/")[:-1]
        return tuple("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))

    @property
    def categories(self) -> frozenset[str]:
        """Folders and tags that it is in."""
        return frozenset((*self.folders, *self.tags))


@dataclass(frozen=True)
class Category:
    """A folder or tag, the number of its recordings, and their length in seconds."""

    name: str
    files: int
    seconds: float

    @property
    def minutes(self) -> float:
        """Length in minutes."""
        return self.seconds / 60


def categories_of(recordings: Sequence[Recording]) -> tuple[Category, ...]:
    """Return the folders and tags of recordings, sorted by name."""
    files: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for one in recordings:
        for name in one.categories:
            files[name] = files.get(name, 0) + 1
            seconds[name] = seconds.get(name, 0.0) + one.seconds
    return tuple(Category(name, files[name], seconds[name]) for name in sorted(files))


def tags_of(facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tags that a file's metadata name, without capital letters, at most MOST_TAGS."""
    text = ";".join(facts.get(key, "") for key in LABELS)
    for mark in SEPARATORS:
        text = text.replace(mark, "\n")
    found = (printable(" ".join(one.split())).lower()[:LONGEST] for one in text.split("\n"))
    return tuple(dict.fromkeys(one for one in found if one))[:MOST_TAGS]


def matches(pattern: str, recording: Recording) -> bool:
    """Return whether a recording is in what a pattern names."""
    name = pattern.strip("/")
    known = {recording.name, recording.name + recording.suffix, *recording.categories}
    if (
        name in known
        or name.lower() in recording.tags
        or (is_sound(name) and name.rpartition(".")[0] == recording.name)
    ):
        return True
    if not any(sign in name for sign in WILDCARDS):
        return False
    # The name in the folder, which is a path of its own, so that "*/loud/*" also finds "loud/one".
    return any(fnmatch.fnmatchcase(one, name) or fnmatch.fnmatchcase(f"/{one}", name) for one in known)


def found_by(patterns: Iterable[str], recordings: Sequence[Recording]) -> list[bool]:
    """Return for every recording whether one of the patterns finds it.

    Raises SdaError for a pattern that finds none, with the names that there are.
    """
    found = [False] * len(recordings)
    for pattern in patterns:
        here = [matches(pattern, one) for one in recordings]
        if not any(here):
            raise SdaError(f"No recording is in {printable(pattern)[:LONGEST]!r}; {names_in_words(recordings)}.")
        found = [one or other for one, other in zip(found, here, strict=True)]
    return found


def weight_of(recording: Recording, weights: Mapping[str, float]) -> float:
    """Return how many times as much a recording counts: the product of the weights of all names that find it."""
    return math.prod(weight for name, weight in weights.items() if matches(name, recording))


def names_in_words(recordings: Sequence[Recording]) -> str:
    """Return the names that a pattern may have, as the end of a sentence."""
    names = [one.name for one in categories_of(recordings)]
    what = "the categories are" if names else "there are no folders and tags, and the recordings are"
    return f"{what} {_listed(names or [one.name for one in recordings])}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
