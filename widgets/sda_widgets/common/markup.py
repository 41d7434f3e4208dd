"""HTML snippets shared by widgets. Values may come from files, so they are escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return labels and values as HTML, one pair a line."""
    cells = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    return f'<dl class="sda-facts">{cells}</dl>'


def bullets(items: Iterable[str]) -> str:
    """Return a list in the quiet style as HTML."""
    return '<ul class="sda-quiet">' + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
