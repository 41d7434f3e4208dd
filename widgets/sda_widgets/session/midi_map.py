"""Load and save the MIDI map: which controller moves which slider, kept in a small file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sda_lib import safe_json
from sda_lib.files import write_atomically


def load(path: Path) -> dict[str, str]:
    """Return controllers ("channel:controller") by slider; empty when the file is missing or malformed."""
    try:
        found = safe_json.read(path)
    except (OSError, ValueError):
        return {}
    items = found.items() if isinstance(found, dict) else ()
    return {name: knob for name, knob in items if isinstance(name, str) and isinstance(knob, str)}


def save(path: Path, knobs: Mapping[str, str]) -> None:
    """Write the map atomically. Raises SdaError when the disk refuses."""
    write_atomically(path, json.dumps(dict(knobs)).encode())
