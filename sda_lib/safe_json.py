"""Parse JSON from files of unknown origin, bounded so that no file exhausts memory, the stack or time.

Bounds are the size of the text, the number of values and texts in it, and how deeply they are nested. Numbers are
finite and fit into 64 bits.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import re
from pathlib import Path
from typing import Any

# Default largest size of a JSON text, in bytes. As text in memory it can take four times as much.
LARGEST = 24 * 2**20
# Deepest allowed nesting of lists and objects. No file of SDA nests deeper than 10.
DEEPEST = 32
# Most values, lists and objects, and texts: a session of an hour has a million numbers for each of its steps that is
# stored as a whole. An empty list takes 64 bytes.
MOST_VALUES, MOST_HOLDERS, MOST_TEXTS = 1 << 22, 1 << 19, 1 << 20
# Largest whole number, exclusive.
LARGEST_WHOLE = 1 << 64
# Exceptions that using well-formed JSON of the wrong structure or value range raises.
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError)
# Texts inside JSON without escapes. One without an end reaches to the end of the file, so that it is scanned once.
TEXTS = re.compile(rb'"[^"]*+"?')
# How much deeper each bracket leads, and all other bytes.
DEEPER = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
OTHERS = bytes(one for one in range(256) if one not in DEEPER)


def parse(text: str | bytes, largest: int = LARGEST) -> Any:
    """Parse a JSON text.

    Raises ValueError for anything that is not JSON, is too large, has too many values, is nested too deeply, or holds a
    number that is not finite or needs more than 64 bits.
    """
    if len(text) > largest:
        raise ValueError(f"more than {largest} bytes")
    text = text.decode() if isinstance(text, bytes) else text
    if why := too_much(text):
        raise ValueError(why)
    return json.loads(text, parse_float=_finite, parse_int=_whole, parse_constant=_refused)


def read(path: Path, largest: int = LARGEST) -> Any:
    """Parse a JSON file. Raises ValueError as `parse` does, and OSError."""
    return parse(read_bounded(path, largest), largest)


def read_bounded(path: Path, largest: int = LARGEST) -> bytes:
    """Return the bytes of a regular file. Raises ValueError for a larger one, OSError for what can't be read."""
    if not path.is_file():  # opening a pipe would wait for its other end
        raise FileNotFoundError(2, "No such file", str(path))
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > largest:
            raise ValueError(f"more than {largest} bytes")
        return file.read(largest)


def too_much(text: str) -> str:
    """Return which bound a JSON text exceeds, in a few words; empty if none. Signs inside texts count too."""
    holders = text.count("[") + text.count("{")
    if holders > MOST_HOLDERS or text.count(",") + holders > MOST_VALUES or text.count('"') > 2 * MOST_TEXTS:
        return "too many values"
    return f"nested deeper than {DEEPEST}" if depth(text) > DEEPEST else ""


def as_tuples(value: Any) -> Any:
    """Return a value of parsed JSON with its lists, at every depth, as tuples."""
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


def depth(text: str) -> int:
    """Return how deeply lists and objects are nested in a JSON text; brackets inside strings don't count."""
    plain = text.encode(errors="surrogatepass").replace(rb"\\", b"").replace(rb"\"", b"")
    brackets = TEXTS.sub(b"", plain).translate(None, OTHERS)
    return max(itertools.accumulate(map(DEEPER.__getitem__, brackets), initial=0))


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text:.20} is too large")
    return value


def _whole(text: str) -> int:
    value = int(text) if len(text) < 30 else LARGEST_WHOLE
    if abs(value) >= LARGEST_WHOLE:
        raise ValueError(f"{text:.20} is too large")
    return value


def _refused(name: str) -> float:
    raise ValueError(f"{name} is not a number")
