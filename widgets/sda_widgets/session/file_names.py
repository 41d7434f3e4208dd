"""Names of new files, and the times of existing ones."""

from __future__ import annotations

from pathlib import Path

from sda_lib.files import free_path, safe_stem


def modified(path: Path) -> float:
    """Return a file's modification time in seconds, or 0 when the file is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def stem_of(title: str) -> str:
    """Return a title as a safe file stem."""
    return safe_stem(title, "sound", keep="-")


def unused(folder: Path, stem: str, suffix: str) -> Path:
    """Return the first free path of stem.wav, stem_2.wav … in the folder."""
    return free_path(folder / f"{stem}{suffix}", "_")
