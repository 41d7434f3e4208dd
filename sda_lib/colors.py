"""Colors of pictures: codes are dark where they decode to dark frames, and spectrograms where they are silent."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import numpy as np

# Dark to light and blue to yellow-green, so that it is also readable without color vision. Similar colors mean similar
# codes.
STOPS = ("#141a35", "#27407f", "#2b7299", "#3fa79b", "#8fd6a4", "#eef7d2")
# Of spectrograms, from silence to the loudest.
SOUND_STOPS = ("#0d1014", "#2c1a4d", "#7a2a6e", "#d1555b", "#f7a35c", "#fbf3c0")
# Step around the color circle from one recording to the next, the golden angle: neighbors differ most.
HUE_STEP = 0.381966


def color_ramp(stops: Sequence[str], places: np.ndarray) -> np.ndarray:
    """Return colors between hexadecimal `stops` at places 0..1 [...], uint8 [..., rgb]."""
    channels = np.array([list(bytes.fromhex(stop[1:])) for stop in stops]).T
    at, numbers = places * (len(stops) - 1), np.arange(len(stops))
    return np.stack([np.interp(at, numbers, channel) for channel in channels], axis=-1).round().astype(np.uint8)


def source_color(number: int) -> str:
    """Return the color of the n-th recording that a sound leans on, of the same lightness as all others, as #rrggbb."""
    red, green, blue = colorsys.hls_to_rgb((0.55 + number * HUE_STEP) % 1, 0.58, 0.55)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def code_colors(size: int) -> np.ndarray:
    """Return the colors of `size` codes, uint8 [code, rgb]."""
    return color_ramp(STOPS, np.linspace(0, 1, max(size, 2)))[:size]
