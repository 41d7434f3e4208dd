"""Space: where a sound is heard. Mono, stereo with width and pan, around the head by HRTF, first-order ambisonics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import scipy

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.export.hrtf import HrtfSet, unit_vectors

NEAREST, FARTHEST = 0.1, 100.0
"""Meters from the head's center."""
BLOCK = 512
"""Samples after which a moving source has another response; windows of twice this length overlap."""
HALF, READ_AT_ONCE = 12, 32_768
"""Samples on either side that a place between two samples is read from, and places that are read at once."""
AIR_HZ = 8000.0
"""Cutoff of a low-pass that stands for 10 m of air; ten times as far, a tenth of it."""
WIDTH_SECONDS = 0.02
"""How long the noise is that makes a side signal of a mono sound."""
WIDTH_HZ = 200.0
"""Below this a mono sound stays in the middle: wide bass is no gain, and is lost on many systems."""

Path = tuple[tuple[float, float, float, float], ...]
"""(time 0..1, azimuth, elevation, distance) of a moving source."""


@dataclass(frozen=True)
class Place:
    """Degrees and meters: azimuth counter-clockwise (90 is left), elevation up. `path` of a source that moves takes the
    place of all three."""

    azimuth: float = 0.0
    elevation: float = 0.0
    distance: float = 1.0
    path: Path = ()

    def __post_init__(self) -> None:
        for time, azimuth, elevation, distance in self.points:
            finite = all(np.isfinite([time, azimuth, elevation, distance]))
            if not (finite and 0 <= time <= 1 and -90 <= elevation <= 90 and NEAREST <= distance <= FARTHEST):
                raise SdaError(
                    f"A place has an azimuth, an elevation from -90 to 90 degrees, a distance from {NEAREST:g} to "
                    f"{FARTHEST:g} m and times from 0 to 1, not ({time:g}, {azimuth:g}, {elevation:g}, {distance:g})."
                )

    @property
    def points(self) -> Path:
        return self.path or ((0.0, self.azimuth, self.elevation, self.distance),)

    @property
    def moves(self) -> bool:
        return len({point[1:] for point in self.points}) > 1

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors [k, 3] and distances [k] at times 0..1; azimuths go on in the sense in which they are given."""
        points = np.array(sorted(self.points))
        azimuth, elevation, distance = (np.interp(times, points[:, 0], points[:, one]) for one in (1, 2, 3))
        return unit_vectors(azimuth, elevation), distance


@dataclass(frozen=True)
class Space:
    """`mode` is one of SPACES. `width` (0 mono, 1 as it is, 2 as wide as it gets) and `pan` (-1 left, 1 right) are for
    stereo, `place` and `sofa` (a file of one's own; none: the bundled head) for the others."""

    mode: str = "as it is"
    width: float = 1.0
    pan: float = 0.0
    place: Place = field(default_factory=Place)
    sofa: str = ""

    def __post_init__(self) -> None:
        if self.mode not in SPACES:
            raise SdaError(f"There is no space {self.mode!r}; there are {', '.join(SPACES)}.")
        if not (0 <= self.width <= 2 and -1 <= self.pan <= 1):
            raise SdaError("The width goes from 0 to 2 and the pan from -1 (left) to 1 (right).")


def placed(clip: AudioClip, space: Space) -> AudioClip:
    """The clip as it is heard in a space: 1, 2 or (ambisonics) 4 channels."""
    return SPACES[space.mode](clip, space)


# --- stereo ----------------------------------------------------------------------------------------------------------


def widened(clip: AudioClip, width: float) -> AudioClip:
    """Width 0 is mono, 1 the clip itself if it is stereo. What a mono clip lacks is made by decorrelation: short noise
    as a filter for the side signal, which leaves the sum of both channels exactly the mono sound."""
    mid = clip.samples.mean(0)
    if clip.channels == 2:
        side = width * 0.5 * (clip.samples[0] - clip.samples[1])
    else:
        side = 0.5 * width * _decorrelated(mid, clip.sample_rate)
    return replace(clip, samples=np.stack([mid + side, mid - side]).astype(np.float32))


def _decorrelated(mid: np.ndarray, sample_rate: int) -> np.ndarray:
    """A signal of the same spectrum above WIDTH_HZ and level that has nothing to do with this one from moment to
    moment: it is filtered by decaying noise with a flat spectrum."""
    size = max(16, round(WIDTH_SECONDS * sample_rate))
    noise = np.random.default_rng(1).standard_normal(size) * np.exp(-4 * np.arange(size) / size)
    spectrum = np.fft.rfft(noise, 2 * size)
    hertz = np.fft.rfftfreq(2 * size, 1 / sample_rate)
    flat = spectrum / np.maximum(np.abs(spectrum), 1e-9) * np.clip(hertz / WIDTH_HZ - 0.5, 0, 1)
    return scipy.signal.oaconvolve(mid, np.fft.irfft(flat))[: len(mid)]


def panned(clip: AudioClip, pan: float) -> AudioClip:
    """Pan -1 (left) to 1 (right) at equal power, 0 the clip as it is; a stereo clip loses the other side's level."""
    angle = (pan + 1) * np.pi / 4
    gains = np.sqrt(2) * np.array([np.cos(angle), np.sin(angle)])
    if clip.channels == 2:
        gains = np.minimum(gains, 1)
    return replace(clip, samples=(clip.with_channels(2).samples * gains[:, None]).astype(np.float32))


@dataclass(frozen=True)
class Compatibility:
    """What becomes of a stereo sound in mono: the channels' correlation -1..1, and what the sum loses in dB."""

    correlation: float
    mono_loss: float


def compatibility(clip: AudioClip) -> Compatibility:
    """How a clip bears being played in mono: a correlation near 1 and a loss near 0 dB do no harm."""
    left, right = clip.with_channels(2).samples.astype(np.float64)
    power = np.sqrt(np.square(left).sum() * np.square(right).sum())
    both, total = np.square(0.5 * (left + right)).sum(), 0.5 * (np.square(left).sum() + np.square(right).sum())
    loss = 10 * np.log10(max(total, 1e-20) / max(both, 1e-20)) if total > 0 else 0.0
    return Compatibility(float((left * right).sum() / power) if power > 0 else 1.0, float(loss))


# --- around the head -------------------------------------------------------------------------------------------------


def binaural(clip: AudioClip, place: Place, heads: HrtfSet | None = None) -> AudioClip:
    """A mono clip as two ears hear it from a place, or along a path. Raises SdaError for a clip of two channels.

    Longer than the clip by the ear's response. Levels fall by 6 dB for every doubling of the distance from 1 m, and far
    sounds lose their treble to the air."""
    if clip.channels != 1:
        raise SdaError(
            f"{clip.name or 'The sound'} has {clip.channels} channels; only a mono sound can be put in one place."
        )
    heads = (heads or HrtfSet.read()).resampled(clip.sample_rate)
    mono = _through_air(clip.samples[0].astype(np.float64), place, clip.sample_rate)
    ears = _moving(mono, place, heads) if place.moves else _still(mono, place, heads)
    return replace(clip, samples=ears.astype(np.float32))


def _still(mono: np.ndarray, place: Place, heads: HrtfSet) -> np.ndarray:
    directions, _ = place.at(np.zeros(1))
    responses, delays = heads.at(directions)
    taps = responses.shape[-1] + int(np.ceil(heads.delays.max() * heads.sample_rate)) + 1
    shifted = [
        _shifted(one, delay * heads.sample_rate, taps) for one, delay in zip(responses[0], delays[0], strict=True)
    ]
    return np.stack([scipy.signal.oaconvolve(mono, one) for one in shifted])


def _shifted(response: np.ndarray, delay: float, taps: int) -> np.ndarray:
    """A response later by a number of samples that need not be whole, in so many taps."""
    size = 2 * taps
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * delay)
    return np.fft.irfft(np.fft.rfft(response, size) * turn, size)[:taps]


