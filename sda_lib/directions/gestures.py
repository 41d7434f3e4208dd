"""Gestures: sliders that act over time. They change an onset by making the frames after it louder or softer.

No single frame holds an attack or a decay, so gestures have no direction of their own: they are curves along the
direction of loudness that restart at every onset detected in the latents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sda_lib.analysis.onsets import onset_frames

LOUDNESS = "loudness"
# Change in dB per step at an onset (attack) or at the end of its decay.
DB_PER_STEP = 3.0
# Seconds after an onset: end of the attack; end of the full compensation; end of its fade-out.
ATTACK_END, FADE_START, FADE_END = 0.05, 0.3, 0.4
# Compensation after the attack, relative to it, so that the sound stays about as loud.
COMPENSATION = -0.5
# Maximum steps of loudness at any frame.
MAX_STEPS = 4.0
# Seconds after an onset from which the decay is changed in full.
DECAY_END = 0.5


def seconds_since_onset(level: np.ndarray, frame_rate: float) -> np.ndarray:
    """Return seconds since the last onset [frame]; infinite before the first."""
    found, frames = onset_frames(level), np.arange(len(level))
    if not len(found):
        return np.full(len(level), np.inf)
    last = np.searchsorted(found, frames, side="right") - 1
    return np.where(last >= 0, (frames - found[last.clip(0)]) / frame_rate, np.inf)


def attack_curve(seconds: np.ndarray) -> np.ndarray:
    """Return the attack curve [frame]: 1 until ATTACK_END, COMPENSATION until FADE_START, then fading to 0."""
    faded = np.interp(seconds, (FADE_START, FADE_END), (COMPENSATION, 0.0))
    return np.where(seconds < ATTACK_END, 1.0, faded)


def decay_curve(seconds: np.ndarray) -> np.ndarray:
    """Return the decay curve [frame]: 0 until ATTACK_END, rising to 1 at DECAY_END."""
    return np.where(np.isfinite(seconds), np.interp(seconds, (ATTACK_END, DECAY_END), (0.0, 1.0)), 0.0)


def expand_gestures(
    steps: Mapping[str, float | np.ndarray], level: np.ndarray, frame_rate: float, loudness_per_step: float
) -> dict[str, float | np.ndarray]:
    """Replace gestures by steps of loudness per frame.

    Args:
        steps: steps by slider, one number or one per frame [frame].
        level: level of the sound [frame] in log10 of amplitude.
        frame_rate: frames per second.
        loudness_per_step: change in dB per step of the loudness slider.
    """
    found = {name: amount for name, amount in steps.items() if name not in GESTURES}
    gestures = {name: amount for name, amount in steps.items() if name in GESTURES and np.any(amount)}
    if gestures:
        seconds = seconds_since_onset(level, frame_rate)
        curve = sum(GESTURES[name](seconds) * amount for name, amount in gestures.items())
        loudness = found.get(LOUDNESS, 0.0) + curve * DB_PER_STEP / loudness_per_step
        found[LOUDNESS] = np.clip(loudness, -MAX_STEPS, MAX_STEPS)
    return found


# Curve over the seconds since an onset [frame], by the name of the feature (`ONSET_FEATURES`) that it changes.
GESTURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"attack": attack_curve, "decay": decay_curve}
