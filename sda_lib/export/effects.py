"""Effects: a short processing chain before export; all effects are off by default.

The order is high-pass, low-pass, tilt, drive, compressor and delay; then, after spatial placement, reverb and limiter.
The processors are those of `pedalboard` (Spotify), which is installed with `sda[effects]`.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError

# Frequency at which the two shelves of a tilt meet, and their Q.
TILT_HZ, TILT_Q = 800.0, 0.5
RATIO, ATTACK_MS, RELEASE_MS = 4.0, 5.0, 120.0
RELEASE_LIMITED_MS = 60.0
# Gain of each echo relative to the one before.
FEEDBACK = 0.4
# Level in dB at which echoes end.
SILENT_DB = -60.0
# Largest room on the reverb's own scale, at whose end it hardly decays.
LARGEST_ROOM = 0.9
# Decay times of the smallest and the largest room, added as tail.
ROOM_SECONDS = (0.6, 4.0)


def _effect(low: float, high: float, unit: str, help: str) -> Any:
    return dataclasses.field(default=0.0, metadata={"low": low, "high": high, "unit": unit, "help": help})


@dataclass(frozen=True)
class Effects:
    """Amount of each effect; 0 turns it off. Raises SdaError for an amount out of range."""

    highpass: float = _effect(0, 2000, "Hz", "takes away what is below")
    lowpass: float = _effect(0, 20_000, "Hz", "takes away what is above")
    tilt: float = _effect(-12, 12, "dB", "brighter above and thinner below 800 Hz; negative: darker")
    drive: float = _effect(0, 40, "dB", "overdrives into soft clipping, at the level it had")
    compress: float = _effect(0, 40, "dB", "compresses 4:1 from so far below the peak, and raises what is quiet")
    echo: float = _effect(0, 2, "s", "repeats after so long")
    reverb: float = _effect(0, 1, "", "share of the room in the sound")
    room: float = _effect(0, 1, "", "size of that room")
    limit: float = _effect(0, 24, "dB", "raises by so much and holds the peaks")

    def __post_init__(self) -> None:
        for one in dataclasses.fields(self):
            value, low, high = getattr(self, one.name), one.metadata["low"], one.metadata["high"]
            if not low <= value <= high:
                raise SdaError(
                    f"The effect {one.name} goes from {low:g} to {high:g} {one.metadata['unit']}".rstrip() + "."
                )
        if self.lowpass and self.lowpass < 20:
            raise SdaError("The effect lowpass begins at 20 Hz; 0 leaves it out.")
        if self.echo and self.echo < 0.01:
            raise SdaError("The effect echo begins at 0.01 s; 0 leaves it out.")

    @property
    def is_off(self) -> bool:
        return dataclasses.replace(self, room=0.0) == Effects()

    @property
    def tail(self) -> float:
        """Seconds that echoes and reverb add to the sound."""
        echoes = math.ceil(SILENT_DB / (20 * math.log10(FEEDBACK))) * self.echo
        room = ROOM_SECONDS[0] + (ROOM_SECONDS[1] - ROOM_SECONDS[0]) * self.room if self.reverb else 0.0
        return echoes + room


EFFECTS = {one.name: one.metadata for one in dataclasses.fields(Effects)}


def effects_of(amounts: Mapping[str, float]) -> Effects:
    """Return effects from amounts by name. Raises SdaError for an unknown name, and for an amount out of range."""
    for name in amounts:
        if name not in EFFECTS:
            raise SdaError(f"There is no effect {name!r}; there are {', '.join(EFFECTS)}.")
    return Effects(**amounts)


def why_no_effects() -> str:
    """Return a sentence on how to install effects where they are missing; an empty text where they are installed."""
    if importlib.util.find_spec("pedalboard") is None:
        return "Effects need the package pedalboard; install it with: pip install 'sda[effects]'"
    return ""


def insert_effects(clip: AudioClip, effects: Effects) -> AudioClip:
    """Apply the effects before spatial placement; the tail makes the clip longer.

    Raises SdaError when effects are not installed.
    """
    if effects.is_off:
        return clip
    if reason := why_no_effects():
        raise SdaError(reason)
    clip = _with_silence(clip, effects.tail)
    for name in ("highpass", "lowpass", "tilt", "drive", "compress", "echo"):
        clip = _through(clip, name, effects)
    return clip


def master_effects(clip: AudioClip, effects: Effects) -> AudioClip:
    """Apply reverb and limiter to a clip of one or two channels. Raises SdaError for four."""
    if not (effects.reverb or effects.limit):
        return clip
    if clip.channels > 2:
        raise SdaError("Reverb and limiter take one or two channels; leave them out for ambisonics.")
    return _through(_through(clip, "reverb", effects), "limit", effects)


def _with_silence(clip: AudioClip, seconds: float) -> AudioClip:
    tail = np.zeros((clip.channels, round(seconds * clip.sample_rate)), np.float32)
    return dataclasses.replace(clip, samples=np.concatenate([clip.samples, tail], 1)) if tail.size else clip


def _through(clip: AudioClip, name: str, effects: Effects) -> AudioClip:
    if not getattr(effects, name) or clip.peak == 0:
        return clip
    samples = PROCESSORS[name](clip, effects)
    return dataclasses.replace(clip, samples=np.nan_to_num(samples).astype(np.float32))


# --- single effects: return the processed samples of the clip --------------------------------------------------------


def _played(clip: AudioClip, build: Callable[[Any], Sequence[Any]], samples: np.ndarray | None = None) -> np.ndarray:
    """Process samples [channel, time] with processors that start from silence."""
    import pedalboard

    board = pedalboard.Pedalboard(list(build(pedalboard)))
    return board(clip.samples if samples is None else samples, clip.sample_rate, reset=True)


def _passed(which: str, clip: AudioClip, effects: Effects) -> np.ndarray:
    """Filter with 12 dB per octave; the cutoff is limited to 0.45 of the sample rate."""
    name = f"{which.capitalize()}passFilter"
    hertz = min(getattr(effects, f"{which}pass"), 0.45 * clip.sample_rate)
    return _played(clip, lambda board: [getattr(board, name)(hertz) for _ in range(2)])


def _tilted(clip: AudioClip, effects: Effects) -> np.ndarray:
    half = effects.tilt / 2
    return _played(
        clip,
        lambda board: [board.LowShelfFilter(TILT_HZ, -half, TILT_Q), board.HighShelfFilter(TILT_HZ, half, TILT_Q)],
    )


def _driven(clip: AudioClip, effects: Effects) -> np.ndarray:
    """Apply tanh (pedalboard's Distortion) and restore the RMS level."""
    level = max(float(np.sqrt(np.square(clip.samples).mean())), 1e-9)
    loud = _played(clip, lambda board: [board.Distortion(effects.drive)], clip.samples / clip.peak)
    return loud * (level / max(float(np.sqrt(np.square(loud).mean())), 1e-9))


def _compressed(clip: AudioClip, effects: Effects) -> np.ndarray:
    threshold = 20 * math.log10(clip.peak) - effects.compress
    return _played(
        clip,
        lambda board: [
            board.Compressor(threshold, RATIO, ATTACK_MS, RELEASE_MS),
            board.Gain(effects.compress * (1 - 1 / RATIO) / 2),
        ],
    )


def _echoed(clip: AudioClip, effects: Effects) -> np.ndarray:
    wet = _played(clip, lambda board: [board.Delay(effects.echo, FEEDBACK, 1.0)])
    return clip.samples + FEEDBACK * wet


def _in_room(clip: AudioClip, effects: Effects) -> np.ndarray:
    """Apply Freeverb; its internal scaling of 3 for the wet and of 2 for the dry signal is compensated."""
    size, wet, dry = LARGEST_ROOM * effects.room, effects.reverb / 3, 0.5 - effects.reverb / 4
    return _played(clip, lambda board: [board.Reverb(size, damping=0.5, wet_level=wet, dry_level=dry, width=1.0)])


def _limited(clip: AudioClip, effects: Effects) -> np.ndarray:
    """Limit at full scale and restore the peak, since the limiter compensates for a lower threshold by gain."""
    build = lambda board: [board.Gain(effects.limit), board.Limiter(0.0, RELEASE_LIMITED_MS)]  # noqa: E731
    return _played(clip, build, clip.samples / clip.peak) * clip.peak


PROCESSORS: dict[str, Callable[[AudioClip, Effects], np.ndarray]] = {
    "highpass": functools.partial(_passed, "high"),
    "lowpass": functools.partial(_passed, "low"),
    "tilt": _tilted,
    "drive": _driven,
    "compress": _compressed,
    "echo": _echoed,
    "reverb": _in_room,
    "limit": _limited,
}
