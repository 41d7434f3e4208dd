"""Gestures: sliders that act through time. A stroke is shaped by making the frames after it louder or softer.

No single frame holds an attack or a decay, so these have no direction of their own: they are curves along that of
loudness, which begin anew with every stroke that the latents tell of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

LOUDNESS = "loudness"
DB_PER_STEP = 3.0
"""By how much a step makes a stroke's first moments, or its end, louder."""
RISE, BACK = 0.3, 3
"""log10 of amplitude (6 dB) by which a frame that strikes is louder than the mean of so many before."""
FIRST, LATER, OVER = 0.05, 0.3, 0.4
"""Seconds after a stroke: it has struck; what follows it still counts; all of it is over."""
WITHDRAWN = -0.5
"""What follows a stroke goes the other way by so much, so that the sound stays about as loud."""
FARTHEST = 4.0
"""Steps of loudness that no frame goes beyond."""
TAIL = 0.5
"""Seconds after which a stroke's end is moved in full."""


def strokes(level: np.ndarray) -> np.ndarray:
    """Frames [stroke] that strike, by the level [frame] in log10 of amplitude; a sound's first frame does, unless it
    only fades in."""
    padded = np.concatenate([np.full(BACK, level.min(initial=0.0) - RISE), level])
    before = np.lib.stride_tricks.sliding_window_view(padded, BACK)[: len(level)].mean(1)
    rises = level - before
    strikes = rises > RISE
    strikes[1:] &= ~strikes[:-1]  # a rise over several frames is one stroke
    return np.flatnonzero(strikes)


def since(level: np.ndarray, frame_rate: float) -> np.ndarray:
    """Seconds since the last stroke [frame]; infinite before the first."""
    found, frames = strokes(level), np.arange(len(level))
    if not len(found):
        return np.full(len(level), np.inf)
    last = np.searchsorted(found, frames, side="right") - 1
    return np.where(last >= 0, (frames - found[last.clip(0)]) / frame_rate, np.inf)


def attack(seconds: np.ndarray) -> np.ndarray:
    """1 while it strikes, WITHDRAWN while what follows still counts, then nothing [frame]."""
    faded = np.interp(seconds, (LATER, OVER), (WITHDRAWN, 0.0))
    return np.where(seconds < FIRST, 1.0, faded)


def decay(seconds: np.ndarray) -> np.ndarray:
    """Nothing while it strikes, rising to 1 at its end [frame]."""
    return np.where(np.isfinite(seconds), np.interp(seconds, (FIRST, TAIL), (0.0, 1.0)), 0.0)


def expanded(
    steps: Mapping[str, float | np.ndarray], level: np.ndarray, frame_rate: float, loudness_per_step: float
) -> dict[str, float | np.ndarray]:
    """The same steps with gestures as steps of loudness at every frame, for a sound of that level [frame] and a slider
    of loudness whose step is so many dB."""
    found = {name: amount for name, amount in steps.items() if name not in GESTURES}
    asked = {name: amount for name, amount in steps.items() if name in GESTURES and np.any(amount)}
    if asked:
        seconds = since(level, frame_rate)
        curve = sum(GESTURES[name](seconds) * amount for name, amount in asked.items())
        found[LOUDNESS] = np.clip(
            found.get(LOUDNESS, 0.0) + curve * DB_PER_STEP / loudness_per_step, -FARTHEST, FARTHEST
        )
    return found


GESTURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"attack": attack, "decay": decay}
"""Curve over the seconds since a stroke [frame], by the name of the descriptor (`sound.events`) that it changes."""