def _moving(mono: np.ndarray, place: Place, heads: HrtfSet) -> np.ndarray:
    """Overlapping windows of the sound, each through the responses of its middle; the delays glide from sample to
    sample, so that nothing jumps."""
    count, rate = len(mono), heads.sample_rate
    middles = np.arange(-BLOCK, count + BLOCK, BLOCK) + BLOCK
    directions, _ = place.at(np.clip(middles / max(1, count - 1), 0, 1))
    responses, delays = heads.at(directions)
    slack = int(np.ceil(heads.delays.max() * rate)) + 2
    ears = np.zeros((2, (len(middles) + 2) * BLOCK + responses.shape[-1] + slack))
    window = np.hanning(2 * BLOCK + 1)[:-1]
    for ear in range(2):
        glide = np.interp(np.arange(count + slack), middles, delays[:, ear] * rate)
        late = np.pad(_read_late(mono, glide), (BLOCK, 2 * BLOCK))
        for number, response in enumerate(responses[:, ear]):
            first = number * BLOCK
            part = late[first : first + 2 * BLOCK]
            heard = scipy.signal.oaconvolve(part * window[: len(part)], response)
            ears[ear, first : first + len(heard)] += heard
    return ears[:, BLOCK : BLOCK + count + responses.shape[-1] + slack]


