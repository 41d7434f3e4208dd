"""Colors of codes: dark for codes that decode to dark frames, light for codes that decode to bright frames."""

from __future__ import annotations

import numpy as np

# Dark to light and blue to yellow-green, so that it is also readable without color vision. Similar colors mean similar
# codes.
STOPS = ("#141a35", "#27407f", "#2b7299", "#3fa79b", "#8fd6a4", "#eef7d2")


def code_colors(size: int) -> np.ndarray:
    """Return the colors of `size` codes, uint8 [code, rgb]."""
    stops = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in STOPS], float)
    at = np.linspace(0, len(STOPS) - 1, max(size, 2))
    colors = np.stack([np.interp(at, np.arange(len(STOPS)), channel) for channel in stops.T], axis=1)
    return colors.round().astype(np.uint8)[:size]
