"""Descriptors of a sound through time: where it strikes, how it goes on from there, how often, and how regularly.

Every measure takes an `AudioClip`, looks at the mean power of its channels, and gives one number (`onsets`: several)
that doesn't depend on how loud the sound is as a whole. What is measured of onsets can be measured at given ones
(seconds), so that a sound and another made of it are compared stroke by stroke. librosa finds
onsets too, but also in steady noise (docs/DECISIONS.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from sda_lib.audio.clip import AudioClip

FLOOR = 1e-10
"""Power below which nothing is heard, as for `Spectra`."""
HOP = 0.001
"""Seconds from level to level: how finely times are told."""
WINDOW = 12
"""Hops of which a level is the power: half a period of 42 Hz, and only lower tones ripple by more than 2 dB."""
RANGE = 40.0
"""dB under the loudest level down to which something sounds."""
RISE = 6.0
"""dB of an onset over what was before: twice the amplitude, which steady noise and ripple don't reach by themselves."""
APART = 50
"""Hops between onsets at least: closer strokes are heard as one. What was before is the mean of so many: over the
lowest of them, the dips of any drone or rumble would end in onsets."""
STROKE, AFTER, LEAST_AFTER = 0.05, 0.3, 0.03
"""Seconds after an onset that are its stroke, up to which there is something to compare it with, and least of that."""
LOW, HIGH = 0.1, 0.9
"""Shares of the peak between which the amplitude rises in the attack time."""
LONGEST_DECAY, LEAST_DECAY = 1000, 60
"""Hops from a peak on along which a line is laid: at most, and at least."""
FRAME = 0.02
"""Seconds that sound or don't."""
LAGS = (80, 1000)
"""Hops between the strokes of a pulse: 750 to 60 strokes a minute."""


@dataclass(frozen=True, eq=False)
class _Envelope:
    """`level` [hop] is the dB of WINDOW hops; hop k is of samples `edges[k]` to `edges[k + 1]`, the last of its window.
    `energy` [sample + 1] is that of everything before a sample, `step` the samples of a hop."""

    level: np.ndarray
    edges: np.ndarray
    energy: np.ndarray
    step: float

    @classmethod
    def of(cls, clip: AudioClip) -> _Envelope:
        energy = _energy(clip)
        # Rounded one by one, hops keep time at every sample rate.
        step = HOP * clip.sample_rate
        edges = np.minimum(np.round(np.arange(int(np.ceil(clip.length / step)) + 1) * step).astype(int), clip.length)
        begins = np.maximum(edges[1:] - round(WINDOW * step), 0)
        return cls(_decibels((energy[edges[1:]] - energy[begins]) / (WINDOW * step)), edges, energy, step)

    @cached_property
    def rise(self) -> np.ndarray:
        """dB [hop] of the last WINDOW hops over the APART hops before them (as in Allen 1978). Before a sound it was
        silent, and what is out of RANGE is only so far out of it that a rise by RISE ends inside."""
        until = np.pad(self.energy[self.edges], (WINDOW + APART, 0))
        before = (until[APART:] - until[:-APART])[1 : 1 + len(self.level)] / (APART * self.step)
        lowest = self.level.max(initial=-np.inf) - RANGE - RISE
        return np.maximum(self.level, lowest) - np.maximum(_decibels(before), lowest)

    @cached_property
    def onsets(self) -> list[int]:
        """Hops in which something begins: the first of every run of them that rise."""
        above = self.rise >= RISE
        found: list[int] = []
        for hop in np.flatnonzero(above & ~np.pad(above, (1, 0))[:-1]).tolist():
            if not found or hop - found[-1] >= APART:
                found.append(hop)
        return found

    def strokes(self, at: Sequence[float] | None) -> Iterator[tuple[int, int]]:
        """Every onset (or those `at` so many seconds) and the hop by which its sound has ended: WINDOW before the next
        onset, which may be late."""
        given = self.onsets if at is None else [round(second / HOP) for second in at]
        inside = [hop for hop in given if hop < len(self.level) - WINDOW]
        for hop, following in pairwise([*inside, len(self.level) + WINDOW]):
            yield hop, max(following - WINDOW, hop + 1)


def _energy(clip: AudioClip) -> np.ndarray:
    """Sum of the squares of all samples before, mean over the channels [sample + 1]."""
    return np.concatenate([[0.0], np.cumsum(np.square(clip.samples).mean(0), dtype=np.float64)])


def _decibels(power: np.ndarray | float) -> np.ndarray:
    return 10 * np.log10(np.maximum(power, FLOOR))


def _mean(values: list[float], weights: list[float] | None = None) -> float:
    """NaN where there is nothing."""
    return float(np.average(values, weights=weights)) if values else float("nan")


def onsets(clip: AudioClip) -> np.ndarray:
    """Seconds [onset] at which 12 ms are 6 dB or more over the 50 ms before, and within 40 dB of the loudest 12 ms.

    Told within 1 ms after silence, and up to 12 ms late where something still sounds. What begins with the clip is
    an onset, what swells more slowly isn't, and silence has none."""
    envelope = _Envelope.of(clip)
    return envelope.edges[envelope.onsets] / clip.sample_rate


