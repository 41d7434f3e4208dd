"""Pieces of HTML: escaped text, tables, lists of facts, remarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from sda_lib.file_names import printable

# Colors of severities besides their words.
MARKS = {"green": "●", "yellow": "◆", "red": "■"}


def text(value: object) -> str:
    """Return a value as escaped text without characters that can't be shown."""
    return escape("".join(char if char in "\n\t" else printable(char) for char in str(value)))


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun, e.g. "1 file", "2 files"."""
    return f"{count} {singular if count == 1 else plural or f'{singular}s'}"


def duration(seconds: float) -> str:
    """Return a length of time in words, e.g. "0.35 s", "12.0 s", "3:05 min"."""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"


def number(value: float, signed: bool = False) -> str:
    """Return a number with three significant digits, or all before the point, and a real minus sign."""
    digits = ".0f" if abs(value) >= 1000 else ".3g"
    return f"{value:{'+' if signed else ''}{digits}}".replace("-", "−")


def head(title: object, *facts: object) -> str:
    """Return the first line of a display: a title, then facts; empty ones are left out."""
    quiet = " · ".join(text(one) for one in facts if one not in ("", None))
    return f'<div class="sda-head"><b>{text(title)}</b> <span class="sda-quiet">{quiet}</span></div>'


def note(words: object) -> str:
    """Return a remark in a quiet color; empty for an empty one."""
    return f'<p class="sda-quiet">{text(words)}</p>' if words else ""


def heading(words: object) -> str:
    """Return the title of a part of a display."""
    return f"<h4>{text(words)}</h4>"


def severity(name: str) -> str:
    """Return a severity as a colored mark and its word."""
    return f'<span class="sda-{text(name)}">{MARKS.get(name, "●")} {text(name)}</span>'


def facts(values: Mapping[str, object]) -> str:
    """Return names and values side by side; empty values are left out."""
    rows = (f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in values.items() if value not in ("", None))
    inside = "".join(rows)
    return f"<dl>{inside}</dl>" if inside else ""


def table(heads: Iterable[object], rows: Iterable[Iterable[str]], numbers: Iterable[int] = ()) -> str:
    """Return a table.

    Args:
        heads: headings, as text.
        rows: rows of cells, as HTML.
        numbers: columns that hold numbers, which are aligned at the right.
    """
    heads, right = list(heads), set(numbers)
    kinds = [' class="sda-number"' if column in right else "" for column in range(len(heads))]
    top = "".join(f"<th{kind}>{text(one)}</th>" for one, kind in zip(heads, kinds, strict=True))
    head = f"<thead><tr>{top}</tr></thead>" if any(heads) else ""
    body = "".join(
        f"<tr>{''.join(f'<td{kind}>{cell}</td>' for cell, kind in zip(row, kinds, strict=True))}</tr>" for row in rows
    )
    return f'<div class="sda-scroll"><table>{head}<tbody>{body}</tbody></table></div>'


def details(summary: object, inside: str) -> str:
    """Return a part that is folded until it is clicked; empty for an empty one."""
    return f"<details><summary>{text(summary)}</summary>{inside}</details>" if inside else ""
