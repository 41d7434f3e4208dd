"""HTML snippets shared by widgets. Values may come from files, so they are escaped."""

from collections.abc import Iterable, Mapping
from html import escape
from types import MappingProxyType


def table(rows: Iterable[tuple[str, str]], marks: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return labels and values as HTML, one pair per line; without those whose value is empty. `marks` are HTML that
    follows a label."""
    cells = "".join(
        f"<dt>{escape(label)}{marks.get(label, '')}</dt><dd>{escape(value)}</dd>" for label, value in rows if value
    )
    return f'<dl class="sda-facts">{cells}</dl>'


def bullets(items: Iterable[str]) -> str:
    """Return a list in muted text as HTML."""
    return '<ul class="sda-quiet">' + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def quiet(text: str) -> str:
    """Return a paragraph in muted text as HTML."""
    return f'<p class="sda-quiet">{escape(text)}</p>'


def bold(text: str) -> str:
    """Return text in bold as HTML."""
    return f"<b>{escape(text)}</b>"


def severity(color: str, text: str = "", tag: str = "span") -> str:
    """Return text, by default the color's name, after a mark in green, yellow or red as HTML."""
    return f'<{tag} class="sda-severity sda-{color}">{escape(text or color)}</{tag}>'


def status(html: str) -> str:
    """Return HTML that screen readers read out when it changes."""
    return f'<span role="status" aria-live="polite">{html}</span>'


def times_used(count: int) -> str:
    """Return how often a code is used, in words."""
    return {0: "never used", 1: "used once"}.get(count, f"used {count} times")
