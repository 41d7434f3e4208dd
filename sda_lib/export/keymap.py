"""Key maps: which keys and velocities of a keyboard play which sound."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sda_lib.analysis.pitch import Pitch
from sda_lib.errors import SdaError

KEYS, VELOCITIES = 128, 127
# Default first key for sounds without a pitch; drum maps usually begin there.
FIRST_KEY = 36
# Keys by which the outermost tones extend if there are sounds without a pitch, which need keys too.
OUTER_KEYS = 12


@dataclass(frozen=True)
class SoundFacts:
    """What determines the keys of a sound: its pitch, and its loudness in LUFS."""

    pitch: Pitch
    loudness: float


@dataclass(frozen=True)
class KeyRange:
    """Keys low..high and velocities softest..hardest that play a sound, all inclusive.

    `root` is the key that plays the sound at its recorded pitch, tuned by `tune` cents.
    """

    root: int
    low: int
    high: int
    tune: int = 0
    softest: int = 1
    hardest: int = VELOCITIES


def chromatic(sounds: Sequence[SoundFacts], start: int = FIRST_KEY) -> list[KeyRange]:
    """Return one key for each sound, in order from `start`. Raises SdaError when there are too few keys."""
    if not 0 <= start <= KEYS - len(sounds):
        raise SdaError(f"{len(sounds)} sounds from key {start} on exceed key {KEYS - 1}; start lower or use fewer.")
    return [KeyRange(start + index, start + index, start + index) for index in range(len(sounds))]


def by_pitch(sounds: Sequence[SoundFacts], start: int = FIRST_KEY) -> list[KeyRange]:
    """Map tones to the keys of their pitches, each up to half-way to the next one.

    Tones of one key share its velocities, louder tones at higher ones. A sound without a clear pitch gets one key
    outside the tones' ranges, from `start` upwards, then below it. Raises SdaError when there are too few keys.
    """
    roots = [_root(sound) for sound in sounds]
    others = [index for index, root in enumerate(roots) if root is None]
    ranges = _ranges(sorted({root for root in roots if root is not None}), OUTER_KEYS if others else KEYS)
    keys: dict[int, KeyRange] = {}
    for root, (low, high) in ranges.items():
        same = sorted((index for index, one in enumerate(roots) if one == root), key=lambda i: sounds[i].loudness)
        for index, (softest, hardest) in zip(same, _layers(len(same)), strict=True):
            tune = round(100 * (root - sounds[index].pitch.note))
            keys[index] = KeyRange(root, low, high, tune, softest, hardest)
    for index, key in zip(others, _free(len(others), ranges.values(), start), strict=True):
        keys[index] = KeyRange(key, key, key)
    return [keys[index] for index in range(len(sounds))]


def _root(sound: SoundFacts) -> int | None:
    """Return the key nearest to a sound's pitch; None for a sound without one."""
    if not sound.pitch.is_tone:
        return None
    root = round(sound.pitch.note)
    return root if 0 <= root < KEYS else None


def _ranges(roots: Sequence[int], stretch: int) -> dict[int, tuple[int, int]]:
    """Return the lowest and highest key of every root; a middle key between two belongs to the lower one."""
    found = {}
    for place, root in enumerate(roots):
        low = max(0, root - stretch) if place == 0 else (roots[place - 1] + root) // 2 + 1
        high = min(KEYS - 1, root + stretch) if place == len(roots) - 1 else (root + roots[place + 1]) // 2
        found[root] = (low, high)
    return found


def _layers(count: int) -> list[tuple[int, int]]:
    """Return equally wide velocity ranges for this number of layers.

    Raises SdaError when there are more layers than velocities.
    """
    if count > VELOCITIES:
        raise SdaError(f"{count} sounds have the same pitch, but there are {VELOCITIES} velocities; use fewer sounds.")
    edges = [round(VELOCITIES * layer / count) for layer in range(count + 1)]
    return [(edges[layer] + 1, edges[layer + 1]) for layer in range(count)]


def _free(count: int, taken: Collection[tuple[int, int]], start: int) -> list[int]:
    """Return `count` keys outside of the ranges `taken`, from `start` upwards and then downwards.

    Raises SdaError for an invalid `start`, and when there are too few keys.
    """
    if not 0 <= start < KEYS:
        raise SdaError(f"The first key must be from 0 to {KEYS - 1}, not {start}; choose another one.")
    order = [*range(start, KEYS), *range(start - 1, -1, -1)]
    free = [key for key in order if not any(low <= key <= high for low, high in taken)]
    if len(free) < count:
        raise SdaError(f"The tones leave {len(free)} keys for {count} sounds without pitch; map them chromatically.")
    return free[:count]


MAPS = {"pitch": by_pitch, "chromatic": chromatic}