def _read_late(mono: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """The signal read `delay` samples late at every sample, by a windowed sinc [len(delay)]."""
    padded = np.pad(mono, (HALF + 1, HALF + 1 + len(delay) - len(mono)))
    parts = [
        _read_at(padded, first + np.arange(len(part)) - part)
        for first in range(0, len(delay), READ_AT_ONCE)
        for part in [delay[first : first + READ_AT_ONCE]]
    ]
    return np.concatenate(parts)


def _read_at(padded: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A signal with HALF + 1 samples before it, at places between its samples."""
    reach = np.floor(places).astype(int)[:, None] + np.arange(-HALF + 1, HALF + 1)
    away = places[:, None] - reach
    weights = np.sinc(away) * np.cos(np.pi * away / (2 * (HALF + 1))) ** 2
    return (padded[np.clip(reach + HALF + 1, 0, len(padded) - 1)] * weights).sum(1)


def _through_air(mono: np.ndarray, place: Place, sample_rate: int) -> np.ndarray:
    """Level and treble after the way through the air."""
    times = np.arange(len(mono)) / max(1, len(mono) - 1)
    _, distance = place.at(times) if place.moves else (None, np.full(1, place.points[0][3]))
    gained = mono / distance
    far = float(distance.mean())
    if far <= 2:
        return gained
    share = np.exp(-2 * np.pi * min(AIR_HZ * 10 / far, sample_rate / 2.1) / sample_rate)
    return scipy.signal.lfilter([1 - share], [1, -share], gained)


def ambisonics(clip: AudioClip, place: Place) -> AudioClip:
    """A mono clip as first-order ambisonics in the AmbiX form: channels W, Y, Z, X (ACN), SN3D."""
    if clip.channels != 1:
        raise SdaError(
            f"{clip.name or 'The sound'} has {clip.channels} channels; only a mono sound can be put in one place."
        )
    mono = _through_air(clip.samples[0].astype(np.float64), place, clip.sample_rate)
    front, left, up = place.at(np.arange(clip.length) / max(1, clip.length - 1))[0].T
    return replace(clip, samples=np.stack([mono, mono * left, mono * up, mono * front]).astype(np.float32))


SPACES: dict[str, Callable[[AudioClip, Space], AudioClip]] = {
    "as it is": lambda clip, space: clip,
    "mono": lambda clip, space: clip.with_channels(1),
    "stereo": lambda clip, space: panned(widened(clip, space.width), space.pan),
    "binaural": lambda clip, space: binaural(clip.with_channels(1), space.place, HrtfSet.read(space.sofa or None)),
    "ambisonics": lambda clip, space: ambisonics(clip.with_channels(1), space.place),
}
