"""Oscillators without aliasing: sums of partials, pulse trains in closed form, frequency modulation, polynomials."""

from __future__ import annotations

import numpy as np

from sda_lib.synthesis.draw import Draw, Samples
from sda_lib.synthesis.pitches import Bend

TURN = np.float32(2 * np.pi)
# Samples per block in the sum of steady partials.
BLOCK = 256
# Most partials of a tone whose pitch moves: each costs a sine per sample.
MOST_MOVING = 48
# A decay that is as good as none, in seconds.
FOREVER = 1e6


def cycles(draw: Draw, frequency: float, bend: Bend = None) -> np.ndarray:
    """Return the phase of a tone in cycles, float64 [time]."""
    if bend is None:
        return frequency / draw.rate * np.arange(draw.length)
    return frequency / draw.rate * np.cumsum(bend, dtype=np.float64)


def sine(phase: np.ndarray) -> Samples:
    """Return the sine of a phase in cycles."""
    return np.sin(TURN * (phase - np.rint(phase)).astype(np.float32))


def cosine(phase: np.ndarray) -> Samples:
    """Return the cosine of a phase in cycles."""
    return np.cos(TURN * (phase - np.rint(phase)).astype(np.float32))


def top(bend: Bend) -> float:
    """Return the largest factor of a pitch curve."""
    return 1.0 if bend is None else float(bend.max(initial=1.0))


def partials(
    draw: Draw, hertz: np.ndarray, amplitudes: np.ndarray, decays: np.ndarray | float = FOREVER, bend: Bend = None
) -> Samples:
    """Sum sines of these frequencies, amplitudes and decay times in seconds, with random phases.

    Partials that would reach the highest frequency are left out; of a moving tone, the weaker ones beyond MOST_MOVING.
    """
    decays = np.broadcast_to(decays, np.shape(hertz))
    phases = draw.details.uniform(0, 1, len(hertz))
    heard = (hertz * top(bend) < draw.highest) & (hertz > 0)
    if not heard.any():  # a pitch too high for this rate
        heard, hertz = np.arange(len(hertz)) == 0, np.full(len(hertz), 0.5 * draw.highest / top(bend))
    chosen = np.flatnonzero(heard)
    if bend is None:
        return _steady(draw, hertz[chosen], amplitudes[chosen], decays[chosen], phases[chosen])
    chosen = chosen[np.argsort(-np.abs(amplitudes[chosen]), kind="stable")[:MOST_MOVING]]
    turns, total = cycles(draw, 1.0, bend), np.zeros(draw.length, np.float32)
    for one in chosen:
        wave = np.float32(amplitudes[one]) * sine(hertz[one] * turns + phases[one])
        total += wave if decays[one] >= FOREVER else wave * np.exp(draw.times * np.float32(-1 / decays[one]))
    return total


def _steady(draw: Draw, hertz: np.ndarray, amplitudes: np.ndarray, decays: np.ndarray, phases: np.ndarray) -> Samples:
    """Sum decaying sines as one product of matrices: each is a power of a complex number, the sample its exponent."""
    step = (2j * np.pi * hertz - 1 / decays) / draw.rate
    blocks = -(-draw.length // BLOCK)
    fine = np.exp(step[:, None] * np.arange(BLOCK))
    coarse = (amplitudes * np.exp(2j * np.pi * phases))[:, None] * np.exp(step[:, None] * (BLOCK * np.arange(blocks)))
    left = np.concatenate([coarse.imag, coarse.real]).astype(np.float32)
    right = np.concatenate([fine.real, fine.imag]).astype(np.float32)
    return (left.T @ right).ravel()[: draw.length]


def pulses(draw: Draw, frequency: float, bend: Bend = None, rolloff: float = 0.998, spacing: float = 1.0) -> Samples:
    """Sum partials at frequency × (1 + k × spacing), each `rolloff` times the one before, in closed form (Moorer 1976).

    A rolloff near 1 gives a train of pulses, a spacing that isn't whole an inharmonic tone.
    """
    turns = cycles(draw, frequency, bend)
    count = int((draw.highest / (frequency * top(bend)) - 1) / spacing)
    if count < 1:
        return sine(turns)
    last = np.float32(rolloff ** (count + 1))
    step = spacing * turns
    rolled = np.float32(rolloff)
    upper = sine(turns) - rolled * sine(turns - step)
    lower = last * (sine(turns + (count + 1) * step) - rolled * sine(turns + count * step))
    half = sine(step / 2)
    squared = (1 - rolloff ** (2 * count + 2)) / (1 - rolloff**2)  # of all amplitudes
    return (upper - lower) / (((1 - rolled) ** 2 + 4 * rolled * half * half) * np.float32(squared**0.5))


def modulated(draw: Draw, frequency: float, ratio: float, index: np.ndarray, bend: Bend = None) -> Samples:
    """Modulate the phase of a sine by another of `ratio` times its frequency (Chowning 1973).

    The index [time], in radians, is limited to what keeps the side bands below the highest frequency.
    """
    carrier, modulator = frequency * top(bend), frequency * ratio * top(bend)
    if carrier >= draw.highest:
        return sine(cycles(draw, 0.5 * draw.highest / top(bend), bend))
    bands = (draw.highest - carrier) / modulator
    largest = max(0.0, 0.75 * bands - 2.5)  # side bands reach a little further than the index
    turns = cycles(draw, frequency, bend)
    swing = np.minimum(index, np.float32(largest)) * sine(ratio * turns)
    return sine(turns + swing / TURN)


def polynomial(draw: Draw, frequency: float, weights: np.ndarray, depth: np.ndarray, bend: Bend = None) -> Samples:
    """Shape a cosine of amplitude `depth` 0..1 [time] by Chebyshev polynomials: at depth 1, weights of the harmonics.

    Weights begin with the fundamental's; harmonics that would reach the highest frequency are left out.
    """
    count = max(1, int(min(len(weights), draw.highest / (frequency * top(bend)))))
    series = np.concatenate([[0.0], weights[:count]]).astype(np.float32)
    return np.polynomial.chebyshev.chebval(depth * cosine(cycles(draw, frequency, bend)), series).astype(np.float32)


def scattered(length: int, starts: np.ndarray, waves: np.ndarray) -> Samples:
    """Add waves [wave, time] to silence, each from its start on; what reaches beyond the end is cut."""
    places = starts[:, None] + np.arange(waves.shape[1])
    return np.bincount(np.minimum(places, length).ravel(), waves.ravel(), length + 1)[:length].astype(np.float32)
