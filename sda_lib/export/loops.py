"""Loops: search loop points, and crossfade sounds into seamless loops (`loop_quality.py` measures the seam).

A sustain loop is searched in two steps: pairs of positions with similar spectra, then the exact samples at which the
waves correlate best. A crossfade before the loop's end leads to the sound before its beginning, so that the wave
continues there as recorded.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import Loop
from sda_lib.distances import squared_distances
from sda_lib.errors import SdaError
from sda_lib.export.loop_quality import QUIET, name_of, period_of

# Shortest loop, and the crossfade before its end, in seconds.
SHORTEST, FADE = 0.2, 0.05
# Samples per spectrum and between spectra, and the largest number of positions compared.
WINDOW, STEP, PLACES = 2048, 512, 1000
# Spectra before and after a position that are compared too.
AROUND = 2
# Number of pairs of positions refined to the sample.
TRIED = 24
# Bonus per doubling of the loop's length, and penalty per dB below the loudest position, in units of dissimilarity
# 0..1.
LENGTH_BONUS, QUIET_MALUS = 0.03, 0.01
# dB below the loudest position at which no loop begins or ends.
DEEPEST = 40.0
# Frequency whose half period is the range in which the end is moved to correlate best.
LOWEST_HZ = 40.0


def with_sustain_loop(
    clip: AudioClip, shortest: float = SHORTEST, fade_seconds: float = FADE
) -> tuple[AudioClip, Loop]:
    """Return the clip with its best sustain loop, crossfaded before its end, and the loop.

    Raises SdaError for clips that are too short or silent.
    """
    loop = loop_points(clip, shortest, fade_seconds)
    return crossfade_loop(clip, loop, fade_seconds), loop


def loop_points(clip: AudioClip, shortest: float = SHORTEST, fade_seconds: float = FADE) -> Loop:
    """Return the best loop of at least `shortest` seconds, with room for a crossfade before its beginning.

    Longer and louder loops are preferred. Raises SdaError for clips that are too short or silent, and for an invalid
    fade.
    """
    if not (np.isfinite(shortest) and np.isfinite(fade_seconds) and 0 < fade_seconds <= shortest):
        raise SdaError("The fade of a loop must be longer than 0 s and at most as long as the shortest loop.")
    _check_sounds(clip)
    rate = clip.sample_rate
    fade, least, margin = round(fade_seconds * rate), round(shortest * rate), WINDOW // 2 + _wander(rate)
    needed = (fade + least + 2 * margin) / rate
    if clip.seconds < needed:
        raise SdaError(f"A loop needs {needed:.2f} s, but {name_of(clip)} has {clip.seconds:.2f} s; shorten the loop.")
    found = [
        _refined(clip, first, end, max(fade, margin), least, cost)
        for first, end, cost in _candidates(clip, max(fade, margin), margin, least)
    ]
    return max(found, key=lambda one: one[0])[1]


def crossfade_loop(clip: AudioClip, loop: Loop, fade_seconds: float = FADE) -> AudioClip:
    """Crossfade the loop's end into the sound before its beginning, so that its seam is continuous.

    The fade is at most as long as the loop, and as the sound before it. Raises SdaError for a loop outside the clip.
    """
    period = period_of(clip, loop)
    fade = min(round(fade_seconds * clip.sample_rate), loop.first, period)
    if fade < 1:
        return clip
    end = loop.last + 1
    mixed = _mixed(clip.samples[:, end - fade : end], clip.samples[:, loop.first - fade : loop.first])
    return clip.spliced(replace(clip, samples=mixed), end - fade)


def seamless(clip: AudioClip, fade_seconds: float = FADE) -> AudioClip:
    """Return the whole clip as a loop: its end is crossfaded into its beginning, which shortens it by the fade.

    Raises SdaError for silence, and for a fade longer than half of the clip.
    """
    _check_sounds(clip)
    fade = round(fade_seconds * clip.sample_rate) if np.isfinite(fade_seconds) else 0
    if not 1 <= fade <= clip.length // 2:
        raise SdaError(
            f"The fade of a loop must be above 0 and at most {clip.seconds / 2:.2f} s long, not {fade_seconds:g}."
        )
    beginning = _mixed(clip.samples[:, -fade:], clip.samples[:, :fade])
    # The faded end precedes the first sample that is kept unchanged, so the wave continues at the seam
    return replace(clip, samples=np.concatenate([beginning, clip.samples[:, fade:-fade]], axis=1))


# --- crossfades


def _mixed(out: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Crossfade one sound into another [channel, time] at constant power.

    The fade is linear for equal sounds, of equal power for uncorrelated ones, and between these by their correlation
    (Fink, Holters & Zoelzer, "Signal-matched power-complementary cross-fading and dry-wet mixing", 2016).
    """
    share = np.sin(0.5 * np.pi * np.arange(1, out.shape[1] + 1) / out.shape[1]) ** 2
    alike = min(max(_correlation(out, into), 0.0), 1.0)
    power = np.sqrt((1 - share) ** 2 + share**2 + 2 * alike * share * (1 - share))
    return ((1 - share) * out + share * into) / power


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    size = np.sqrt(np.square(one, dtype=np.float64).sum() * np.square(other, dtype=np.float64).sum())
    return float((one.astype(np.float64) * other).sum() / size) if size > 0 else 0.0


