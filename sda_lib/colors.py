"""The colors of codes: dark for those that make a frame dark, light for those that make it bright."""

from __future__ import annotations

import numpy as np

STOPS = ("#141a35", "#27407f", "#2b7299", "#3fa79b", "#8fd6a4", "#eef7d2")
"""Dark to light and blue to yellow-green: also readable without color vision. Near colors are near codes."""


def ramp(size: int) -> np.ndarray:
    """The colors of `size` codes, uint8 [code, rgb]."""
    stops = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in STOPS], float)
    at = np.linspace(0, len(STOPS) - 1, max(size, 2))
    colors = np.stack([np.interp(at, np.arange(len(STOPS)), channel) for channel in stops.T], axis=1)
    return colors.round().astype(np.uint8)[:size]
