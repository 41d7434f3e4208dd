"""Parse JSON from files of unknown origin, bounded in size and depth so that no file exhausts memory or the stack."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

# Default largest size of a JSON text, in bytes.
LARGEST = 64 * 2**20
# Deepest allowed nesting of lists and objects. No file of SDA nests deeper than 10.
DEEPEST = 32
# Exceptions that using well-formed JSON of the wrong structure or value range raises.
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError)
MARKS = re.compile(r'[\[{]|[\]}]|"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def parse(text: str | bytes, largest: int = LARGEST) -> Any:
    """Parse a JSON text. Raises ValueError for anything that is not JSON, is too large, or is nested too deeply."""
    if len(text) > largest:
        raise ValueError(f"more than {largest} bytes")
    text = text.decode() if isinstance(text, bytes) else text
    if depth(text) > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    return json.loads(text)


def read(path: Path, largest: int = LARGEST) -> Any:
    """Parse a JSON file. Raises ValueError as `parse` does, and OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > largest:
            raise ValueError(f"more than {largest} bytes")
        return parse(file.read(), largest)


def as_tuples(value: Any) -> Any:
    """Return a value of parsed JSON with its lists, at every depth, as tuples."""
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


def depth(text: str) -> int:
    """Return how deeply lists and objects are nested in a JSON text; brackets inside strings don't count."""
    deepest = now = 0
    for mark in MARKS.finditer(text):
        found = mark[0][0]
        now += (found in "[{") - (found in "]}")
        deepest = max(deepest, now)
    return deepest
