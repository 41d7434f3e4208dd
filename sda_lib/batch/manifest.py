"""Manifest of a folder's sounds, kept current across batches: manifest.csv for tables, manifest.json for programs."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sda_lib import safe_json
from sda_lib.files import locked, write_atomically

NAME = "manifest"
FIRST = ("file", "model", "seed", "seconds")

Row = Mapping[str, Any]


def update_manifest(folder: Path, rows: Sequence[Row]) -> tuple[Path, Path]:
    """Add rows to the folder's manifest, replacing rows of the same files and dropping rows of missing files.

    Raises SdaError when the files can't be written.
    """
    with locked(folder):
        known = {row["file"]: row for row in read_manifest(folder) if _is_there(folder, row["file"])}
        found = list({**known, **{row["file"]: row for row in rows}}.values())
        text = json.dumps(found, indent=1, ensure_ascii=False)
        table = write_atomically(folder / f"{NAME}.csv", _table(found).encode())
        return table, write_atomically(folder / f"{NAME}.json", text.encode())


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a folder's manifest; none if it is missing or can't be read."""
    try:
        rows = safe_json.read(folder / f"{NAME}.json")
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("file"), str)]
    except (OSError, ValueError, TypeError):
        return []


def _is_there(folder: Path, name: str) -> bool:
    """Return whether a folder holds a file of this name, which may be any text."""
    return os.path.basename(name) == name and os.path.isfile(folder / name)


def _table(rows: Sequence[Row]) -> str:
    """Return CSV with a column for every value of any row; mappings get one column per key."""
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys([*FIRST, *(name for row in flat for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _flat(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found.update({f"{name}.{key}": one for key, one in _flat(value).items()})
        else:
            found[name] = json.dumps(value) if isinstance(value, list | tuple) else value
    return found
