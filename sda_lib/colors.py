"""Colors of pictures: codes are dark where they decode to dark frames, and spectrograms where they are silent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Dark to light and blue to yellow-green, so that it is also readable without color vision. Similar colors mean similar
# codes.
STOPS = ("#141a35", "#27407f", "#2b7299", "#3fa79b", "#8fd6a4", "#eef7d2")
# Of spectrograms, from silence to the loudest.
SOUND_STOPS = ("#0d1014", "#2c1a4d", "#7a2a6e", "#d1555b", "#f7a35c", "#fbf3c0")


def color_ramp(stops: Sequence[str], places: np.ndarray) -> np.ndarray:
    """Return colors between hexadecimal `stops` at places 0..1 [...], uint8 [..., rgb]."""
    channels = np.array([list(bytes.fromhex(stop[1:])) for stop in stops]).T
    at, numbers = places * (len(stops) - 1), np.arange(len(stops))
    return np.stack([np.interp(at, numbers, channel) for channel in channels], axis=-1).round().astype(np.uint8)


def code_colors(size: int) -> np.ndarray:
    """Return the colors of `size` codes, uint8 [code, rgb]."""
    return color_ramp(STOPS, np.linspace(0, 1, max(size, 2)))[:size]
