"""Tell events from textures by the level of a recording.

A recording is cut into *parts* that sound, separated by quiet. An *event* is a part that is complete: a hit, a note, a
word or a call. A *texture* goes on: rain, a held chord, music. A part is an event if

- it ends in quiet and lasts at most EVENT_SECONDS: it began, and it is over;
- or it dies away: half of its energy is in its first EARLY, nearly all of it in its first LATE;
- or it is short (SHORT_SECONDS) and shaped: it begins with an attack, contains an onset, or ends louder or quieter
  than it began. This holds for notes and beats that are cut off while they sound, but not for a second of rain;
- or it is too short (INSTANT_SECONDS) to be anything else.

Quiet of less than GAP_SECONDS belongs to what sounds, and a recording that is an event as a whole is not cut into
parts. A recording is what most of its sounding time is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Longest event with a quiet end, shortest pause between two parts, and longest part that is an event by its shape.
EVENT_SECONDS, GAP_SECONDS, SHORT_SECONDS = 4.0, 0.2, 2.5
# Longest part that is an event in any case.
INSTANT_SECONDS = 0.5
# Longest part that is an event because it dies away.
LONGEST_SECONDS = 30.0
# Shares of its duration after which a part that dies away has half and nearly all (ALL) of its energy.
EARLY, LATE, ALL = 0.25, 0.6, 0.95
# Level in dB below a part's loudest moment from which on its end is quiet.
QUIET_END = -26.0
# Level in dB below which nothing sounds; range in dB below the loudest moment that may sound; distance in dB from the
# background that sounds.
SILENCE, RANGE, ABOVE_FLOOR = -85.0, 60.0, 6.0
# dB above the limit of quiet that a part reaches, unlike a decay that flickers around it.
ABOVE_QUIET = 6.0
# Quantile of a recording's levels that is its background, if it has one.
FLOOR_QUANTILE = 0.1
# Quiet that changes by more dB than this from its first half to its second is a fade and belongs to the sound.
FADE = 3.0
# Level in dB of a beginning below the loudest moment, and rise in dB within RISE_SECONDS, that are an attack.
ATTACK, RISE, RISE_SECONDS = -20.0, 9.0, 0.03
# Difference in dB between the first and the last quarter of a short part with a shape.
SLOPE = 6.0
# Seconds over which levels are averaged; less for onsets.
SMOOTH_SECONDS, ONSET_SECONDS = 0.04, 0.01


@dataclass(frozen=True)
class SoundingPart:
    """A sounding part of a recording: blocks `first` to `end`, whether it is an event, and whether it ends in quiet."""

    first: int
    end: int
    event: bool
    fades: bool


def sounding_parts(level: np.ndarray, rate: float, ended: bool = False) -> list[SoundingPart]:
    """Return the parts of a recording that sound; none for silence.

    `level` [block] is in dB, in blocks of a few milliseconds; `rate` is in blocks per second.
    `ended`: whether silence follows.
    """
    smooth = smoothed(level, rate)
    if not len(level) or smooth.max() <= SILENCE:
        return []
    quiet = threshold(smooth)
    begins, ends = _runs(np.flatnonzero(smooth > quiet), round(GAP_SECONDS * rate))
    audible = np.maximum.reduceat(smooth, begins) > min(quiet + ABOVE_QUIET, smooth.max() - 1)
    begins, ends = begins[audible], ends[audible]
    begins[0], ends[-1] = _with_edges(smooth, int(begins[0]), int(ends[-1]), round(GAP_SECONDS * rate))
    whole = _part(level, smooth, int(begins[0]), int(ends[-1]), rate, ended)
    short = whole.end - whole.first <= EVENT_SECONDS * rate
    if len(begins) == 1 or (short and whole.event):
        return [whole]
    pairs = zip(begins.tolist(), ends.tolist(), strict=True)
    return [_part(level, smooth, first, end, rate, ended) for first, end in pairs]


def is_event(parts: list[SoundingPart]) -> bool:
    """Return whether a recording of these parts is an event or a row of events: most of what sounds in it is."""
    seconds = np.array([part.end - part.first for part in parts])
    return bool(2 * seconds[[part.event for part in parts]].sum() > seconds.sum())


def threshold(smooth: np.ndarray) -> float:
    """Return the level in dB above which a recording with smoothed levels [block] sounds.

    It lies just above the background, within RANGE of the loudest moment, and is quiet compared with that.
    """
    peak, floor = float(smooth.max()), float(np.quantile(smooth, FLOOR_QUANTILE))
    return max(SILENCE, min(max(floor + ABOVE_FLOOR, peak - RANGE), peak + QUIET_END))


def smoothed(level: np.ndarray, rate: float, seconds: float = SMOOTH_SECONDS) -> np.ndarray:
    """Return levels [block] in dB, averaged as power over some `seconds` around each block."""
    reach = max(0, round(seconds * rate / 2))
    power = np.concatenate([[0.0], np.cumsum(10 ** (level / 10))])
    here = np.arange(len(level))
    first, end = np.maximum(here - reach, 0), np.minimum(here + reach + 1, len(level))
    return 10 * np.log10(np.maximum((power[end] - power[first]) / (end - first), 1e-10))


def _runs(places: np.ndarray, gap: int) -> tuple[np.ndarray, np.ndarray]:
    """Return first and end of the runs of ascending places, where less than `gap` between two places is no break."""
    breaks = np.flatnonzero(np.diff(places) > max(1, gap))
    return places[np.append(0, breaks + 1)], places[np.append(breaks, len(places) - 1)] + 1


def _with_edges(smooth: np.ndarray, first: int, end: int, most: int) -> tuple[int, int]:
    """Return first and end of what sounds, extended over fades at the recording's ends and over quiet up to `most`."""
    if first <= most or _changes(smooth[:first]) > FADE:
        first = 0
    if len(smooth) - end <= most or _changes(smooth[end:][::-1]) > FADE:
        end = len(smooth)
    return first, end


