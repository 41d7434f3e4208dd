"""Onsets of a sound and what they tell about it: attack, decay, density and regularity.

Every measure takes an `AudioClip`, uses the mean power of its channels, and does not depend on the overall level.
Measures of onsets can be taken at given onsets (in seconds), so that a sound and a version of it are compared onset by
onset. librosa finds onsets too, but also in steady noise (docs/DECISIONS.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from sda_lib.audio.clip import AudioClip

# Power below which a sound counts as silent, as for `Spectra`.
FLOOR = 1e-10
# Seconds between levels: the resolution of times.
HOP = 0.001
# Hops per level: half a period of 42 Hz; only lower tones ripple by more than 2 dB.
WINDOW = 12
# Range in dB below the loudest level that counts as sound.
RANGE = 40.0
# Rise in dB of an onset over the sound before it: twice the amplitude, more than steady noise and ripple reach.
RISE = 6.0
# Least number of hops between onsets: closer ones are perceived as one. The level before an onset is the mean of that
# many hops: with their minimum, the dips of any drone or rumble would end in onsets.
APART = 50
# Rise of an onset in frames of a model, in log10 of amplitude (6 dB), and number of frames before it that are averaged.
FRAME_RISE, FRAMES_BEFORE = 0.3, 3
# Seconds after an onset that count as its attack, end of the sound that it is compared with, and least length of that.
ATTACK, AFTER, LEAST_AFTER = 0.05, 0.3, 0.03
# Largest and smallest number of hops after a peak to which a line is fitted.
LONGEST_DECAY, LEAST_DECAY = 1000, 60
# Fall in dB of a decay time, and dB below the peak (10 and 90 % of its amplitude) between which an attack rises.
FALL, ATTACK_FROM, ATTACK_TO = 20.0, 20.0, 0.92
# Longest decay time in seconds.
LONGEST_FALL = 20.0
# Range of lags of a pulse in hops: 750 to 60 onsets a minute.
LAGS = (80, 1000)


@dataclass(frozen=True, eq=False)
class _Envelope:
    """Level of a clip over time.

    `level` [hop] is in dB, over WINDOW hops; hop k has samples `edges[k]` to `edges[k + 1]` and is the last of its
    window. `energy` [sample + 1] is the cumulative energy before each sample (sum of squares, mean over the channels),
    `step` the number of samples per hop.
    """

    level: np.ndarray
    edges: np.ndarray
    energy: np.ndarray
    step: float

    @classmethod
    def of(cls, clip: AudioClip) -> _Envelope:
        power = np.square(clip.samples).mean(0)
        energy = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
        # Edges are rounded one by one, so that hops don't drift at any sample rate.
        step = HOP * clip.sample_rate
        edges = np.minimum(np.round(np.arange(int(np.ceil(clip.length / step)) + 1) * step).astype(int), clip.length)
        begins = np.maximum(edges[1:] - round(WINDOW * step), 0)
        return cls(_decibels((energy[edges[1:]] - energy[begins]) / (WINDOW * step)), edges, energy, step)

    @cached_property
    def rise(self) -> np.ndarray:
        """Rise in dB [hop] of the last WINDOW hops over the APART hops before them (as in Allen 1978).

        Before the sound there is silence; levels are floored at RANGE + RISE below the loudest.
        """
        until = np.pad(self.energy[self.edges], (WINDOW + APART, 0))
        before = (until[APART:] - until[:-APART])[1 : 1 + len(self.level)] / (APART * self.step)
        lowest = self.level.max(initial=-np.inf) - RANGE - RISE
        return np.maximum(self.level, lowest) - np.maximum(_decibels(before), lowest)

    @cached_property
    def onsets(self) -> list[int]:
        """Hops of onsets: the first of every run of hops that rise by RISE, at least APART from the onset before."""
        found: list[int] = []
        for hop in np.flatnonzero(_run_starts(self.rise >= RISE)).tolist():
            if not found or hop - found[-1] >= APART:
                found.append(hop)
        return found

    def segments(self, at: Sequence[float] | None) -> Iterator[tuple[int, int]]:
        """Yield the hop of every onset (or of those `at` the given seconds) and the hop at which its sound ends.

        That is WINDOW before the next onset, whose position may be late.
        """
        given = self.onsets if at is None else [round(second / HOP) for second in at]
        inside = [hop for hop in given if hop < len(self.level) - WINDOW]
        for hop, following in pairwise([*inside, len(self.level) + WINDOW]):
            yield hop, max(following - WINDOW, hop + 1)


def _decibels(power: np.ndarray | float) -> np.ndarray:
    return 10 * np.log10(np.maximum(power, FLOOR))


def _mean(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Return the weighted mean; NaN without values."""
    return float(np.average(values, weights=weights)) if values else float("nan")


def _run_starts(above: np.ndarray) -> np.ndarray:
    """Return the first entry of every run of true entries [n], so that a rise over several frames is one onset."""
    return above & ~np.pad(above, (1, 0))[:-1]


def onset_frames(level: np.ndarray) -> np.ndarray:
    """Return the onset frames [onset] of a level [frame] in log10 of amplitude, as decoded from latents.

    An onset rises by FRAME_RISE over the mean of the FRAMES_BEFORE frames before it. The first frame counts unless the
    sound fades in.
    """
    padded = np.concatenate([np.full(FRAMES_BEFORE, level.min(initial=0.0) - FRAME_RISE), level])
    before = np.lib.stride_tricks.sliding_window_view(padded, FRAMES_BEFORE)[: len(level)].mean(1)
    return np.flatnonzero(_run_starts(level - before > FRAME_RISE))


