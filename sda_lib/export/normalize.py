"""Normalize: the gain that brings an export to a loudness, and the true peak that it may not exceed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sda_lib.analysis.loudness import SILENT, LoudnessMeter
from sda_lib.audio.formats import Format
from sda_lib.export.finish import Delivery


def peak_ceiling(delivery: Delivery, form: Format) -> float:
    """Return the largest allowed true peak, lower than the delivery's by the largest rounding error of the format."""
    rounding = 0.0 if form.lossy or delivery.bit_depth > 24 else 2.0 ** (2 - delivery.bit_depth)
    return 10 ** (delivery.ceiling_db / 20) - rounding


def loudness_gain(blocks: Iterable[np.ndarray], meter: LoudnessMeter, lufs: float, ceiling: float) -> float:
    """Return the gain that gives blocks [channel, time] a loudness, as far as the ceiling allows.

    It is 1 for sounds too quiet to measure. The meter is a new one of the blocks' rate and channels.
    """
    for block in blocks:
        meter.add(block)
    if meter.loudness == SILENT:
        return 1.0
    return min(10 ** ((lufs - meter.loudness) / 20), ceiling / max(meter.true_peak, 1e-12))
