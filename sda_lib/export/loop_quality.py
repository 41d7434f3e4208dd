"""Seams: how much a loop is heard where it goes round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import Loop
from sda_lib.errors import SdaError

QUIET = 1e-4
"""Peak below which a sound counts as silence."""
WINDOW = 2048
"""Samples of a spectrum; less in loops that are shorter than eight of them."""
BLOCK = 1024
"""Spectra that are held at once."""
NEAR_SEAM = 0.02
"""Seconds on either side in which a wave's usual second difference is measured."""


@dataclass(frozen=True)
class Seam:
    """How much a loop is heard where it goes round.

    `jump` is the wave's second difference there over its root mean square around; any place has 0 to 3, a click more.
    `flux` is the strongest change of spectrum around the seam over the usual strongest change in as long a stretch of
    the loop; 1 is usual.
    """

    jump: float
    flux: float


def whole(clip: AudioClip) -> Loop:
    """All of a clip as a loop."""
    return Loop(0, clip.length - 1)


def seam(clip: AudioClip, loop: Loop) -> Seam:
    """How much the loop is heard at its seam. Raises SdaError for a loop that isn't in the clip or is silent."""
    period = period_of(clip, loop)
    body = clip.samples[:, loop.first : loop.last + 1].astype(np.float64)
    if period < 64 or np.abs(body).max() < QUIET:
        raise SdaError(f"{name_of(clip)} has no seam to judge: its loop is silent or shorter than 64 samples.")
    return Seam(_jump(body, clip.sample_rate), _flux(body))


def period_of(clip: AudioClip, loop: Loop) -> int:
    """Samples that a loop has. Raises SdaError for one that isn't in the clip."""
    if not 0 <= loop.first <= loop.last < clip.length:
        raise SdaError(
            f"The loop {loop.first} to {loop.last} is not in {name_of(clip)} of {clip.length} samples; choose another."
        )
    return loop.last + 1 - loop.first


def name_of(clip: AudioClip) -> str:
    """What a clip is called in a sentence."""
    return clip.name or "The sound"


def _jump(body: np.ndarray, rate: int) -> float:
    near = min(round(NEAR_SEAM * rate), body.shape[1] // 2)
    around = np.concatenate([body[:, -near:], body[:, :near]], axis=1)
    bend = np.sqrt(np.square(np.diff(around, 2)).sum(0))
    at = slice(near - 3, near + 1)  # every difference that has samples of both sides, and one on either side
    usual = np.sqrt(np.square(np.delete(bend, np.r_[at])).mean())
    return float(bend[at].max() / max(usual, 1e-7))


def _flux(body: np.ndarray) -> float:
    """Spectra of the loop laid end to end, so that a window may lie across the seam."""
    length = body.shape[1]
    size = min(WINDOW, 1 << max(4, int(np.log2(length / 8))))
    step = size // 4
    round_about = np.take(body, np.arange(-2 * size, length + 2 * size), axis=1, mode="wrap")
    frames = np.lib.stride_tricks.sliding_window_view(round_about, size, axis=1)[:, ::step]
    change = np.concatenate(
        [_changes(frames[:, begin : begin + BLOCK + 1]) for begin in range(0, frames.shape[1] - 1, BLOCK)]
    )
    strongest = maximum_filter1d(change, 9)
    at = (2 * size - size // 2) // step
    usual = np.median(strongest[at + 9 : len(strongest) - 9 - at] if len(strongest) > 2 * at + 24 else strongest)
    return float(strongest[at] / max(usual, 1e-9))


def _changes(frames: np.ndarray) -> np.ndarray:
    """How far spectra differ from one frame to the next, 0..1, of frames [channel, frame, time]."""
    roots = np.sqrt(np.abs(np.fft.rfft(frames * np.hanning(frames.shape[-1])))).mean(0)
    return np.abs(np.diff(roots, axis=0)).sum(1) / (roots[1:] + roots[:-1] + 1e-9).sum(1)
