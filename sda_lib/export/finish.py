"""Finish: settings of effects, space, trim, loop and delivery as data. Light to import, for options and help texts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sda_lib.audio.formats import KBPS
from sda_lib.errors import SdaError
from sda_lib.fields import check_options, documented, option, options_of

if TYPE_CHECKING:
    from sda_lib.audio.tags import Loop

# Gain of each echo relative to the one before, and level in dB at which echoes end.
FEEDBACK, SILENT_DB = 0.4, -60.0
# Decay times of the smallest and the largest room, added as tail.
ROOM_SECONDS = (0.6, 4.0)
# Quietest target loudness: the loudness meter ignores anything below.
QUIETEST_LUFS = -70.0
LOOPS = ("", "points", "whole")
# Lowest trim level in dB below the peak.
DEEPEST_TRIM = 120.0
# (time 0..1, azimuth, elevation, distance) of a moving source.
Path = tuple[tuple[float, float, float, float], ...]


def _effect(help: str, low: float, high: float, unit: str = "") -> float:
    return option(0.0, help, low, high, unit, usual=(low, high))


@documented
@dataclass(frozen=True)
class Effects:
    """Amount of each effect; 0 turns it off. Raises SdaError for an amount out of range."""

    highpass: float = _effect("Cutoff of a high-pass filter; 0 = off", 0, 2000, "Hz")
    lowpass: float = _effect("Cutoff of a low-pass filter; 0 = off", 0, 20_000, "Hz")
    tilt: float = _effect("Raise the treble and lower the bass around 800 Hz; negative: the reverse", -12, 12, "dB")
    drive: float = _effect("Drive into soft clipping, at unchanged level", 0, 40, "dB")
    compress: float = _effect("Compress 4:1 above a threshold this far below the peak, with make-up gain", 0, 40, "dB")
    echo: float = _effect("Delay of repeats", 0, 2, "s")
    reverb: float = _effect("Share of reverb in the sound", 0, 1)
    room: float = _effect("Size of the reverb's room", 0, 1)
    limit: float = _effect("Gain before a limiter that holds the peaks", 0, 24, "dB")

    def __post_init__(self) -> None:
        check_options(self, "effect ")
        for name, least in (("lowpass", "20 Hz"), ("echo", "0.01 s")):
            if 0 < getattr(self, name) < float(least.split()[0]):
                raise SdaError(f"The effect {name} must be at least {least}, or 0 to turn it off.")

    @property
    def is_off(self) -> bool:
        return dataclasses.replace(self, room=0.0) == Effects()

    @property
    def tail(self) -> float:
        """Seconds that echoes and reverb add to the sound."""
        echoes = math.ceil(SILENT_DB / (20 * math.log10(FEEDBACK))) * self.echo
        room = ROOM_SECONDS[0] + (ROOM_SECONDS[1] - ROOM_SECONDS[0]) * self.room if self.reverb else 0.0
        return echoes + room


def effects_of(amounts: Mapping[str, float]) -> Effects:
    """Return effects from amounts by name. Raises SdaError for an unknown name, and for an amount out of range."""
    known = options_of(Effects)
    for name in amounts:
        if name not in known:
            raise SdaError(f"There is no effect {name!r}; there are {', '.join(known)}.")
    return Effects(**amounts)


@documented
@dataclass(frozen=True)
class Place:
    """Position of a source around the head. The `path` of a moving source replaces azimuth, elevation and distance.

    Raises SdaError for values out of range.
    """

    azimuth: float = option(0.0, "Degrees counter-clockwise from the front; 90 is left", usual=(-180.0, 180.0))
    elevation: float = option(0.0, "Angle above the horizon", -90, 90, "degrees", usual=(-40.0, 90.0))
    distance: float = option(1.0, "Distance from the head's center", 0.1, 100, "m", usual=(0.5, 4.0))
    path: Path = option((), "Points (time 0..1, azimuth, elevation, distance) that the sound moves along")

    def __post_init__(self) -> None:
        known = options_of(Place)
        for time, azimuth, elevation, distance in self.points:
            known["elevation"].check(elevation)
            known["distance"].check(distance)
            if not (math.isfinite(azimuth) and 0 <= time <= 1):
                raise SdaError(f"A place has an azimuth in degrees and times from 0 to 1, not {azimuth:g} at {time:g}.")

    @property
    def points(self) -> Path:
        return self.path or ((0.0, self.azimuth, self.elevation, self.distance),)

    @property
    def moves(self) -> bool:
        return len({point[1:] for point in self.points}) > 1


@documented
@dataclass(frozen=True)
class Space:
    """How a sound is placed. Raises SdaError for values out of range."""

    mode: str = option(
        "as it is", "Channels of the sound", choices=("as it is", "mono", "stereo", "binaural", "ambisonics")
    )
    width: float = option(1.0, "Width in stereo: 0 mono, 1 unchanged, 2 widest", 0, 2, usual=(0.0, 2.0))
    pan: float = option(0.0, "Pan in stereo: -1 left, 1 right", -1, 1, usual=(-1.0, 1.0))
    place: Place = option(Place(), "Position of the sound, in binaural and ambisonics")
    sofa: str = option("", "SOFA file of measured head-related responses; empty: the bundled head")

    def __post_init__(self) -> None:
        check_options(self, "space ")


@documented
@dataclass(frozen=True)
class Delivery:
    """Format and level of a delivered file; loop points and root note are for samplers.

    With `lufs` the sound is normalized to that loudness, as far as the ceiling allows; else its level is lowered where
    needed and never raised. Raises SdaError for values out of range.
    """

    bit_depth: int = option(24, "Bits per sample: 16 (dithered), 24, or 32 (float, .wav)", label="Depth")
    sample_rate: int | None = option(
        None, "Sample rate, e.g. 44100 or 48000; default: the sound's own", 8000, 384_000, "Hz", label="Rate"
    )
    quality: float = option(0.8, "Quality of lossy formats of variable rate", 0, 1)
    kbps: int | None = option(None, "Constant bit rate of an .mp3", *KBPS, "kbit/s")
    ceiling_db: float = option(-0.1, "Highest true peak", -60, 0, "dBFS", label="Ceiling")
    lufs: float | None = option(
        None, "Normalize to this loudness, as far as the ceiling allows", QUIETEST_LUFS, 0, "LUFS", label="Loudness"
    )
    fade_in: float = option(0.0, "Fade-in", 0, 3600, "s")
    fade_out: float = option(0.0, "Fade-out", 0, 3600, "s")
    loop: Loop | None = None
    root: int | None = option(None, "Root note for samplers, a MIDI note", 0, 127)

    def __post_init__(self) -> None:
        check_options(self)


@documented
@dataclass(frozen=True)
class Finish:
    """Settings of effects, space, trim, loop and delivery, applied in this order; reverb and limiter follow the space.

    By default a sound is delivered unchanged. `tags` (artist, album …) are written in addition to those that describe
    how the sound was made.

    Raises SdaError for values out of range.

    Example:
        >>> settings = {"delivery": {"lufs": -16.0}, "space": {"mode": "stereo", "pan": -0.5}}
        >>> loud = sda_lib.Finish.from_plain(settings)
        >>> loud.delivery.lufs, loud.space.pan, loud.is_plain
        (-16.0, -0.5, False)
        >>> clip.save("loud.wav", loud).name
        'loud.wav'
    """

    effects: Effects = option(Effects(), "Amount of each effect")
    space: Space = option(Space(), "Placement")
    delivery: Delivery = option(Delivery(), "Format and level of the file")
    trim: float = option(0.0, "Remove both ends below this level under the peak; 0 = off", 0, DEEPEST_TRIM, "dB")
    loop: str = option("", "points: loop points for held tones, in .wav; whole: loop it all", choices=LOOPS)
    tags: Mapping[str, str] = option({}, "Tags of the file")

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def is_plain(self) -> bool:
        """Whether the samples are unchanged except for level, rate and fades."""
        return self.effects.is_off and self.space.mode == Space().mode and not (self.trim or self.loop)

    def to_plain(self) -> dict[str, Any]:
        """Return the values that differ from the defaults, as JSON data.

        Example:
            >>> sda_lib.Finish(trim=60.0).to_plain()
            {'trim': 60.0}
        """
        return _differences(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Finish:
        """Return a finish from the data of `to_plain`.

        Args:
            plain: values by the names of the settings.

        Raises SdaError, ValueError or TypeError for other data.

        Example:
            >>> sda_lib.Finish.from_plain({"effects": {"reverb": 0.3}}).effects.reverb
            0.3
        """
        space, delivery = dict(plain.get("space", {})), dict(plain.get("delivery", {}))
        if "place" in space:
            place = dict(space["place"])
            path: Any = tuple(tuple(float(one) for one in point) for point in place.pop("path", ()))
            space["place"] = Place(**place, path=path)
        if delivery.get("loop"):
            from sda_lib.audio.tags import Loop  # imported late: it needs NumPy

            delivery["loop"] = Loop(**delivery["loop"])
        effects, loop = Effects(**plain.get("effects", {})), str(plain.get("loop", ""))
        trim = float(plain.get("trim", 0.0))
        tags = {str(name): str(text) for name, text in dict(plain.get("tags", {})).items()}
        return cls(effects, Space(**space), Delivery(**delivery), trim, loop, tags)


def _differences(value: Any) -> dict[str, Any]:
    """Return the fields of a frozen dataclass that differ from their defaults."""
    default, found = type(value)(), {}
    for one in dataclasses.fields(value):
        mine: Any = getattr(value, one.name)
        usual = getattr(default, one.name)
        if mine != usual:
            plain = dataclasses.asdict(mine) if dataclasses.is_dataclass(mine) and not isinstance(mine, type) else mine
            found[one.name] = _differences(mine) if dataclasses.is_dataclass(usual) else plain
    return found
