"""Static text: the page's own files, and several of them as one module where windows share a part."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def together(*names: str) -> str:
    """The text of one browser module: files of `static`, one after the other. Only the last one exports."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)
