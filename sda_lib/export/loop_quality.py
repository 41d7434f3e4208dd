"""Loop quality: how audible the seam of a loop is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import Loop
from sda_lib.errors import SdaError

# Peak below which a sound counts as silence.
QUIET = 1e-4
# Samples per spectrum; fewer in loops shorter than eight windows.
WINDOW = 2048
# Number of spectra held in memory at once.
BLOCK = 1024
# Seconds on either side of the seam in which the usual second difference of the wave is measured.
NEAR_SEAM = 0.02


@dataclass(frozen=True)
class Seam:
    """How audible the seam of a loop is.

    Args:
        jump: largest second difference of the wave at the seam, relative to its RMS around it; 0 to 3 is usual anywhere
            in a sound, a click has more.
        flux: strongest change of spectrum around the seam, relative to the usual strongest change in a part of that
            length; 1 is usual.
    """

    jump: float
    flux: float


def whole_clip_loop(clip: AudioClip) -> Loop:
    """Return all of a clip as a loop."""
    return Loop(0, clip.length - 1)


def measure_seam(clip: AudioClip, loop: Loop) -> Seam:
    """Measure the seam of a loop.

    Raises SdaError for a loop that is outside the clip, silent, or shorter than 64 samples.
    """
    period = period_of(clip, loop)
    body = clip.samples[:, loop.first : loop.last + 1].astype(np.float64)
    if period < 64 or np.abs(body).max() < QUIET:
        raise SdaError(f"The loop of {name_of(clip)} has no seam: it is silent or shorter than 64 samples.")
    return Seam(_jump(body, clip.sample_rate), _flux(body))


def period_of(clip: AudioClip, loop: Loop) -> int:
    """Return the length of a loop in samples. Raises SdaError for a loop outside the clip."""
    if not 0 <= loop.first <= loop.last < clip.length:
        raise SdaError(f"The loop {loop.first} to {loop.last} is outside {name_of(clip)} ({clip.length} samples).")
    return loop.last + 1 - loop.first


def name_of(clip: AudioClip) -> str:
    """Return a clip's name for use in a sentence."""
    return clip.name or "the sound"


def _jump(body: np.ndarray, rate: int) -> float:
    near = min(round(NEAR_SEAM * rate), body.shape[1] // 2)
    around = np.concatenate([body[:, -near:], body[:, :near]], axis=1)
    bend = np.sqrt(np.square(np.diff(around, 2)).sum(0))
    at = slice(near - 3, near + 1)  # all differences across the seam, and one on either side
    usual = np.sqrt(np.square(np.delete(bend, np.r_[at])).mean())
    return float(bend[at].max() / max(usual, 1e-7))


def _flux(body: np.ndarray) -> float:
    """Measure `flux` on the repeated loop, so that windows can lie across the seam."""
    length = body.shape[1]
    size = min(WINDOW, 1 << max(4, int(np.log2(length / 8))))
    step = size // 4
    repeated = np.take(body, np.arange(-2 * size, length + 2 * size), axis=1, mode="wrap")
    frames = np.lib.stride_tricks.sliding_window_view(repeated, size, axis=1)[:, ::step]
    change = np.concatenate(
        [_changes(frames[:, begin : begin + BLOCK + 1]) for begin in range(0, frames.shape[1] - 1, BLOCK)]
    )
    strongest = maximum_filter1d(change, 9)
    at = (2 * size - size // 2) // step
    usual = np.median(strongest[at + 9 : len(strongest) - 9 - at] if len(strongest) > 2 * at + 24 else strongest)
    return float(strongest[at] / max(usual, 1e-9))


def _changes(frames: np.ndarray) -> np.ndarray:
    """Return the relative difference of successive spectra, 0..1, of frames [channel, frame, time]."""
    roots = np.sqrt(np.abs(np.fft.rfft(frames * np.hanning(frames.shape[-1])))).mean(0)
    return np.abs(np.diff(roots, axis=0)).sum(1) / (roots[1:] + roots[:-1] + 1e-9).sum(1)
