"""Realism as ratios: how a decoded sound's texture, attacks and partials compare with the recording's.

A mel distance rewards the smooth average of what could have been there; these measures see the smoothness. All are
taken from the mono mixes at 44.1 kHz, the shorter sound padded with silence. A ratio is estimate / reference, ideal 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.losses import METRIC_RATE

FLOOR = 1e-5
"""Magnitudes below this are silence, as in the mel distance."""

ENVELOPE = round(0.0015 * METRIC_RATE)
"""Samples of the RMS envelope whose rise is an attack."""
ONSET_BLOCK, ONSET_RISE_DB, ONSET_RANGE_DB = round(0.005 * METRIC_RATE), 9.0, 40.0
"""An onset: the level rises this much from one 20 ms to the next, to within this much of the loudest 20 ms."""
ONSET_GAP, ONSET_NEAR = 0.05, 0.02
"""Seconds between onsets at least, and around an onset within which its steepest rise is looked for."""

PARTIAL_WINDOW, PARTIAL_STEP = 2048, 512
PARTIALS, PARTIAL_RANGE_DB, PARTIAL_HEIGHT_DB = 8, 40.0, 15.0
"""How many partials are followed at most, how far below the strongest, how far above the spectrum around them."""
TREND_FRAMES = 9
"""Frames (104 ms) whose running median is the slow trend of a partial's level."""
SUSTAIN_AFTER, SUSTAIN_DB, SUSTAIN_AT_LEAST = 0.1, 30.0, 0.25
"""Seconds after the loudest frame at which the sustained part begins, the fall in level at which it ends, and the
seconds below which it is too short to be measured."""


@dataclass(frozen=True)
class Ratios:
    """Estimate / reference, without unit; below 1 is smoother than the recording. `onset` is NaN without an onset.

    `flux`: mean |change of log10 magnitude from spectrum to spectrum|, window 512, step 128: texture in time.
    `roughness`: mean |change of log10 magnitude from bin to bin|, window 2048, step 512: texture in frequency.
    `onset`: steepest rise of the 1.5 ms RMS envelope (linear amplitude per 1.5 ms) near the reference's onsets, mean.
    `crest`: peak over RMS.
    """

    flux: float
    roughness: float
    onset: float
    crest: float

    @classmethod
    def mean(cls, many: Iterable[Ratios]) -> Ratios:
        """Mean of every ratio over those of the sounds that have it."""
        columns = zip(*(astuple(one) for one in many), strict=True)
        known = [[value for value in column if not math.isnan(value)] for column in columns]
        return cls(*(sum(values) / len(values) if values else math.nan for values in known))


def ratios(reference: AudioClip, estimate: AudioClip) -> Ratios:
    """All ratios of a pair of sounds."""
    pair = _mono_pair(reference, estimate)
    places = onsets(pair[0])
    measures = (flux, roughness, lambda signal: attack(signal, places), crest)
    return Ratios(*(_ratio(measure(pair[0]), measure(pair[1])) for measure in measures))


def flux(signal: Tensor) -> float:
    """Mean absolute change of log10 magnitudes over one step of 128 samples, window 512."""
    return float(_log_spectra(signal, 512, 128).diff(dim=1).abs().mean())


def roughness(signal: Tensor) -> float:
    """Mean absolute change of log10 magnitudes over one bin, window 2048, step 512."""
    return float(_log_spectra(signal, 2048, 512).diff(dim=0).abs().mean())


def crest(signal: Tensor) -> float:
    """Peak over RMS, linear."""
    return float(signal.abs().max() / signal.square().mean().sqrt().clamp_min(1e-12))


def mono(clip: AudioClip) -> Tensor:
    """The mono mix at METRIC_RATE, as the measures of signals take it."""
    return torch.tensor(clip.with_channels(1).resampled(METRIC_RATE).samples[0])


def onsets(signal: Tensor) -> list[int]:
    """Samples at which the level rises by ONSET_RISE_DB or more within 20 ms, steepest first within ONSET_GAP."""
    power = F.pad(signal, (8 * ONSET_BLOCK, 8 * ONSET_BLOCK)).unfold(0, 4 * ONSET_BLOCK, ONSET_BLOCK).square().mean(1)
    level = 10 * power.clamp_min(1e-12).log10()
    before, after = level[:-4], level[4:]
    loud = (after > level.max() - ONSET_RANGE_DB) & (level.max() > -90)
    rise = (after - before.clamp_min(float(level.max()) - 2 * ONSET_RANGE_DB)).masked_fill(~loud, 0.0)
    found: list[int] = []
    for block in rise.argsort(descending=True, stable=True).tolist():
        if rise[block] < ONSET_RISE_DB:
            break
        place = max(0, (block - 4) * ONSET_BLOCK)
        if all(abs(place - other) > ONSET_GAP * METRIC_RATE for other in found):
            found.append(place)
    return sorted(found)


