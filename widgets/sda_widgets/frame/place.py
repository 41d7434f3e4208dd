"""Place: one of the rooms of the page, which is built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ipywidgets import Widget


@dataclass(frozen=True)
class Place:
    """A place of the page.

    Args:
        name: its name in `session.place`, and its CSS class `sda-place-NAME`.
        title: its word on the page.
        tip: what it is for, in one sentence.
        build: makes what it shows; called once, when the place is first shown.
    """

    name: str
    title: str
    tip: str
    build: Callable[[], Widget]