# --- the search


def _candidates(clip: AudioClip, first: int, last: int, least: int) -> list[tuple[int, int, float]]:
    """Return the best pairs (beginning, end, cost) of positions, without pairs next to a better one."""
    step = max(STEP, -(-clip.length // PLACES))
    places = np.arange(first, clip.length - last, step)
    shapes, level = _spectra(clip, places)
    unlike = np.sqrt(squared_distances(shapes, shapes))
    length = places[None] - places[:, None]
    bonus = LENGTH_BONUS * np.log2(np.maximum(length, 1) / least)
    down = level.max() - level
    quiet = np.maximum(down[:, None], down[None])
    cost = np.where((length < least) | (quiet > DEEPEST), np.inf, unlike - bonus + QUIET_MALUS * quiet)
    if not np.isfinite(cost).any():  # only one position is loud enough: ignore levels
        cost = np.where(length >= least, unlike, np.inf)
    if not np.isfinite(cost).any():
        return [(int(places[0]), int(places[0]) + least, 0.0)]
    found: list[tuple[int, int]] = []
    for place in np.argsort(cost, axis=None)[: 40 * TRIED]:
        row, column = divmod(int(place), len(places))
        if not np.isfinite(cost[row, column]):
            break
        if all(abs(row - one) > 1 or abs(column - other) > 1 for one, other in found):
            found.append((row, column))
        if len(found) == TRIED:
            break
    return [(int(places[one]), int(places[other]), float(cost[one, other])) for one, other in found]


def _spectra(clip: AudioClip, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the spectra and levels around positions.

    Spectra are roots of magnitudes in bands, scaled by level [place, n], with sums of squares up to about 1; levels are
    in dB [place].
    """
    reach = WINDOW // 2 + AROUND * STEP
    padded = np.pad(clip.samples, ((0, 0), (reach, reach)))
    window, edges = np.hanning(WINDOW), np.unique(np.geomspace(2, WINDOW // 2, 48).astype(int))
    parts = []
    for by in range(-AROUND, AROUND + 1):
        begins = places + by * STEP + reach - WINDOW // 2
        frames = np.stack([padded[:, begin : begin + WINDOW] for begin in begins])
        power = np.square(np.abs(np.fft.rfft(frames * window))).mean(1)
        parts.append(np.add.reduceat(power, edges[:-1], axis=1))
    powers = np.stack(parts, 1) + 1e-12
    level = 10 * np.log10(powers[:, AROUND].sum(1))
    shapes = powers.reshape(len(places), -1) ** 0.25
    return shapes / np.sqrt(np.square(shapes).sum(1).max()), level


def _refined(clip: AudioClip, first: int, end: int, lowest: int, least: int, cost: float) -> tuple[float, Loop]:
    """Return the score of a loop between two positions, and the exact loop.

    The end is moved to where it correlates best with the beginning, then both together to where the wave rises through
    zero and continues most smoothly.
    """
    reach, wander = WINDOW // 2, _wander(clip.sample_rate)
    template = clip.samples[:, first - reach : first + reach].astype(np.float64)
    low, high = max(end - wander, first + least, reach), min(end + wander, clip.length - reach)
    if high < low:
        low = high = min(max(end, reach), clip.length - reach)
    around = clip.samples[:, low - reach : high + reach].astype(np.float64)
    match = sum(scipy.signal.fftconvolve(one, own[::-1], "valid") for one, own in zip(around, template, strict=True))
    sums = np.cumsum(np.pad(np.square(around).sum(0), (1, 0)))
    power = (sums[2 * reach :] - sums[: -2 * reach]) * np.square(template).sum()
    alike = match / np.sqrt(np.maximum(power, 1e-18))
    best = int(alike.argmax())
    first, end = _at_zero(clip, first, low + best, lowest)
    return float(alike[best]) - cost, Loop(first, end - 1)


def _at_zero(clip: AudioClip, first: int, end: int, lowest: int) -> tuple[int, int]:
    """Move both points by the same amount to where the mix rises through zero and value and slope differ least."""
    low, high = max(lowest - first, -STEP), min(clip.length - 1 - end, STEP)
    if high <= low:
        return first, end
    by = np.arange(low, high)
    mix = clip.samples[:, first + low - 1 : first + high].sum(0)
    rises = (mix[:-1] < 0) & (mix[1:] >= 0)
    if rises.any():
        by = by[rises]
    gap = np.abs(clip.samples[:, first + by] - clip.samples[:, end + by]).sum(0)
    before = np.abs(clip.samples[:, first + by - 1] - clip.samples[:, end + by - 1]).sum(0)
    best = int(by[(gap + before).argmin()])
    return first + best, end + best


def _wander(rate: int) -> int:
    return max(STEP // 2, round(rate / LOWEST_HZ / 2))


def _check_sounds(clip: AudioClip) -> None:
    if clip.peak < QUIET:
        raise SdaError(f"A loop needs sound, but {name_of(clip)} is silent; choose another one.")