def attack(signal: Tensor, places: list[int]) -> float:
    """Mean over the places of the steepest rise of the 1.5 ms RMS envelope near them, amplitude per 1.5 ms."""
    if not places:
        return math.nan
    near = round(ONSET_NEAR * METRIC_RATE)
    padded = F.pad(signal, (near + 2 * ENVELOPE, near + 2 * ENVELOPE))
    powers = F.avg_pool1d(padded.square()[None], ENVELOPE, 1)[0]
    rise = powers.sqrt()
    rise = rise[ENVELOPE:] - rise[:-ENVELOPE]
    return sum(float(rise[place : place + 2 * near + 2 * ENVELOPE].max()) for place in places) / len(places)


def partial_modulation(clip: AudioClip, partials_of: AudioClip | None = None) -> float:
    """Fast level modulation of a sustained note's strongest partials in dB (RMS); NaN when none is sustained.

    Up to 8 peaks of the mean power spectrum (window 2048, step 512) of the sustained part are followed: level of the
    peak's bin and its two neighbors in dB, minus its running median over 104 ms; RMS over time and partials. For a
    decoded sound pass the recording as `partials_of`: its partials and its sustained part are then looked at.
    """
    signal, chosen_on = _mono_pair(clip, partials_of or clip)
    power = _power(chosen_on)
    frames = sustained(power)
    if frames is None:
        return math.nan
    bins = strongest_partials(power[:, frames].mean(1))
    if not len(bins):
        return math.nan
    power = _power(signal)
    around = power[bins - 1] + power[bins] + power[bins + 1]
    level = 10 * around[:, frames].clamp_min(1e-6 * float(around.max()) + 1e-20).log10()
    trend = level.unfold(1, TREND_FRAMES, 1).median(-1).values
    margin = TREND_FRAMES // 2
    return float((level[:, margin:-margin] - trend).square().mean().sqrt())


def sustained(power: Tensor) -> slice | None:
    """The frames of power spectra [bin, frame] after the attack and before the sound has died away."""
    level = 10 * power.sum(0).clamp_min(1e-12).log10()
    first = int(level.argmax()) + round(SUSTAIN_AFTER * METRIC_RATE / PARTIAL_STEP)
    audible = (level > level.max() - SUSTAIN_DB).nonzero()[:, 0]
    end = min(int(audible[-1]) + 1, len(level) - PARTIAL_WINDOW // PARTIAL_STEP)
    return slice(first, end) if end - first >= SUSTAIN_AT_LEAST * METRIC_RATE / PARTIAL_STEP else None


def strongest_partials(mean_power: Tensor) -> Tensor:
    """Bins of the strongest peaks of a power spectrum [bin] that exceed their surroundings."""
    level = 10 * mean_power.clamp_min(1e-20).log10()
    highest = F.max_pool1d(level[None], 5, 1, 2)[0]
    around = F.pad(level[None], (20, 20), mode="reflect")[0].unfold(0, 41, 1).median(-1).values
    peak = (level == highest) & (level > level.max() - PARTIAL_RANGE_DB) & (level > around + PARTIAL_HEIGHT_DB)
    peak[:2], peak[-2:] = False, False
    bins = peak.nonzero()[:, 0]
    return bins[level[bins].argsort(descending=True)[:PARTIALS]]


def _mono_pair(a: AudioClip, b: AudioClip) -> tuple[Tensor, Tensor]:
    one, two = mono(a), mono(b)
    length = max(len(one), len(two))
    return F.pad(one, (0, length - len(one))), F.pad(two, (0, length - len(two)))


def _log_spectra(signal: Tensor, window: int, step: int) -> Tensor:
    return _spectra(signal, window, step).clamp_min(FLOOR).log10()


def _power(signal: Tensor) -> Tensor:
    return _spectra(signal, PARTIAL_WINDOW, PARTIAL_STEP).square()


def _spectra(signal: Tensor, window: int, step: int) -> Tensor:
    """Magnitudes [bin, frame]."""
    shape = torch.hann_window(window)
    return torch.stft(signal, window, step, window=shape, return_complex=True, pad_mode="constant").abs()


def _ratio(reference: float, estimate: float) -> float:
    return estimate / reference if reference > 0 else math.nan
