"""Durations of new sounds when none is given: those of the recordings that a model was trained on.

Every recording that sounds counts once, from the beginning of its first sounding part to the end of its last one, with
the quiet that belongs to these (memory/recorded_parts.py). An event, a row of events and a texture that ends in quiet
are complete, and a new sound may be as long as they are, up to COMPLETE_SECONDS. A longer texture, or one that is loud
at its end, may be part of anything longer, so EXCERPT_SECONDS of it count: enough to follow its development, and quick
to generate. When a model holds no recordings, only their lengths are known, and all are limited to USUAL_SECONDS.
"""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np

from sda_lib.memory.recorded_parts import RecordedParts

COMPLETE_SECONDS, EXCERPT_SECONDS, USUAL_SECONDS = 12.0, 8.0, 4.0


def of_parts(parts: RecordedParts) -> np.ndarray:
    """Return the duration in seconds that each recording that sounds contributes [recording]."""
    seconds, events = parts.seconds[parts.sounding], parts.events[parts.sounding]
    complete = events | (parts.ends_in_quiet[parts.sounding] & (seconds <= COMPLETE_SECONDS))
    return np.minimum(seconds, np.where(complete, COMPLETE_SECONDS, EXCERPT_SECONDS))


def of_frames(lengths: np.ndarray, frame_rate: float) -> np.ndarray:
    """Return durations in seconds [recording] from lengths in frames alone."""
    return np.minimum(np.asarray(lengths, float) / frame_rate, USUAL_SECONDS)


def of_report(report: Any) -> np.ndarray:
    """Return durations in seconds [n] from a corpus report: its `lengths`, or its median in older files.

    Invalid or missing values are ignored; without any, USUAL_SECONDS is returned.
    """
    facts: dict[str, Any] = report if isinstance(report, dict) else {}
    lengths = facts.get("lengths")
    for found in (lengths if isinstance(lengths, list) else [], [facts.get("median_seconds")]):
        usable = [float(one) for one in found if _is_length(one)]
        if usable:
            return np.minimum(usable, USUAL_SECONDS)
    return np.array([USUAL_SECONDS])


def _is_length(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
