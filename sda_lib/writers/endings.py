"""Decide whether a sound ends by itself, and how quiet its end is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sda_lib.memory.graph import LAST_FRAMES, QUIET_END, Graph
from sda_lib.writers.request import Request

# A sound gets an end of its own if it lasts at most SURELY seconds or, where recordings fade, at most ONE_SHOT times
# the length that nine of ten recordings do not exceed.
ONE_SHOT, SURELY = 1.25, 3.0


def ends_by_itself(request: Request, frame_rate: float, usual: float) -> bool:
    """Return whether a sound gets an end of its own: the request decides, else its length.

    `usual` is the length in frames of recordings that fade, 0 where they do not. With a contour there is no such end,
    since the contour decides how the sound ends.
    """
    if request.contour or request.ends is not None:
        return bool(request.ends) and not request.contour
    return request.before is None and request.frames <= max(np.ceil(SURELY * frame_rate), ONE_SHOT * usual)


def quietest_end(
    paths: Iterable[np.ndarray], loudness: np.ndarray, most: float = QUIET_END
) -> tuple[np.ndarray, float]:
    """Return the first of paths of grains [frame] with a quiet end, or the one with the quietest end, and its level.

    `loudness` [grain] is in dB; an end is quiet up to `most` dB. No path is made after the first with a quiet end.
    """
    best, least = np.zeros(0, int), np.inf
    for path in paths:
        level = float(end_level(loudness[path]))
        if level < least or not len(best):
            best, least = path, level
        if level <= most:
            break
    return best, least


def loudest_end(graph: Graph, request: Request, ahead: np.ndarray) -> float:
    """Return the highest level in dB of a quiet end: QUIET_END, or that of the event that a sound begins with.

    `ahead` [grain] are the frames to the end of its part, including the grain.
    """
    if request.first is None:
        return QUIET_END
    event = np.arange(request.first, request.first + int(ahead[request.first]))
    event = event[: max(1, len(event) - bool(request.followed and graph.tail[event[-1]]))]
    return max(QUIET_END, float(end_level(graph.loudness[event])))


def end_level(loudness: np.ndarray) -> np.ndarray:
    """Return the level in dB of the last LAST_FRAMES frames of [..., frame] relative to the loudest frame."""
    return loudness[..., -LAST_FRAMES:].max(-1) - loudness.max(-1)
