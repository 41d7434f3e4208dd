"""Colors of recordings on the map by their category."""

from collections.abc import Sequence
from html import escape

import numpy as np

from sda_lib.audio.categories import Recording
from sda_lib.colors import STOPS, color_ramp

# Category of recordings that are in none.
NONE = "none"


def category_of(recording: Recording) -> str:
    """Return the outermost folder of a recording, else its first tag."""
    return next(iter((*recording.folders, *recording.tags)), NONE)


def category_shades(recordings: Sequence[Recording]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the categories of recordings, sorted, and a shade 0..1 of each recording's [recording]."""
    found = [category_of(one) for one in recordings]
    names = tuple(sorted(set(found)))
    return names, np.array([names.index(one) for one in found]) / max(len(names) - 1, 1)


def legend(names: Sequence[str]) -> str:
    """Return the categories in their colors as HTML."""
    colors = color_ramp(STOPS[1:], np.linspace(0, 1, max(len(names), 2))[: len(names)])
    marks = (
        f'<span class="sda-legend"><i style="background:#{bytes(color).hex()}"></i>{escape(name)}</span>'
        for color, name in zip(colors, names, strict=True)
    )
    return " ".join(marks)
