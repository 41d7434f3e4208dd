"""Parse JSON from files of unknown origin, bounded in size and depth: no file can exhaust memory or the stack."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

LARGEST = 64 * 2**20
"""Bytes of a JSON text, unless a caller allows more."""
DEEPEST = 32
"""Lists and objects inside each other. No file of SDA nests deeper than 10."""
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


def depth(text: str) -> int:
    """How deeply lists and objects are nested in a JSON text; brackets inside strings don't count."""
    deepest = now = 0
    for mark in MARKS.finditer(text):
        found = mark[0][0]
        now += (found in "[{") - (found in "]}")
        deepest = max(deepest, now)
    return deepest
