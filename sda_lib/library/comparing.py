"""Compare two models by what their headers say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib.model.header import peek

# Parts of a header that are compared, by the words of the table.
PARTS = {"name": "name", "created": "created", "decoder": "decoder", "corpus": "corpus", "metrics": "training",
         "choice": "start", "recipe": "recipe", "prior": "prior"}  # fmt: skip
# Facts that tell nothing about a sound, or are long lists.
LEFT_OUT = {"corpus folder", "corpus skipped", "corpus lengths", "corpus grown"}


@dataclass(frozen=True)
class Difference:
    """A fact of two models, as text; empty where a model has none."""

    name: str
    first: str
    second: str

    @property
    def is_equal(self) -> bool:
        """Whether both models have it equally."""
        return self.first == self.second


def compare_models(first: Path, second: Path) -> tuple[Difference, ...]:
    """Return the facts of two models' headers beside each other. Raises SdaError for a file that can't be read."""
    one, other = (dict(_facts(peek(path))) for path in (first, second))
    names = dict.fromkeys([*one, *other])
    return tuple(Difference(name, one.get(name, ""), other.get(name, "")) for name in names)


def _facts(header: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, words in PARTS.items():
        yield from _flat(words, header.get(key))
    held = header.get("memory")
    count = len(held) if isinstance(held, list) else 0
    yield "recordings", f"{count} {'file' if count == 1 else 'files'}" if count else "none"


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the facts in a value, those of objects by the words that lead to them."""
    if name in LEFT_OUT or value is None:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name} {key}", inner)
    elif isinstance(value, float):
        yield name, f"{value:.5g}"
    elif not isinstance(value, list):
        yield name, str(value)
