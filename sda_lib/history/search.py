"""Searches in the history, as conditions of SQL with their values apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.history.entry import KINDS

# How lists can be sorted, and the order of each in SQL.
ORDERS = {
    "newest": "number DESC",
    "oldest": "number",
    "longest": "seconds DESC, number DESC",
    "shortest": "seconds, number DESC",
    "name": "name = '', name COLLATE NOCASE, number DESC",
}
# Most words of a search.
MOST_WORDS = 20


@dataclass(frozen=True)
class Search:
    """Which sounds of the history are wanted; each condition narrows the search.

    Args:
        text: words that all occur in name, note, act, kind, model or seed, in any case and order.
        model: name of the model.
        kinds: kinds of sounds; none: all.
        starred: starred ones only.
        since: made at this time or later, in seconds since 1970.
        until: made before this time.
        parent: made from the sound of this number.
        order: one of ORDERS.
        limit: most sounds returned.
        skip: how many of the sounds found are left out before these.

    Raises SdaError for an unknown kind or order.
    """

    text: str = ""
    model: str = ""
    kinds: tuple[str, ...] = ()
    starred: bool = False
    since: float | None = None
    until: float | None = None
    parent: int | None = None
    order: str = "newest"
    limit: int = 1000
    skip: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            *(("kind", one, KINDS) for one in self.kinds),
            ("order", self.order, ORDERS),
        ):
            if value not in known:
                raise SdaError(f"There is no {name} {value!r} in the history; there are {', '.join(known)}.")

    @property
    def condition(self) -> tuple[str, list[Any]]:
        """The condition in SQL, and the values of its question marks."""
        parts: list[tuple[str, Sequence[Any]]] = [
            ("instr(words, ?) > 0", (word,)) for word in self.text.casefold().split()[:MOST_WORDS]
        ]
        if self.kinds:
            parts.append((f"kind IN ({', '.join('?' * len(self.kinds))})", self.kinds))
        if self.starred:
            parts.append(("starred = 1", ()))
        for test, value in (
            ("model = ?", self.model or None),
            ("made >= ?", self.since),
            ("made < ?", self.until),
            ("parent = ?", self.parent),
        ):
            if value is not None:
                parts.append((test, (value,)))
        return " AND ".join(test for test, _ in parts) or "1", [one for _, values in parts for one in values]


def words_of(*texts: object) -> str:
    """Return the text that searches look into."""
    return "\n".join(str(one) for one in texts if one not in ("", None)).casefold()