def onset_times(clip: AudioClip) -> np.ndarray:
    """Return the onsets in seconds [onset]: where 12 ms are at least 6 dB above the 50 ms before.

    They are also within 40 dB of the loudest 12 ms. The error is within 1 ms after silence, and up to 12 ms (late)
    during other sound. A clip that begins with sound has an onset there; slower swells and silence have none.
    """
    envelope = _Envelope.of(clip)
    return envelope.edges[envelope.onsets] / clip.sample_rate


def attack(clip: AudioClip, at: Sequence[float] | None = None) -> float:
    """Return the level in dB of the 50 ms after an onset over what follows up to 300 ms, mean over onsets.

    At most 40 dB, since lower levels are inaudible. NaN if no onset is followed by at least 30 ms to compare with
    before the next one.
    """
    envelope, found = _Envelope.of(clip), []
    energy, rate = envelope.energy, clip.sample_rate
    for hop, stop in envelope.segments(at):
        begin = envelope.edges[hop]
        middle, end = begin + round(ATTACK * rate), min(begin + round(AFTER * rate), envelope.edges[stop])
        if end - middle >= LEAST_AFTER * rate:
            first, rest = _decibels(np.diff(energy[[begin, middle, end]]) / (middle - begin, end - middle))
            found.append(min(float(first - rest), RANGE))
    return _mean(found)


def decay(clip: AudioClip, at: Sequence[float] | None = None) -> float:
    """Return the change of level after an onset's peak in dB per second, negative for a decay.

    It is the slope of the least-squares line through the levels until they have fallen by 40 dB, the next onset, or
    1 s; the mean over onsets is weighted by the length of the lines. NaN where none lasts 60 ms: without onsets, and
    for clicks.
    """
    envelope, slopes, lengths = _Envelope.of(clip), [], []
    for hop, stop in envelope.segments(at):
        level = envelope.level[hop:stop]
        gone_at = max(level.max() - RANGE, _decibels(0.0))
        # Skip levels whose window is not yet full.
        level = level[max(int(level.argmax()), WINDOW) :][:LONGEST_DECAY]
        gone = level <= gone_at
        level = level[: int(gone.argmax())] if gone.any() else level
        if len(level) >= LEAST_DECAY:
            time = np.arange(len(level)) - (len(level) - 1) / 2
            slopes.append(float(time @ level / (time @ time)) / HOP)
            lengths.append(len(level))
    return _mean(slopes, lengths)


def attack_time(clip: AudioClip, at: Sequence[float] | None = None) -> float:
    """Return the time in seconds in which onsets rise from 10 to 90 % of their peak's amplitude, geometric mean.

    NaN without onsets.
    """
    envelope, found = _Envelope.of(clip), []
    for hop, stop in envelope.segments(at):
        level = envelope.level[max(0, hop - APART) : stop]
        end = int((level >= level.max() - ATTACK_TO).argmax())
        low = np.flatnonzero(level[: end + 1] < level.max() - ATTACK_FROM)
        found.append(max(1, end - (int(low[-1]) if len(low) else 0)) * HOP)
    return _geometric_mean(found)


def decay_time(clip: AudioClip, at: Sequence[float] | None = None) -> float:
    """Return the time in seconds in which the sound after an onset's peak falls by 20 dB, geometric mean over onsets.

    Where it falls by less before the next onset, the regression line through its levels is continued, to at most
    LONGEST_FALL. NaN without onsets.
    """
    envelope, found = _Envelope.of(clip), []
    for hop, stop in envelope.segments(at):
        level = envelope.level[hop:stop]
        level = level[int(level.argmax()) :]
        high = int(np.flatnonzero(level > level[0] - FALL)[-1]) + 1
        if high < len(level):
            found.append(high * HOP)
        elif len(level) >= LEAST_DECAY:
            slope = float(np.polyfit(np.arange(len(level)) * HOP, level, 1)[0])
            found.append(min(LONGEST_FALL, FALL / max(-slope, FALL / LONGEST_FALL)))
    return _geometric_mean(found)


def _geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean; NaN without values."""
    return float(np.exp(np.mean(np.log(values)))) if values else float("nan")


def density(clip: AudioClip) -> float:
    """Return the number of onsets per second; 0 without any."""
    return len(_Envelope.of(clip).onsets) / clip.seconds if clip.length else 0.0


def pulse(clip: AudioClip) -> float:
    """Return the regularity of onsets, 0..1.

    It is the highest peak of the autocorrelation of the rises in level, over that at lag 0, at lags from 80 ms to 1 s
    (after Scheirer 1998). n equal onsets at equal distances reach (n - 1) / n. 0 for clips shorter than two of the
    shortest lag, or without a peak.
    """
    # Small rises are noise, and the size of larger ones is irrelevant: most often the first is the largest.
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
class OnsetFeature:
    """A descriptor over time: its measure of a clip (or of given onsets), its unit, and a short description."""

    measure: Callable[..., float]
    unit: str
    help: str


# Times by which the names of gestures are checked: the measure, and 1 if it grows with the gesture, else -1.
ONSET_TIMES: dict[str, tuple[Callable[..., float], int]] = {"attack": (attack_time, -1), "decay": (decay_time, 1)}

ONSET_FEATURES = {
    "attack": OnsetFeature(attack, "dB", "how much louder an onset is than what follows it"),
    "decay": OnsetFeature(decay, "dB/s", "how fast the sound decays after an onset"),
    "density": OnsetFeature(density, "1/s", "how many onsets there are"),
    "pulse": OnsetFeature(pulse, "", "how regular the onsets are"),
}
