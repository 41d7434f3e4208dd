"""Spatial placement: mono, stereo with width and pan, binaural by HRTF, first-order ambisonics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import scipy

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.export.finish import Place, Space
from sda_lib.export.hrtf import HrtfSet, unit_vectors

# Samples between two responses of a moving source; windows of twice this length overlap.
BLOCK = 512
# Half length in samples of the interpolation filter, and number of positions interpolated at once.
HALF_SINC, READ_AT_ONCE = 12, 32_768
# Cutoff in Hz of the low-pass that models 10 m of air; inversely proportional to the distance.
AIR_HZ = 8000.0
# Length of the noise that generates the side signal of a mono sound.
WIDTH_SECONDS = 0.02
# Frequency below which a mono sound stays in the middle: wide bass is lost on many systems.
WIDTH_HZ = 200.0


def directions_at(place: Place, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors [k, 3] and distances [k] of a place at times 0..1. Azimuths don't wrap around."""
    points = np.array(sorted(place.points))
    azimuth, elevation, distance = (np.interp(times, points[:, 0], points[:, one]) for one in (1, 2, 3))
    return unit_vectors(azimuth, elevation), distance


def place_in_space(clip: AudioClip, space: Space) -> AudioClip:
    """Return the clip placed as given: 1, 2 or (ambisonics) 4 channels."""
    return SPACES[space.mode](clip, space)


# --- stereo ----------------------------------------------------------------------------------------------------------


def widened(clip: AudioClip, width: float) -> AudioClip:
    """Return a stereo clip of this width: 0 is mono, 1 a stereo clip's own width.

    The side signal of a mono clip is made by decorrelation: filtering with short noise. The sum of both channels stays
    exactly the mono sound.
    """
    side = None if clip.channels == 2 else _decorrelated(clip.samples.mean(0), clip.sample_rate)
    return stereo_of(clip, width, side)


def stereo_of(clip: AudioClip, width: float, side: np.ndarray | None) -> AudioClip:
    """Return a stereo clip of this width: of mono with a side signal [time], or of a stereo clip with its own."""
    mid = clip.samples.mean(0)
    moved = width * 0.5 * (clip.samples[0] - clip.samples[1]) if side is None else 0.5 * width * side
    return replace(clip, samples=np.stack([mid + moved, mid - moved]).astype(np.float32))


def _decorrelated(mid: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return an uncorrelated signal of the same spectrum above WIDTH_HZ: filtered by flat, decaying noise."""
    return scipy.signal.oaconvolve(mid, decorrelation(sample_rate))[: len(mid)]


def decorrelation(sample_rate: int) -> np.ndarray:
    """Return the taps of the filter that makes the side signal of a mono sound: noise that is flat and decays."""
    size = max(16, round(WIDTH_SECONDS * sample_rate))
    noise = np.random.default_rng(1).standard_normal(size) * np.exp(-4 * np.arange(size) / size)
    spectrum = np.fft.rfft(noise, 2 * size)
    hertz = np.fft.rfftfreq(2 * size, 1 / sample_rate)
    return np.fft.irfft(spectrum / np.maximum(np.abs(spectrum), 1e-9) * np.clip(hertz / WIDTH_HZ - 0.5, 0, 1))


def panned(clip: AudioClip, pan: float) -> AudioClip:
    """Pan from -1 (left) to 1 (right) at equal power; 0 leaves the clip unchanged.

    A stereo clip is attenuated on the other side.
    """
    angle = (pan + 1) * np.pi / 4
    gains = np.sqrt(2) * np.array([np.cos(angle), np.sin(angle)])
    if clip.channels == 2:
        gains = np.minimum(gains, 1)
    return replace(clip, samples=(clip.with_channels(2).samples * gains[:, None]).astype(np.float32))


@dataclass(frozen=True)
class Compatibility:
    """Mono compatibility of a stereo sound: the channels' correlation -1..1, and the loss of the sum in dB."""

    correlation: float
    mono_loss: float


def compatibility(clip: AudioClip) -> Compatibility:
    """Measure a clip's mono compatibility: a correlation near 1 and a loss near 0 dB are safe."""
    return compatibility_of([clip])


def compatibility_of(clips: Iterable[AudioClip]) -> Compatibility:
    """Measure the mono compatibility of a sound in successive clips."""
    sums = np.zeros(4)  # power of left, right and their mean, and their product
    for clip in clips:
        left, right = clip.with_channels(2).samples.astype(np.float64)
        sums += [
            one.sum() for one in (np.square(left), np.square(right), np.square(0.5 * (left + right)), left * right)
        ]
    of_left, of_right, both, product = sums
    power, total = np.sqrt(of_left * of_right), 0.5 * (of_left + of_right)
    loss = 10 * np.log10(max(total, 1e-20) / max(both, 1e-20)) if total > 0 else 0.0
    return Compatibility(float(product / power) if power > 0 else 1.0, float(loss))


# --- around the head -------------------------------------------------------------------------------------------------


def binaural(clip: AudioClip, place: Place, heads: HrtfSet | None = None) -> AudioClip:
    """Render a mono clip for two ears from a position or along a path. Raises SdaError for a clip of two channels.

    The result is longer than the clip by the ear's response. Levels fall by 6 dB for every doubling of the distance
    from 1 m, and distant sounds lose treble to the air.
    """
    heads, mono = (heads or HrtfSet.read()).resampled(clip.sample_rate), _through_air(clip, place)
    ears = _render_moving(mono, place, heads) if place.moves else _render_still(mono, place, heads)
    return replace(clip, samples=ears.astype(np.float32))


def _render_still(mono: np.ndarray, place: Place, heads: HrtfSet) -> np.ndarray:
    responses, delays = heads.at(directions_at(place, np.zeros(1))[0])
    taps = responses.shape[-1] + int(np.ceil(heads.delays.max() * heads.sample_rate)) + 1
    ears = zip(responses[0], delays[0] * heads.sample_rate, strict=True)
    return np.stack([scipy.signal.oaconvolve(mono, _delayed_response(*ear, taps)) for ear in ears])


def _delayed_response(response: np.ndarray, delay: float, taps: int) -> np.ndarray:
    """Delay a response by a fractional number of samples, in this number of taps."""
    size = 2 * taps
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * delay)
    return np.fft.irfft(np.fft.rfft(response, size) * turn, size)[:taps]


