"""Glossary: docs/GLOSSARY.md on the page, as marks beside the words that it explains."""

from __future__ import annotations

import itertools
import re
from functools import cache
from html import escape
from pathlib import Path

from ipywidgets import HTML, HBox, Layout, Widget

PACKAGE = Path(__file__).parents[1]
# In the installed package, and in the source tree.
PLACES = (PACKAGE / "GLOSSARY.md", PACKAGE.parents[1] / "docs" / "GLOSSARY.md")
_numbers = itertools.count()


@cache
def terms() -> dict[str, str]:
    """Return the glossary: definitions in plain text, by term."""
    text = next(place for place in PLACES if place.is_file()).read_text(encoding="utf-8")
    entries = re.findall(r"^\*\*(.+?)\*\*\n(.+?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return {term: re.sub(r"[`*]", "", " ".join(words.split())) for term, words in entries}


def mark(term: str) -> str:
    """Return a small button as HTML that shows what the glossary says of a term. Raises KeyError for an unknown one."""
    words, target = escape(terms()[term]), f"sda-explained-{next(_numbers)}"
    name = escape(term)
    facts = f'class="sda-explain" popovertarget="{target}" aria-label="What is: {name}" title="{words}"'
    shown = f'<span popover id="{target}" class="sda-explained"><b>{name}</b> {words}</span>'
    return f'<button type="button" {facts}>?</button>{shown}'


def heading(title: str, term: str = "") -> HTML:
    """Return a heading, with the mark of a term if it has one."""
    return HTML(f"<h3>{escape(title)}{mark(term) if term else ''}</h3>")


def explained(control: Widget, term: str) -> HBox:
    """Return a control with the mark of a term beside it."""
    return HBox([control, HTML(mark(term), layout=Layout(width="auto", flex="0 0 auto"))]).add_class("sda-with-mark")