def _changes(smooth: np.ndarray) -> float:
    """Return by how many dB the second half of levels [block] is above the first."""
    half = len(smooth) // 2
    return float(np.median(smooth[half:]) - np.median(smooth[:half])) if half else 0.0


def _part(level: np.ndarray, smooth: np.ndarray, first: int, end: int, rate: float, ended: bool) -> SoundingPart:
    """Return the part between two blocks; `ended`: whether silence follows the last one."""
    own = smooth[first:end]
    fades = bool(own[-max(1, round(SMOOTH_SECONDS * rate / 2)) :].max() - own.max() <= QUIET_END)
    fades = fades or ended or end < len(smooth)
    seconds = len(own) / rate
    event = (fades and seconds <= EVENT_SECONDS) or (seconds <= LONGEST_SECONDS and dies_away(own))
    event = event or (seconds <= SHORT_SECONDS and has_shape(level[first:end], rate)) or seconds <= INSTANT_SECONDS
    return SoundingPart(first, end, event, fades)


def dies_away(smooth: np.ndarray) -> bool:
    """Return whether most of the energy of levels [block] comes early, as in a note of a piano."""
    energy = np.cumsum(10 ** (smooth / 10))
    half, nearly = np.searchsorted(energy, energy[-1] * np.array([0.5, ALL])) / len(smooth)
    return bool(half <= EARLY and nearly <= LATE)


def has_shape(level: np.ndarray, rate: float) -> bool:
    """Return whether a short part begins with an attack, contains an onset, or ends louder or quieter than it began.

    `level` [block] is in dB.
    """
    smooth, lag, quarter = smoothed(level, rate, ONSET_SECONDS), round(RISE_SECONDS * rate), max(1, len(level) // 4)
    attack = level[0] - smooth.max() <= ATTACK
    onset = len(level) > lag and (smooth[lag:] - np.maximum(smooth[:-lag], smooth.max() - RANGE)).max() >= RISE
    power = 10 ** (level / 10)
    slope = 10 * np.log10((power[-quarter:].mean() + 1e-10) / (power[:quarter].mean() + 1e-10))
    return bool(attack or onset or abs(slope) >= SLOPE)
