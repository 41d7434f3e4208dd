"""Browser modules joined from several files, for parts that widgets share."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def join_modules(*names: str) -> str:
    """Join files, named relative to the package, into the text of one browser module. Only the last one exports."""
    return "\n".join((PACKAGE / name).read_text(encoding="utf-8") for name in names)
