"""Envelopes: how loud a procedural sound is over time, from 0 to about 1, float32 [time]."""

from __future__ import annotations

import numpy as np

from sda_lib.synthesis.draw import Draw, Samples

# Breakpoints of a swell per second, at least and at most.
SWELL_RATES = (1.0, 6.0)


def struck(draw: Draw, shortest: float = 0.03, longest: float = 3.0) -> Samples:
    """Rise at once and decay, in one or two stages; the decay time in seconds is drawn between the limits."""
    decay = draw.log_between(shortest, longest)
    fall = np.exp(-draw.times / np.float32(decay))
    if draw.chance(0.3):
        share, faster = draw.between(0.3, 0.9), draw.log_between(0.1, 0.5)
        fall = share * np.exp(-draw.times / np.float32(decay * faster)) + (1 - share) * fall
    return attack(draw, 0.0002, 0.03) * fall.astype(np.float32)


def held(draw: Draw) -> Samples:
    """Rise, stay and fall: released within the sound, at its end, or cut while loud."""
    level = attack(draw, 0.001, 0.5)
    if draw.chance(0.4):
        level = level * np.exp(-draw.times / np.float32(draw.log_between(0.3, 10)))
    if draw.chance(0.6):
        release = min(draw.log_between(0.005, 0.7), draw.seconds)
        end = draw.seconds * (1 if draw.chance(0.6) else draw.between(0.4, 1))
        level = level * np.clip((end - draw.times) / release, 0, 1) ** draw.between(0.7, 2)
    return level.astype(np.float32)


def swell(draw: Draw) -> Samples:
    """Move between random levels, from silence or not, to silence or not."""
    count = max(2, round(draw.seconds * draw.log_between(*SWELL_RATES)))
    levels = draw.numbers(0, 1, count + 1) ** 1.5
    levels[0] *= draw.chance(0.4)
    levels[-1] *= draw.chance(0.4)
    levels[draw.whole(0, count)] = 1
    return smooth(draw, levels)


def trembling(draw: Draw) -> Samples:
    """Hold with a tremolo, slow or as fast as roughness."""
    depth, rate, phase = draw.between(0.1, 1), draw.log_between(0.5, 40), draw.between(0, 6)
    wave = np.sin(np.float32(2 * np.pi * rate) * draw.times + np.float32(phase))
    return held(draw) * (1 - depth * (0.5 + 0.5 * wave) ** draw.choice((1, 1, 2, 4)))


def repeated(draw: Draw) -> Samples:
    """Open and close a gate at a steady rate, with soft edges and an accent."""
    rate, duty, edge = draw.log_between(1.5, 25), draw.between(0.15, 0.8), draw.log_between(0.001, 0.02)
    place = (draw.times * np.float32(rate)) % 1 / np.float32(rate)
    gate = np.clip(np.minimum(place, duty / rate - place) / np.float32(edge), 0, 1)
    if draw.chance(0.5):
        gate = gate * np.exp(-place / np.float32(draw.log_between(0.2, 2) * duty / rate))
    return held(draw) * gate


def envelope(draw: Draw) -> Samples:
    """Return an envelope of any kind."""
    return draw.choice((struck, struck, struck, held, held, held, swell, trembling, repeated))(draw)


def attack(draw: Draw, shortest: float, longest: float) -> Samples:
    """Rise from 0 to 1 in a random time within the limits in seconds, straight, slow or fast at first."""
    seconds, power = draw.log_between(shortest, longest), draw.log_between(0.5, 2.5)
    rise = np.minimum(draw.times / np.float32(seconds), 1)
    return rise ** np.float32(power)


def smooth(draw: Draw, values: np.ndarray) -> np.ndarray:
    """Move between values at even distances, with rounded corners, float32 [time]."""
    return raised(np.linspace(0, len(values) - 1, draw.length, dtype=np.float32), values)


def raised(places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Read values at fractional places, along raised cosines from one to the next."""
    before = np.clip(places.astype(int), 0, len(values) - 2)
    share = places - before
    share = share * share * (3 - 2 * share)
    values = np.asarray(values, np.float32)
    return values[before] + (values[before + 1] - values[before]) * share
