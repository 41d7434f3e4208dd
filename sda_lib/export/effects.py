"""Effects: a short chain between a sound and its file. Everything is off until it is asked for.

The sound passes, in this order: high-pass, low-pass, tilt, drive, compressor, delay; then, where it is placed in its
space, reverb and limiter. The processors are those of `pedalboard` (Spotify), which is installed with `sda[effects]`.
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

TILT_HZ, TILT_Q = 800.0, 0.5
"""Where a tilt turns, and how gently: the shelves below and above it meet there."""
RATIO, ATTACK_MS, RELEASE_MS = 4.0, 5.0, 120.0
RELEASE_LIMITED_MS = 60.0
FEEDBACK = 0.4
"""How much of each echo comes again."""
SILENT_DB = -60.0
"""An echo or room is followed until here."""
LARGEST_ROOM = 0.9
"""Of the reverb's own scale, at whose end it hardly dies away."""
ROOM_SECONDS = (0.6, 4.0)
"""How long the smallest and the largest room sound on, and the tail that is added for them."""


def _effect(low: float, high: float, unit: str, help: str) -> Any:
    return dataclasses.field(default=0.0, metadata={"low": low, "high": high, "unit": unit, "help": help})


@dataclass(frozen=True)
class Effects:
    """How much of each effect; 0 is without it."""

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
        """Seconds that the sound lasts longer by echoes and room."""
        echoes = math.ceil(SILENT_DB / (20 * math.log10(FEEDBACK))) * self.echo
        room = ROOM_SECONDS[0] + (ROOM_SECONDS[1] - ROOM_SECONDS[0]) * self.room if self.reverb else 0.0
        return echoes + room


EFFECTS = {one.name: one.metadata for one in dataclasses.fields(Effects)}


def effects_of(amounts: Mapping[str, float]) -> Effects:
    """Effects by name; raises SdaError for one that there is not, and for amounts beyond what it takes."""
    for name in amounts:
        if name not in EFFECTS:
            raise SdaError(f"There is no effect {name!r}; there are {', '.join(EFFECTS)}.")
    return Effects(**amounts)


def why_no_effects() -> str:
    """One sentence where they are not installed; nothing where they are."""
    if importlib.util.find_spec("pedalboard") is None:
        return "Effects need the package pedalboard; install it with: pip install 'sda[effects]'"
    return ""


def inserted(clip: AudioClip, effects: Effects) -> AudioClip:
    """The clip through everything that comes before its place in space, longer by the tail. Raises SdaError."""
    if effects.is_off:
        return clip
    if reason := why_no_effects():
        raise SdaError(reason)
    clip = _with_silence(clip, effects.tail)
    for name in ("highpass", "lowpass", "tilt", "drive", "compress", "echo"):
        clip = _through(clip, name, effects)
    return clip


def mastered(clip: AudioClip, effects: Effects) -> AudioClip:
    """The clip of one or two channels through room and limiter. Raises SdaError for four."""
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
    samples = PROCESSES[name](clip, effects)
    return dataclasses.replace(clip, samples=np.nan_to_num(samples).astype(np.float32))


# --- one effect each: samples of the clip, changed -------------------------------------------------------------------


def _played(clip: AudioClip, build: Callable[[Any], Sequence[Any]], samples: np.ndarray | None = None) -> np.ndarray:
    """Samples [channel, time] through processors that start from silence."""
    import pedalboard

    board = pedalboard.Pedalboard(list(build(pedalboard)))
    return board(clip.samples if samples is None else samples, clip.sample_rate, reset=True)


def _passed(which: str, clip: AudioClip, effects: Effects) -> np.ndarray:
    """Twelve decibels an octave; the corner stays below half of the rate."""
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
    """tanh (pedalboard's Distortion) at a level that is the sound's own before and after."""
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
    """Freeverb; its own scales of 3 for the wet and of 2 for the dry sound are taken out again."""
    size, wet, dry = LARGEST_ROOM * effects.room, effects.reverb / 3, 0.5 - effects.reverb / 4
    return _played(clip, lambda board: [board.Reverb(size, damping=0.5, wet_level=wet, dry_level=dry, width=1.0)])


def _limited(clip: AudioClip, effects: Effects) -> np.ndarray:
    """Between full scale and there, since the limiter makes up for what a lower threshold takes away."""
    build = lambda board: [board.Gain(effects.limit), board.Limiter(0.0, RELEASE_LIMITED_MS)]  # noqa: E731
    return _played(clip, build, clip.samples / clip.peak) * clip.peak


PROCESSES: dict[str, Callable[[AudioClip, Effects], np.ndarray]] = {
    "highpass": functools.partial(_passed, "high"),
    "lowpass": functools.partial(_passed, "low"),
    "tilt": _tilted,
    "drive": _driven,
    "compress": _compressed,
    "echo": _echoed,
    "reverb": _in_room,
    "limit": _limited,
}
