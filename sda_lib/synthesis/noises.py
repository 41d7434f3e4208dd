"""Families of noise: air, water, fire, weather, engines, and grains of other sounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sda_lib.synthesis.draw import Draw, Samples
from sda_lib.synthesis.envelopes import envelope, held, raised, smooth, struck, swell
from sda_lib.synthesis.oscillators import pulses, scattered
from sda_lib.synthesis.pitches import wander
from sda_lib.synthesis.spectra import band, highpass, lowpass, moving, peak, shaped, tilt
from sda_lib.synthesis.tones import along

# Most samples that scattered waves may have in all, as a multiple of the sound's: beyond, events are left out.
MOST_SCATTERED = 24


def colored(draw: Draw) -> Samples:
    """Filter noise once: a band, its lower or upper part, a tilt or several resonances (subtractive synthesis)."""
    center, octaves = draw.log_between(60, 12_000), draw.log_between(0.1, 3)
    low, high = center * 2**-octaves, min(center * 2**octaves, draw.highest)
    gain = draw.choice((
        band(low, high, draw.between(0.7, 5)), lowpass(high, draw.between(0.5, 5)), highpass(low, draw.between(0.5, 4)),
        tilt(draw.between(0, 1.5)), resonances(draw),
    ))  # fmt: skip
    return shaped(draw.noise(), draw.rate, gain) * envelope(draw)


def gust(draw: Draw) -> Samples:
    """Move resonances through noise, as wind in wires and chimneys does (Farnell 2010)."""
    count = max(3, round(draw.seconds * draw.log_between(1, 8)))
    curves = [draw.log_between(150, 3000) * draw.log_numbers(0.5, 2, count) for _ in range(draw.whole(1, 4))]
    quality, under = draw.log_between(1, 40), draw.log_between(0.003, 0.5)
    exponent = draw.between(0.3, 1.5)

    def gain(hertz: np.ndarray, places: np.ndarray) -> np.ndarray:
        lines = [along(places, curve) for curve in curves]
        return sum(peak(hertz, line, line / quality) for line in lines) + under * tilt(exponent)(hertz)

    return moving(draw.noise(), draw.rate, gain) * draw.choice((swell, held, envelope))(draw)


def whoosh(draw: Draw) -> Samples:
    """Sweep a band of noise past, or let it burst and close, as swishes, jets and explosions do (Farnell 2010)."""
    if draw.chance(0.5):
        centers, level = draw.log_numbers(150, 9000, draw.whole(2, 4)), swell(draw)
    else:
        start = draw.log_between(1500, 16_000)
        centers, level = np.array([start, start * draw.log_between(0.01, 0.3)]), struck(draw, 0.05, 2)
    octaves, order = draw.log_between(0.2, 2.5), draw.between(0.8, 3)

    def gain(hertz: np.ndarray, places: np.ndarray) -> np.ndarray:
        away = np.log2(np.maximum(hertz, 20) / along(places, centers)) / octaves
        return 1 / np.sqrt(1 + np.abs(away) ** (2 * order))

    return moving(draw.noise(), draw.rate, gain) * level


def burst(draw: Draw) -> Samples:
    """Burst once or several times: short noises of one color, as shots, steam and static do (shaped noise)."""
    gain, length = draw.choice((resonances(draw), tilt(draw.between(0, 1)))), draw.length
    total = np.zeros(length, np.float32)
    for start in np.sort(draw.numbers(0, 0.9, draw.choice((1, 1, draw.whole(2, 12)))))[:12]:
        at = 0 if not total.any() else int(start * length)
        total[at:] += draw.log_between(0.2, 1) * struck(draw, 0.004, 0.4)[: length - at]
    return shaped(draw.noise() * total, draw.rate, gain)


def rumble(draw: Draw) -> Samples:
    """Rumble below a few hundred Hz, as thunder, traffic and machines behind walls do (Farnell 2010)."""
    cutoff, order = draw.log_between(40, 400), draw.between(0.7, 2.5)
    low = shaped(draw.noise(), draw.rate, lowpass(cutoff, order)) * swell(draw)
    low /= max(float(low.std()), 1e-9)
    over = shaped(draw.noise(), draw.rate, tilt(draw.between(0.5, 1.2)))
    over = over / max(float(over.std()), 1e-9) * draw.log_between(0.003, 0.3)
    return (low + over * raised(np.abs(low), np.array([0.2, 0.6, 1.0, 1.5, 2.0]))).astype(np.float32)


def rain(draw: Draw) -> Samples:
    """Scatter drops over a hiss: short damped tones and ticks at random times (Gabor 1947, Farnell 2010)."""
    size, low = draw.samples(draw.log_between(0.002, 0.02)), draw.log_between(300, 4000)
    rate = draw.log_between(15, 3000)
    starts, strengths = events(draw, rate, size)
    hertz = np.exp(draw.details.uniform(np.log(low), np.log(min(low * 8, draw.highest)), (len(starts), 1)))
    times = np.arange(size, dtype=np.float32) / draw.rate
    decays = draw.log_between(0.0005, 0.006) * draw.details.uniform(0.3, 2, (len(starts), 1))
    waves = np.sin((2 * np.pi * hertz).astype(np.float32) * times) * np.exp(-times / decays.astype(np.float32))
    drops = scattered(draw.length, starts, waves * strengths)
    hiss = shaped(draw.noise(), draw.rate, band(draw.log_between(200, 3000), draw.log_between(4000, 14_000), 1))
    return (drops + draw.log_between(0.003, 0.3) * hiss) * draw.choice((held, swell))(draw)


def bubbles(draw: Draw) -> Samples:
    """Let bubbles ring and rise in water, from single drops to a brook (Minnaert 1933, van den Doel 2005)."""
    size = draw.samples(draw.between(0.03, 0.12))
    starts, strengths = events(draw, draw.log_between(2, 250), size)
    low = draw.log_between(200, 2000)
    hertz = np.exp(draw.details.uniform(np.log(low), np.log(low * draw.log_between(1.5, 6)), (len(starts), 1)))
    times = np.arange(size, dtype=np.float32) / draw.rate
    radius = 3.0 / hertz  # of the bubble, in m
    damping = (0.13 / radius + 0.0072 * radius**-1.5).astype(np.float32)
    rising = np.minimum(draw.between(0, 0.15) * damping, 8.0)
    turns = hertz.astype(np.float32) * times * (1 + rising * times / 2)
    waves = np.sin(2 * np.pi * turns) * np.exp(-damping * times) * (hertz * (1 + rising * times[-1]) < draw.highest)
    flow = shaped(draw.noise(), draw.rate, band(draw.log_between(100, 800), draw.log_between(1000, 6000), 1))
    return (scattered(draw.length, starts, waves * strengths) + draw.log_between(0.001, 0.3) * flow) * (
        draw.choice((held, swell))(draw)
    )


def crackle(draw: Draw) -> Samples:
    """Crackle as fire, vinyl and foil do: ticks of power-law strengths at random times (Farnell 2010)."""
    size = draw.samples(draw.log_between(0.0005, 0.01))
    starts, strengths = events(draw, draw.log_between(3, 800), size, draw.between(1.1, 2.5))
    times = np.arange(size, dtype=np.float32) / draw.rate
    kinds = draw.details.standard_normal((32, size), dtype=np.float32) * np.exp(
        -times / np.float32(size / draw.rate / 4)
    )
    ticks = scattered(draw.length, starts, kinds[draw.details.integers(0, 32, len(starts))] * strengths)
    ticks = shaped(ticks, draw.rate, draw.choice((resonances(draw), tilt(draw.between(-0.3, 0.8)))))
    bed = shaped(draw.noise(), draw.rate, tilt(draw.between(0, 1.2)))
    return ticks + draw.log_between(0.0005, 0.2) * float(ticks.std()) * bed / max(float(bed.std()), 1e-9)


def engine(draw: Draw) -> Samples:
    """Fire pulses at a changing speed through an exhaust's resonances, with noise in time with them (Farnell 2010)."""
    speeds = draw.log_between(8, 150) * draw.log_numbers(
        0.6, 1.7, max(2, round(draw.seconds * draw.between(0.3, 2)) + 1)
    )
    pace = np.exp(smooth(draw, np.log(speeds / speeds[0]))) * wander(draw)
    train = pulses(draw, speeds[0], pace, draw.between(0.97, 0.999))
    lame = 1 + draw.between(0, 0.9) * np.sin(2 * np.pi * np.cumsum(pace * speeds[0] / 4, dtype=np.float64) / draw.rate)
    air = draw.noise() * (draw.log_between(0.01, 0.6) + draw.between(0, 1) * np.abs(train) ** 1.5)
    exponent, body = draw.between(0.4, 1.2), resonances(draw, 60, 2500)
    sound = shaped((train * lame + air).astype(np.float32), draw.rate, lambda f: tilt(exponent)(f) * (0.1 + body(f)))
    return sound * draw.choice((held, swell, envelope))(draw)


