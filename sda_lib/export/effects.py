"""Effects: a processing chain before export.

The order is high-pass, low-pass, tilt, drive, compressor and echo; then, after spatial placement, reverb and limiter.
The processors are those of `pedalboard` (Spotify), which `pip install 'sda[effects]'` installs.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.export.finish import FEEDBACK, Effects

# Frequency at which the two shelves of a tilt meet, and their Q.
TILT_HZ, TILT_Q = 800.0, 0.5
RATIO, ATTACK_MS, RELEASE_MS = 4.0, 5.0, 120.0
RELEASE_LIMITED_MS = 60.0
# Largest room on the reverb's own scale, at whose end it hardly decays.
LARGEST_ROOM = 0.9
# Effects before spatial placement and after it, in their order.
INSERTED, MASTER = ("highpass", "lowpass", "tilt", "drive", "compress", "echo"), ("reverb", "limit")


class Leveled(Protocol):
    """What processors go by of a sound."""

    @property
    def sample_rate(self) -> int:
        """Samples per second."""

    @property
    def peak(self) -> float:
        """Largest absolute sample; 1 is full scale."""


def why_no_effects() -> str:
    """Return how to install effects if they are missing, as a sentence; empty if they are installed."""
    if importlib.util.find_spec("pedalboard") is None:
        return "Effects need the package pedalboard; install it with: pip install 'sda[effects]'"
    return ""


def insert_effects(clip: AudioClip, effects: Effects) -> AudioClip:
    """Apply the effects that come before spatial placement, and append silence for the tail.

    Raises SdaError if effects are not installed.
    """
    if effects.is_off:
        return clip
    if reason := why_no_effects():
        raise SdaError(reason)
    tail = np.zeros((clip.channels, round(effects.tail * clip.sample_rate)), np.float32)
    clip = dataclasses.replace(clip, samples=np.concatenate([clip.samples, tail], 1)) if tail.size else clip
    return _processed(clip, effects, INSERTED)


def master_effects(clip: AudioClip, effects: Effects) -> AudioClip:
    """Apply reverb and limiter. Raises SdaError for a clip of more than two channels."""
    if not (effects.reverb or effects.limit):
        return clip
    if clip.channels > 2:
        raise SdaError("Reverb and limiter need one or two channels; turn them off for ambisonics.")
    return _processed(clip, effects, MASTER)


def _processed(clip: AudioClip, effects: Effects, names: Sequence[str]) -> AudioClip:
    """Apply the named effects in order, as far as they are on; each starts from silence."""
    import pedalboard

    plugins: Any = pedalboard  # its stubs don't export them
    for name in names:
        dry = clip.samples
        if getattr(effects, name) and clip.peak > 0:
            scale = clip.peak if name in ("drive", "limit") else 1.0
            board = plugins.Pedalboard(PROCESSORS[name](plugins, effects, clip))
            wet = board(dry / scale, clip.sample_rate, reset=True)
            if name == "drive":
                wet = wet * (max(_rms(dry), 1e-9) / max(_rms(wet), 1e-9))
            elif name == "limit":
                wet = wet * scale
            elif name == "echo":
                wet = dry + FEEDBACK * wet
            clip = dataclasses.replace(clip, samples=np.nan_to_num(wet).astype(np.float32))
    return clip


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.square(samples).mean()))


def _filters(kind: Callable[[float], Any], hertz: float, clip: Leveled) -> list[Any]:
    """Return two filters in series, 12 dB per octave; the cutoff is limited to 0.45 of the sample rate."""
    return [kind(min(hertz, 0.45 * clip.sample_rate)) for _ in range(2)]


# Processors of each effect, by the module pedalboard, for a clip.
PROCESSORS: dict[str, Callable[[Any, Effects, Leveled], list[Any]]] = {
    "highpass": lambda board, effects, clip: _filters(board.HighpassFilter, effects.highpass, clip),
    "lowpass": lambda board, effects, clip: _filters(board.LowpassFilter, effects.lowpass, clip),
    "tilt": lambda board, effects, clip: [
        board.LowShelfFilter(TILT_HZ, -effects.tilt / 2, TILT_Q),
        board.HighShelfFilter(TILT_HZ, effects.tilt / 2, TILT_Q),
    ],
    # tanh; the level is restored
    "drive": lambda board, effects, clip: [board.Distortion(effects.drive)],
    "compress": lambda board, effects, clip: [
        board.Compressor(20 * math.log10(clip.peak) - effects.compress, RATIO, ATTACK_MS, RELEASE_MS),
        board.Gain(effects.compress * (1 - 1 / RATIO) / 2),
    ],
    "echo": lambda board, effects, clip: [board.Delay(effects.echo, FEEDBACK, 1.0)],
    # Freeverb, which scales the wet signal by 3 and the dry one by 2
    "reverb": lambda board, effects, clip: [
        board.Reverb(
            LARGEST_ROOM * effects.room,
            damping=0.5,
            wet_level=effects.reverb / 3,
            dry_level=0.5 - effects.reverb / 4,
            width=1.0,
        )
    ],
    # at full scale, after which the peak is restored: the limiter compensates for a lower threshold by gain
    "limit": lambda board, effects, clip: [board.Gain(effects.limit), board.Limiter(0.0, RELEASE_LIMITED_MS)],
}