def attack(clip: AudioClip, at: Sequence[float] | None = None) -> float:
    """dB of the 50 ms after an onset over what follows up to 300 ms, mean over onsets: how much a stroke stands out.

    At most 40 dB, since nobody hears what is further down. NaN where no onset is followed by 30 ms of sound or pause
    before the next one."""
    envelope, found = _Envelope.of(clip), []
    energy, rate = envelope.energy, clip.sample_rate
    for hop, stop in envelope.strokes(at):
        begin = envelope.edges[hop]
        middle, end = begin + round(STROKE * rate), min(begin + round(AFTER * rate), envelope.edges[stop])
        if end - middle >= LEAST_AFTER * rate:
            stroke, rest = np.diff(energy[[begin, middle, end]]) / (middle - begin, end - middle)
            found.append(min(float(_decibels(stroke) - _decibels(rest)), RANGE))
    return _mean(found)


def log_attack_time(clip: AudioClip, at: Sequence[float] | None = None) -> float:
    """log10 of the seconds in which the amplitude rises from 10 % to 90 % of its peak (Peeters 2004), mean over onsets.

    Amplitudes are those of 12 ms: what rises faster reads about -2, and a click -3. NaN without onsets."""
    envelope, found = _Envelope.of(clip), []
    for hop, stop in envelope.strokes(at):
        level = envelope.level[hop:stop]
        low, high = (int((level >= level.max() + 20 * np.log10(share)).argmax()) for share in (LOW, HIGH))
        found.append(float(np.log10(max(high - low, 1) * HOP)))
    return _mean(found)


def decay(clip: AudioClip, at: Sequence[float] | None = None) -> float:
    """dB per second by which the level changes after an onset's peak, negative where it dies away.

    Slope of the least-squares line through the levels until they have fallen by 40 dB, the next onset, or 1 s; mean
    over onsets by the seconds of the lines. NaN where none lasts 60 ms: without onsets, and for clicks."""
    envelope, slopes, lengths = _Envelope.of(clip), [], []
    for hop, stop in envelope.strokes(at):
        level = envelope.level[hop:stop]
        gone_at = max(level.max() - RANGE, _decibels(0.0))
        # Until its window is full, a level says how much of it is.
        level = level[max(int(level.argmax()), WINDOW) :][:LONGEST_DECAY]
        gone = level <= gone_at
        level = level[: int(gone.argmax())] if gone.any() else level
        if len(level) >= LEAST_DECAY:
            time = np.arange(len(level)) - (len(level) - 1) / 2
            slopes.append(float(time @ level / (time @ time)) / HOP)
            lengths.append(len(level))
    return _mean(slopes, lengths)


def density(clip: AudioClip) -> float:
    """Onsets per second; 0 without any."""
    return len(_Envelope.of(clip).onsets) / clip.seconds if clip.length else 0.0


def active_share(clip: AudioClip) -> float:
    """Share of the 20 ms frames that are within 40 dB of the loudest one, 0..1; 0 for silence."""
    step = FRAME * clip.sample_rate
    edges = np.minimum(np.round(np.arange(int(np.ceil(clip.length / step)) + 1) * step).astype(int), clip.length)
    level = _decibels(np.diff(_energy(clip)[edges]) / np.maximum(np.diff(edges), 1))
    sounds = (level > _decibels(0.0)) & (level >= level.max(initial=-np.inf) - RANGE)
    return float(sounds.mean()) if len(sounds) else 0.0


def pulse(clip: AudioClip) -> float:
    """How regularly it strikes, 0..1: highest peak of the autocorrelation of the rises in level, over that at lag 0,
    at lags from 80 ms to 1 s (after Scheirer 1998).

    n equal strokes at equal distances reach (n - 1) / n. 0 for what has no room for two of the lag, or no peak."""
    # Small rises are noise, and how far beyond an onset a rise goes says nothing: most often the first is the largest.
    rise = np.clip(_Envelope.of(clip).rise, RISE / 2, 2 * RISE)
    first, last = LAGS[0], min(LAGS[1], len(rise) // 2)
    if last < first or np.ptp(rise) == 0:
        return 0.0
    spectrum = np.fft.rfft(rise - rise.mean(), 2 * len(rise))
    correlation = np.fft.irfft(np.square(np.abs(spectrum)))
    before, here, after = (correlation[first + by : last + 1 + by] for by in (-1, 0, 1))
    peaks = here[(here > before) & (here >= after)]
    return float(np.clip(peaks.max(initial=0.0) / correlation[0], 0, 1))


@dataclass(frozen=True)
class Event:
    """A descriptor through time: its measure of a whole clip, its unit, and what it says in plain words."""

    measure: Callable[[AudioClip], float]
    unit: str
    help: str


EVENTS = {
    "attack": Event(attack, "dB", "how much its strokes stand out of what follows them"),
    "decay": Event(decay, "dB/s", "how fast it dies away after a stroke"),
    "density": Event(density, "1/s", "how often something begins"),
    "pulse": Event(pulse, "", "how regularly it strikes"),
}