def clatter(draw: Draw) -> Samples:
    """Repeat a short noise in time, as printers, trains, fans and sewing machines do (shaped noise)."""
    rate, size = draw.log_between(2, 45), draw.samples(draw.log_between(0.01, 0.2))
    count = max(1, min(round(rate * draw.seconds), MOST_SCATTERED * draw.length // size))
    jitter = draw.details.normal(0, draw.log_between(0.001, 0.2), count)
    starts = np.clip((np.arange(count) + jitter) / rate * draw.rate, 0, draw.length - 1).astype(int)
    some = draw.whole(1, 4)
    times = np.arange(size, dtype=np.float32) / draw.rate
    kinds = draw.details.standard_normal((some, size), dtype=np.float32) * np.exp(
        -times / (draw.log_numbers(0.1, 1, some)[:, None] * size / draw.rate / 3)
    )
    waves = kinds[np.arange(count) % some] * draw.details.uniform(0.6, 1, (count, 1))
    body, exponent, bed = resonances(draw), draw.between(0, 1), draw.log_between(0.001, 0.2) * draw.noise()
    sound = scattered(draw.length, starts, waves) + bed
    return shaped(sound, draw.rate, lambda f: tilt(exponent)(f) * (0.15 + body(f))) * draw.choice((held, swell))(draw)


def resonances(draw: Draw, low: float = 100, high: float = 10_000) -> Callable[[np.ndarray], np.ndarray]:
    """Return the gain of some random resonances between two frequencies in Hz."""
    count = draw.whole(1, 8)
    hertz, strengths = draw.log_numbers(low, high, count), draw.numbers(0.1, 1, count)
    widths = hertz * draw.log_numbers(0.01, 0.8, count)
    return lambda f: sum((s * peak(f, h, w) for s, h, w in zip(strengths, hertz, widths, strict=True)), np.zeros(1))


def events(draw: Draw, rate: float, size: int, power: float = 1.6) -> tuple[np.ndarray, np.ndarray]:
    """Return starts [event] of `rate` events per second of `size` samples, and strengths [event, 1] by a power law."""
    count = int(np.clip(round(rate * draw.seconds), 2, max(2, MOST_SCATTERED * draw.length // size)))
    starts = np.sort(draw.details.integers(0, draw.length, count))
    return starts, np.minimum(0.05 * draw.details.pareto(power, (count, 1)) + 0.02, 1.0).astype(np.float32)
