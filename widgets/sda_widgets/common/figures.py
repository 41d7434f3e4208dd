"""Figures of bqplot in the page's style."""

from collections.abc import Sequence
from typing import Any

import bqplot as bq
from ipywidgets import Layout

# On the picture of a grid, which looks the same in light and dark notebooks.
ACCENT, MARK = "var(--sda-picture-accent)", "var(--sda-picture-mark)"
SHADOW, LOCKED = "var(--sda-picture-shadow)", "var(--sda-picture-locked)"
# On the page: colors of its style sheet.
PAGE_ACCENT, PAGE_TEXT, PAGE_OUTLINE = "var(--sda-accent)", "var(--sda-text)", "var(--sda-outline)"


def plain_figure(
    marks: Sequence[bq.Mark], axes: Sequence[bq.Axis], margin: dict[str, int], height: str, **traits: Any
) -> bq.Figure:
    """Return a figure without background, padding, animation or toolbar; `height` is a CSS length."""
    figure = bq.Figure(
        marks=list(marks), axes=list(axes), fig_margin=margin, animation_duration=0,
        background_style={"fill": "transparent"}, layout=Layout(width="auto", height=height, min_width="0"), **traits,
    )  # fmt: skip
    figure.display_toolbar = False
    return figure