def _render_moving(mono: np.ndarray, place: Place, heads: HrtfSet) -> np.ndarray:
    """Render overlapping windows of the sound, with the responses at its center; delays change every sample."""
    count, rate = len(mono), heads.sample_rate
    middles = np.arange(-BLOCK, count + BLOCK, BLOCK) + BLOCK
    directions, _ = directions_at(place, np.clip(middles / max(1, count - 1), 0, 1))
    responses, delays = heads.at(directions)
    slack = int(np.ceil(heads.delays.max() * rate)) + 2
    ears = np.zeros((2, (len(middles) + 2) * BLOCK + responses.shape[-1] + slack))
    window = np.hanning(2 * BLOCK + 1)[:-1]
    for ear in range(2):
        glide = np.interp(np.arange(count + slack), middles, delays[:, ear] * rate)
        late = np.pad(_delayed(mono, glide), (BLOCK, 2 * BLOCK))
        for number, response in enumerate(responses[:, ear]):
            first = number * BLOCK
            part = late[first : first + 2 * BLOCK]
            wet = scipy.signal.oaconvolve(part * window[: len(part)], response)
            ears[ear, first : first + len(wet)] += wet
    return ears[:, BLOCK : BLOCK + count + responses.shape[-1] + slack]


def _delayed(mono: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """Delay the signal by `delay` samples at every sample, by windowed sinc interpolation [len(delay)]."""
    padded = np.pad(mono, (HALF_SINC + 1, HALF_SINC + 1 + len(delay) - len(mono)))
    parts = [
        _interpolated(padded, first + np.arange(len(part)) - part)
        for first in range(0, len(delay), READ_AT_ONCE)
        for part in [delay[first : first + READ_AT_ONCE]]
    ]
    return np.concatenate(parts)


def _interpolated(padded: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Interpolate a signal, padded by HALF_SINC + 1 samples at its beginning, at fractional positions."""
    reach = np.floor(places).astype(int)[:, None] + np.arange(-HALF_SINC + 1, HALF_SINC + 1)
    away = places[:, None] - reach
    weights = np.sinc(away) * np.cos(np.pi * away / (2 * (HALF_SINC + 1))) ** 2
    return (padded[np.clip(reach + HALF_SINC + 1, 0, len(padded) - 1)] * weights).sum(1)


def _through_air(clip: AudioClip, place: Place) -> np.ndarray:
    """Return a mono clip's samples, float64 [time], with the loss of level and treble that its distance causes.

    Raises SdaError for a clip of more channels.
    """
    if clip.channels != 1:
        raise SdaError(f"{clip.name or 'The sound'} has {clip.channels} channels; only a mono sound can be at a point.")
    times = np.arange(clip.length) / max(1, clip.length - 1)
    distance = directions_at(place, times)[1] if place.moves else np.full(1, place.points[0][3])
    attenuated, mean = clip.samples[0].astype(np.float64) / distance, float(distance.mean())
    if mean <= 2:
        return attenuated
    share = np.exp(-2 * np.pi * min(AIR_HZ * 10 / mean, clip.sample_rate / 2.1) / clip.sample_rate)
    return scipy.signal.lfilter([1 - share], [1, -share], attenuated)


def ambisonics(clip: AudioClip, place: Place) -> AudioClip:
    """Encode a mono clip as first-order ambisonics in AmbiX form: channels W, Y, Z, X (ACN), SN3D.

    Raises SdaError for a clip of more channels.
    """
    mono = _through_air(clip, place)
    front, left, up = directions_at(place, np.arange(clip.length) / max(1, clip.length - 1))[0].T
    return replace(clip, samples=np.stack([mono, mono * left, mono * up, mono * front]).astype(np.float32))


SPACES: dict[str, Callable[[AudioClip, Space], AudioClip]] = {
    "as it is": lambda clip, space: clip,
    "mono": lambda clip, space: clip.with_channels(1),
    "stereo": lambda clip, space: panned(widened(clip, space.width), space.pan),
    "binaural": lambda clip, space: binaural(clip.with_channels(1), space.place, HrtfSet.read(space.sofa or None)),
    "ambisonics": lambda clip, space: ambisonics(clip.with_channels(1), space.place),
}
