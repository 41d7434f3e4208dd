"""What makes a recording of a dry sound: saturation, echoes, rooms, equalizers, stereo, background noise and level."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sda_lib.synthesis.draw import Draw, Samples
from sda_lib.synthesis.music import level
from sda_lib.synthesis.spectra import convolved, highpass, lowpass, saturated, shaped, tilt

Maker = Callable[[Draw], Samples]
Gain = Callable[[np.ndarray], np.ndarray]

# Shares of sounds with a room, with a steady background, with a random equalizer and with a random tilt.
ROOMS, BACKGROUNDS, EQUALIZERS, TILTS = 0.35, 0.6, 0.67, 0.5
# Cutoffs in Hz of recorders, codecs and telephones whose traces sounds have.
BANDWIDTHS = (3400, 5500, 7500, 10_500, 15_500, 16_000, 19_000)
# Cutoff in Hz below which everything is removed, and its order.
LOWEST, STEEP = 18.0, 4
# Share of the sample rate over which everything falls to nothing below half of it, as in a converter.
CONVERTER = 0.03
# Seconds over which the beginning and the end of every sound rise and fall at least.
EDGE_SECONDS = 0.0005
# Largest peak of a sound.
LOUDEST = 0.98


def recorded(draw: Draw, make: Maker, stereo: bool) -> np.ndarray:
    """Return a family's sound as a recording, float32 [channel, time] with peaks up to LOUDEST."""
    own = draw.part(draw.length)
    lasting = 1.0 if draw.chance(0.75) else draw.between(0.3, 1)  # of the dry sound; the rest is for its room
    channels = list(level(np.stack(_channels(draw, own, make, round(draw.length * lasting), stereo))))
    for process, share in ((_saturation, 0.15), (_echoes, 0.06), (_comb, 0.05), (_backwards, 0.03)):
        if draw.chance(share):
            channels = process(draw, channels)
    if draw.chance(ROOMS):
        channels = _room(draw, channels)
    channels = _equalized(draw, channels)
    if draw.chance(BACKGROUNDS):
        channels = _background(draw, channels)
    return _finished(draw, np.stack(channels))


def _channels(draw: Draw, own: Draw, make: Maker, length: int, stereo: bool) -> list[Samples]:
    """Return the dry channels: one, or two that are equal, panned, delayed or two takes of some width."""

    def take(number: int) -> Samples:
        found = np.zeros(draw.length, np.float32)
        found[:length] = make(own.again(number, length))
        return found

    if not stereo:
        return [take(0)]
    kind, first = draw.choice(("middle", "panned", "delayed", "takes", "takes")), take(0)
    if kind == "takes":
        second, width = take(1), draw.between(0.1, 1)
        first, second = level(first), level(second)
        mid, side = (first + second) / 2, (first - second) / 2 * np.float32(width)
        return [mid + side, mid - side]
    place = draw.between(0, np.pi / 2) if kind == "panned" else np.pi / 4
    delayed = np.roll(first, late := draw.samples(draw.log_between(0.0003, 0.015))) if kind == "delayed" else first
    if kind == "delayed":
        delayed[:late] = 0
    return [first * np.float32(np.cos(place)), delayed * np.float32(np.sin(place))]


def _saturation(draw: Draw, channels: list[Samples]) -> list[Samples]:
    drive, bias = draw.between(0.3, 1.5), draw.choice((0.0, draw.between(0, 0.4)))
    for _ in range(draw.whole(1, 3)):
        channels = [saturated(one, drive, bias) for one in channels]
    return channels


