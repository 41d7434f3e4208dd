"""K-weighting, and integrated loudness and true peak of a sound given in blocks (ITU-R BS.1770-5)."""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy
from numpy.polynomial.polynomial import polyval

from sda_lib.analysis.true_peak import TruePeakMeter
from sda_lib.audio.clip import AudioClip, parts_of

# Length of gating blocks, and step between them.
BLOCK_SECONDS, STEP_SECONDS = 0.4, 0.1
# Gates below which blocks don't count: in LUFS, and in LU relative to the mean of the remaining blocks.
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
# Offset by which a full-scale sine of 997 Hz has -3.01 LUFS.
OFFSET = -0.691
SILENT = float("-inf")


class LoudnessMeter:
    """Measure the integrated loudness and the true peak of a sound given block by block."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._filters = [k_weighting(sample_rate, stage) for stage in (0, 1)]
        self._states = [np.zeros((channels, 2)) for _ in self._filters]
        self._step = round(STEP_SECONDS * sample_rate)
        self._rest = np.zeros(0)
        self._steps: list[float] = []  # mean power of each step
        self._power, self._count = 0.0, 0
        self._peak = TruePeakMeter(sample_rate, channels)

    def add(self, samples: np.ndarray) -> None:
        """Add the next samples [channel, time]."""
        weighted = samples.astype(np.float64)
        for stage, (b, a) in enumerate(self._filters):
            weighted, self._states[stage] = scipy.signal.lfilter(b, a, weighted, zi=self._states[stage])
        power = np.square(weighted).sum(0)
        self._power, self._count = self._power + float(power.sum()), self._count + len(power)
        power = np.concatenate([self._rest, power])
        whole = len(power) // self._step * self._step
        self._steps += power[:whole].reshape(-1, self._step).mean(1).tolist()
        self._rest = power[whole:]
        self._peak.add(samples)

    @property
    def loudness(self) -> float:
        """Integrated loudness in LUFS. A sound shorter than a gating block counts as one block of its length."""
        blocks = self.blocks
        if not len(blocks):
            return lufs(self._power / self._count) if self._count else SILENT
        return gated_loudness(blocks)

    @property
    def blocks(self) -> np.ndarray:
        """K-weighted power of every gating block, summed over the channels [block]; none of a shorter sound."""
        steps, length = np.array(self._steps), round(BLOCK_SECONDS / STEP_SECONDS)
        if len(steps) < length:
            return np.zeros(0)
        return np.lib.stride_tricks.sliding_window_view(steps, length).mean(1)

    @property
    def true_peak(self) -> float:
        """True peak, 1 being full scale. Ends the sound: no samples can be added after it."""
        return self._peak.peak


def measure_loudness(clip: AudioClip) -> LoudnessMeter:
    """Return the meter after a whole clip; for ambisonics, after its omnidirectional channel alone."""
    samples = clip.samples[:1] if clip.channels > 2 else clip.samples
    meter = LoudnessMeter(clip.sample_rate, len(samples))
    for part in parts_of(samples):
        meter.add(part)
    return meter


def k_weighting(sample_rate: int, stage: int) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (b, a) of the standard's two filters, a high shelf and a high-pass, at any rate.

    The analog prototypes are converted by bilinear transform (De Man, "Evaluation of implementations of the EBU R128
    loudness measurement", 2018).
    """
    gain, q, hertz = ((3.999843853973347, 0.7071752369554196, 1681.974450955533),
                      (0.0, 0.5003270373238773, 38.13547087602444))[stage]  # fmt: skip
    k = np.tan(np.pi * hertz / sample_rate)
    a = np.array([1, 2 * (k * k - 1) / (1 + k / q + k * k), (1 - k / q + k * k) / (1 + k / q + k * k)])
    if stage == 1:
        return np.array([1.0, -2.0, 1.0]), a
    high = 10 ** (gain / 20)
    middle = high**0.4996667741545416
    b = np.array([high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k])
    return b / (1 + k / q + k * k), a


@cache
def k_gain(bins: int, sample_rate: int) -> np.ndarray:
    """Return the power gain of the K-weighting at evenly spaced frequencies from 0 to half the sample rate [bin].

    It is that of `scipy.signal.freqz` bit for bit; importing scipy.signal takes 50 MB, which a page can do without.
    """
    angles = 2 * np.pi * np.linspace(0, np.pi, bins) / (2 * np.pi)  # rounded as there
    delays = np.exp(-1j * angles)
    filters = (k_weighting(sample_rate, stage) for stage in (0, 1))
    stages = (polyval(delays, b, tensor=False) / polyval(delays, a, tensor=False) for b, a in filters)
    return np.prod([np.square(np.abs(response)) for response in stages], axis=0)


def gated_loudness(blocks: np.ndarray) -> float:
    """Return the loudness in LUFS of gating blocks of these powers [block]; SILENT below the absolute gate."""
    loud = blocks[blocks > 10 ** ((ABSOLUTE_GATE - OFFSET) / 10)]
    if not len(loud):
        return SILENT
    return lufs(float(loud[loud > loud.mean() * 10 ** (RELATIVE_GATE / 10)].mean()))


def lufs(power: float) -> float:
    """Return the loudness in LUFS of a K-weighted power that is summed over the channels; SILENT for 0."""
    return OFFSET + 10 * float(np.log10(power)) if power > 0 else SILENT
