"""Names of new files, and the times of existing ones."""

from __future__ import annotations

import re
from pathlib import Path


def modified(path: Path) -> float:
    """Return a file's modification time in seconds, or 0 when the file is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def stem_of(title: str) -> str:
    """Return a title as a safe file stem."""
    return re.sub(r"[^\w-]+", "_", title).strip("_") or "sound"


def unused(folder: Path, stem: str, suffix: str) -> Path:
    """Return the first free path of stem.wav, stem_2.wav … in the folder."""
    names = (folder / (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}") for number in range(1, 10_000))
    return next(path for path in names if not path.exists())