def _echoes(draw: Draw, channels: list[Samples]) -> list[Samples]:
    delay, feedback = draw.samples(draw.log_between(0.05, 0.5)), draw.between(0.2, 0.7)
    found = [one.copy() for one in channels]
    for repeat in range(1, min(8, draw.length // delay + 1)):
        for new, one in zip(found, channels, strict=True):
            new[repeat * delay :] += np.float32(feedback**repeat) * one[: draw.length - repeat * delay]
    return found[::-1] if draw.chance(0.3) else found


def _comb(draw: Draw, channels: list[Samples]) -> list[Samples]:
    """Add a copy some milliseconds late, as a wall near the microphone does."""
    delay, share = draw.log_between(0.0002, 0.015), draw.between(-0.9, 0.9)
    return [shaped(one, draw.rate, lambda f: 1 + share * np.exp(-2j * np.pi * delay * f)) for one in channels]


def _backwards(draw: Draw, channels: list[Samples]) -> list[Samples]:
    return [one[::-1].copy() for one in channels]


def _room(draw: Draw, channels: list[Samples]) -> list[Samples]:
    """Add early reflections and decaying noise, treble first (room responses, Moorer 1979)."""
    seconds, wet = draw.log_between(0.08, 3.0), draw.log_between(0.05, 1.5)
    size = min(draw.length, draw.samples(1.1 * seconds))
    dull = lowpass(draw.log_between(1200, 14_000), draw.between(0.5, 1.5))
    early = draw.log_numbers(0.002, 0.06, draw.whole(3, 12))
    return [one + np.float32(wet) * level(_reverberant(draw, one, size, seconds, early, dull)) for one in channels]


def _reverberant(draw: Draw, sound: Samples, size: int, seconds: float, early: np.ndarray, dull: Gain) -> Samples:
    times = draw.times[:size]
    response = draw.noise(size) * np.exp(times * np.float32(-6.9 / seconds))
    response *= np.minimum(times / np.float32(draw.log_between(0.001, 0.05)), 1)
    places = (early * draw.details.uniform(0.9, 1.1, len(early)) * draw.rate).astype(int)
    strengths = 3 * draw.details.uniform(0.3, 1, len(early)) / (1 + 50 * early)
    for place, strength in zip(places, strengths, strict=True):
        response[min(place, size - 1)] += strength
    return convolved(sound, response, dull, draw.rate)


def _equalized(draw: Draw, channels: list[Samples]) -> list[Samples]:
    """Remove what lies below hearing and close to half the rate, and color the rest at random."""
    lowest = LOWEST if draw.chance(0.75) else draw.log_between(40, 500)
    limited = lowpass(draw.choice(BANDWIDTHS), draw.log_between(3, 40)) if draw.chance(0.25) else np.ones_like
    exponent = draw.parameters.normal(0, 0.25) if draw.chance(TILTS) else 0.0
    decibels = draw.choice((3.0, 6.0)) if draw.chance(EQUALIZERS) else 0.0
    knots = draw.parameters.normal(0, decibels, 8)  # from 50 Hz to 16 kHz

    def gain(hertz: np.ndarray) -> np.ndarray:
        octaves = np.log2(np.maximum(hertz, 50) / 50)
        color = 10 ** (np.interp(octaves, np.linspace(0, 8.3, len(knots)), knots) / 20)
        return (
            color
            * tilt(exponent)(hertz)
            * highpass(lowest, STEEP)(hertz)
            * limited(hertz)
            * converted(hertz, draw.rate)
        )

    return [shaped(one, draw.rate, gain) for one in channels]


def _background(draw: Draw, channels: list[Samples]) -> list[Samples]:
    """Add steady noise of some color, mostly faint."""
    loudness, exponent = 10 ** (draw.between(-90, -35) / 20), draw.between(0, 1.2)
    cutoff = draw.log_between(2000, 40_000)

    def gain(hertz: np.ndarray) -> np.ndarray:
        return tilt(exponent)(hertz) * (hertz > LOWEST) * lowpass(cutoff, 4)(hertz) * converted(hertz, draw.rate)

    noises = [shaped(draw.noise(), draw.rate, gain) for _ in channels]
    loudest = max(float(np.abs(one).max(initial=0)) for one in channels)
    return [
        one + noise * np.float32(loudness * loudest / max(float(noise.std()), 1e-9))
        for one, noise in zip(channels, noises, strict=True)
    ]


def converted(hertz: np.ndarray, rate: int) -> np.ndarray:
    """Return the gain of a converter's filter: 1 up to just below half the sample rate, 0 there."""
    return np.clip((rate / 2 - hertz) / (CONVERTER * rate), 0, 1) ** 2


def _finished(draw: Draw, samples: np.ndarray) -> np.ndarray:
    """Fade the very edges and scale the sound to a random peak; nearly half are at full level."""
    decibels = draw.choice((draw.between(-6, 0), draw.between(-6, 0), draw.between(-18, 0), draw.between(-40, 0)))
    edge = min(max(2, draw.samples(EDGE_SECONDS)), draw.length // 2)
    ramp, window = np.linspace(0, 1, edge + 1, dtype=np.float32)[1:], np.ones(draw.length, np.float32)
    window[:edge] *= ramp
    if draw.chance(0.7):  # the others end as hard as they were cut
        window[draw.length - edge :] *= ramp[::-1]
    samples = (samples - (samples @ window / window.sum())[:, None]) * window  # no DC is left
    return samples * np.float32(LOUDEST * 10 ** (decibels / 20) / max(float(np.abs(samples).max(initial=0)), 1e-6))
