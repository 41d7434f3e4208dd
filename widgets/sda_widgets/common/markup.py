"""Pieces of HTML that several windows show. Values may come from files, so they are escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Labels and values, one pair a line."""
    cells = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    return f'<dl class="sda-facts">{cells}</dl>'


def bullets(items: Iterable[str]) -> str:
    """A quiet list."""
    return '<ul class="sda-quiet">' + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
