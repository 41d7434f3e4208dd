"""Families of sustained and electronic tones. A family is a function of a Draw that returns a dry sound [time].

Those that take a frequency in Hz play notes; without one they draw it.
"""

from __future__ import annotations

import numpy as np

from sda_lib.synthesis.draw import Draw, Samples
from sda_lib.synthesis.envelopes import attack, envelope, held, smooth, struck, swell, trembling
from sda_lib.synthesis.oscillators import FOREVER, cosine, cycles, modulated, partials, polynomial, pulses, sine
from sda_lib.synthesis.pitches import bend, played, wander
from sda_lib.synthesis.spectra import band, lowpass, moving, peak, resonance, shaped, tilt

# Footage of an organ's nine drawbars as ratios to the note.
DRAWBARS = np.array([0.5, 1.5, 1, 2, 3, 4, 5, 6, 8])


def additive(draw: Draw, frequency: float | None = None) -> Samples:
    """Sum partials: harmonic, odd, stretched as of stiff strings, or irregular (additive synthesis, Risset 1969)."""
    frequency = frequency or draw.log_between(35, 1800)
    order = np.arange(1.0, draw.whole(3, 60))
    if draw.chance(0.25):
        order = 2 * order - 1
    stretch = draw.choice((0.0, 0.0, draw.log_between(1e-5, 3e-3)))
    ratios = order * np.sqrt(1 + stretch * order**2)
    if draw.chance(0.15):
        ratios = np.cumsum(draw.numbers(0.2, 1.8, len(order)))
    amplitudes = order ** -draw.between(0.2, 2.4) * draw.numbers(0.15, 1, len(order))
    decays = draw.log_between(0.05, 4) * order ** -draw.between(0, 1) if draw.chance(0.6) else FOREVER
    return partials(draw, frequency * ratios, amplitudes, decays, bend(draw)) * envelope(draw)


def organ(draw: Draw, frequency: float | None = None) -> Samples:
    """Sum an organ's drawbars, with key click and perhaps a rotating speaker (additive synthesis, Hammond 1934)."""
    frequency = frequency or draw.log_between(55, 1000)
    levels = 10 ** (-3 * draw.parameters.integers(0, 9, len(DRAWBARS)) / 20) * (draw.numbers(0, 1, 9) < 0.7)
    levels[draw.whole(0, 3)] = 1
    turning = draw.choice((None, None, draw.log_between(0.6, 7)))
    curve = None
    if turning is not None:
        wave = np.sin(np.float32(2 * np.pi * turning) * draw.times)
        curve = (1 + np.float32(draw.between(0.001, 0.008)) * wave).astype(np.float32)
    tone = partials(draw, frequency * DRAWBARS, levels, FOREVER, curve)
    click = draw.noise() * np.exp(-draw.times / np.float32(0.003)) * np.float32(draw.between(0, 1))
    return (tone + click) * (trembling(draw) if turning is not None else held(draw))


def strings(draw: Draw, frequency: float | None = None) -> Samples:
    """Sum detuned sawtooths, each drifting by itself, through a slow low-pass filter (subtractive synthesis)."""
    frequency = frequency or draw.log_between(40, 900)
    voices, spread = draw.whole(2, 6), draw.log_between(0.001, 0.02)
    total = np.zeros(draw.length, np.float32)
    for _ in range(voices):
        detuned = frequency * 2 ** draw.between(-spread, spread) * (1 + draw.details.normal(0, 1e-4))
        total += pulses(draw, detuned, played(draw), draw.between(0.97, 0.999))
    cutoffs = frequency * draw.log_numbers(1.5, 30, max(2, round(2 * draw.seconds)))
    exponent, quality = draw.between(0.4, 1.1), draw.log_between(0.6, 3)
    total = moving(total, draw.rate, lambda hertz, places: (
        tilt(exponent)(hertz) * resonance(hertz, along(places, cutoffs), quality)
    ))  # fmt: skip
    return total * draw.choice((held, held, swell, trembling))(draw)


def analog(draw: Draw, frequency: float | None = None) -> Samples:
    """Sweep a resonant low-pass filter over a sawtooth or square (subtractive synthesis, Stilson and Smith 1996)."""
    frequency = frequency or draw.log_between(30, 900)
    spacing = draw.choice((1.0, 1.0, 2.0))  # 2: odd harmonics alone, a square
    tone = pulses(draw, frequency, bend(draw), draw.between(0.9, 0.9995), spacing)
    opening, closing = frequency * draw.log_between(0.7, 60), frequency * draw.log_between(0.7, 60)
    quality, exponent, speed = draw.log_between(0.6, 12), draw.between(0.3, 1.2), draw.log_between(1, 20)
    rocking = draw.chance(0.3)

    def gain(hertz: np.ndarray, places: np.ndarray) -> np.ndarray:
        move = 0.5 - 0.5 * np.cos(2 * np.pi * speed * places) if rocking else 1 - np.exp(-speed * places)
        return tilt(exponent)(hertz) * resonance(hertz, (opening * (closing / opening) ** move)[:, None], quality)

    return moving(tone, draw.rate, gain) * envelope(draw)


def brass(draw: Draw, frequency: float | None = None) -> Samples:
    """Let the spectrum open as the level rises, as brass does (Risset and Mathews 1969)."""
    frequency = frequency or draw.log_between(50, 900)
    level = attack(draw, 0.01, 0.15) * draw.choice((held, held, swell))(draw)
    tone = pulses(draw, frequency, played(draw), draw.between(0.95, 0.998))
    base, reach, order = draw.between(0.8, 2), draw.log_between(4, 30), draw.between(1, 2.5)

    def gain(hertz: np.ndarray, places: np.ndarray) -> np.ndarray:
        level_now = np.interp(places * (len(level) - 1), np.arange(len(level)), level)
        cutoff = frequency * (base + reach * level_now**1.5)
        return lowpass(cutoff[:, None], order)(hertz)

    return moving(tone, draw.rate, gain) * level + draw.noise() * level * np.float32(draw.log_between(1e-4, 0.02))


def flute(draw: Draw, frequency: float | None = None) -> Samples:
    """Add breath noise around the partials of a blown tone (sines plus noise, Serra and Smith 1990)."""
    frequency = frequency or draw.log_between(120, 2200)
    order = np.arange(1.0, draw.whole(2, 12))
    amplitudes = order ** -draw.between(1, 3) * (1 - draw.between(0, 0.9) * (order % 2 == 0))
    level = attack(draw, 0.01, 0.2) * draw.choice((held, swell, trembling))(draw)
    tone = partials(draw, frequency * order, amplitudes, FOREVER, played(draw))
    width, breath = draw.log_between(20, 600), draw.log_between(0.01, 1.5)
    noise = shaped(draw.noise(), draw.rate, lambda hertz: (
        peak(hertz, frequency, width) + 0.5 * peak(hertz, 2 * frequency, width) + 0.05 * band(500, 9000, 1)(hertz)
    ))  # fmt: skip
    return (tone + breath * noise) * level


def fm(draw: Draw, frequency: float | None = None) -> Samples:
    """Modulate the phase of one sine by another, with a ratio and an index over time (FM, Chowning 1973)."""
    frequency = frequency or draw.log_between(35, 1500)
    ratio = draw.choice((0.5, 1.0, 1.0, 2.0, 3.0, 1.41, 3.5, 7.0, draw.log_between(0.1, 9)))
    curve, index = bend(draw), np.float32(draw.log_between(0.1, 12)) * envelope(draw)
    tone = modulated(draw, frequency, ratio, index, curve)
    if draw.chance(0.4):  # a second pair, as an electric piano has one for its attack
        tone += draw.between(0.1, 0.8) * modulated(
            draw, frequency * draw.choice((1.0, 1.003, 2.0)), draw.choice((1.0, 7.0, 14.0)), struck(draw), curve
        )
    return tone * envelope(draw)


def waveshaping(draw: Draw, frequency: float | None = None) -> Samples:
    """Drive a cosine through Chebyshev polynomials with a changing depth (waveshaping, Arfib 1979)."""
    frequency = frequency or draw.log_between(40, 1200)
    weights = draw.parameters.normal(0, 1, draw.whole(2, 16))
    weights *= np.arange(1.0, len(weights) + 1) ** -draw.between(0, 1.5)
    return polynomial(draw, frequency, weights, np.minimum(envelope(draw), 1), bend(draw)) * envelope(draw)


def ring(draw: Draw, frequency: float | None = None) -> Samples:
    """Multiply two tones: sums and differences of their partials (ring modulation, Bode 1961)."""
    first, second = frequency or draw.log_between(60, 2500), draw.log_between(3, 3000)
    order, other = np.meshgrid(np.arange(1.0, draw.whole(2, 7)), np.arange(1.0, draw.whole(2, 5)))
    hertz = np.concatenate([first * order + second * other, np.abs(first * order - second * other)]).ravel()
    amplitudes = np.tile((order * other).ravel() ** -draw.between(0.5, 1.5), 2)
    return partials(draw, hertz, amplitudes, FOREVER, bend(draw)) * envelope(draw)


def drone(draw: Draw, frequency: float | None = None) -> Samples:
    """Let clusters of close partials beat and fade slowly (additive synthesis)."""
    frequency = frequency or draw.log_between(35, 400)
    centers = frequency * draw.choice((np.arange(1.0, 12), draw.log_numbers(1, 30, 10)))
    hertz = (
        centers[:, None] * np.exp2(draw.parameters.normal(0, draw.log_between(3e-4, 0.02), (len(centers), 4)))
    ).ravel()
    amplitudes = np.repeat(draw.numbers(0, 1, len(centers)) * centers ** -draw.between(0, 1.2), 4)
    tone = partials(draw, hertz, amplitudes)
    knots = draw.log_numbers(0.2, 12, max(3, round(3 * draw.seconds))) * frequency * 3
    return moving(tone, draw.rate, lambda hertz, places: (
        lowpass(along(places, knots), 1.5)(hertz)
    )) * draw.choice((held, swell, trembling))(draw)  # fmt: skip


def sweep(draw: Draw) -> Samples:
    """Glide a sine, or a few harmonics, through random pitches or along one line (chirps; risers, zaps)."""
    count = draw.choice((2, 2, draw.whole(3, max(3, round(8 * draw.seconds)))))
    pitches = np.log(draw.log_numbers(40, 0.9 * draw.highest, count))
    if draw.chance(0.4):  # fast at first, as a zap
        curve = np.exp(pitches[0] + (pitches[1] - pitches[0]) * (1 - np.exp(-draw.times / draw.log_between(0.01, 0.5))))
    else:
        curve = np.exp(smooth(draw, pitches))
    turns = np.cumsum(np.minimum(curve, draw.highest), dtype=np.float64) / draw.rate
    if draw.chance(0.3):
        room = np.clip((draw.highest / 3 - curve) / 1000, 0, 1)  # the third harmonic ends where it would be mirrored
        return (sine(turns) + draw.between(0.1, 0.6) * room * sine(3 * turns)) * envelope(draw)
    return sine(turns) * envelope(draw)


def beep(draw: Draw, frequency: float | None = None) -> Samples:
    """Sound one or two steady tones, switched on and off or in turn, as signals do (additive synthesis, ITU-T Q.23)."""
    frequency = frequency or draw.log_between(200, 4500)
    order = np.arange(1.0, draw.choice((2, 2, 12)) * 2, 2)
    tones = [
        partials(draw, frequency * ratio * order, order ** -draw.between(1, 2))
        for ratio in (1.0, draw.choice((1.25, 1.5, 0.8, draw.between(0.5, 2))))
    ]
    rate, duty = draw.log_between(0.8, 20), draw.choice((0.5, 0.5, draw.between(0.2, 0.9)))
    place = draw.times * np.float32(rate) % 1
    gate = np.clip(np.minimum(place, duty - place) * draw.log_between(20, 400), 0, 1)
    if draw.chance(0.4):
        return tones[0] + tones[1] * draw.choice((0.0, 1.0))
    other = np.clip(np.minimum(place - duty, 1 - place) * draw.log_between(20, 400), 0, 1) if draw.chance(0.5) else 0.0
    return (tones[0] * gate + tones[1] * other).astype(np.float32)


def hum(draw: Draw) -> Samples:
    """Hum and buzz as transformers and neon tubes do: harmonics of 50 or 60 Hz with hiss (additive synthesis)."""
    frequency = draw.choice((50.0, 60.0, 100.0, 120.0, 400.0)) * (1 + draw.between(-0.002, 0.002))
    order = np.arange(1.0, 60)
    amplitudes = order ** -draw.between(0.3, 2) * draw.log_numbers(0.03, 1, len(order))
    hiss = shaped(draw.noise(), draw.rate, tilt(draw.between(0, 1))) * draw.log_between(0.003, 0.3)
    tone = partials(draw, frequency * order, amplitudes, FOREVER, wander(draw) if draw.chance(0.3) else None)
    return tone + hiss * np.abs(cosine(cycles(draw, frequency)))


def along(places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Read positive values at places 0..1 of a sound, evenly in their logarithm, as a column [frame, 1]."""
    return np.exp(np.interp(places * (len(values) - 1), np.arange(len(values)), np.log(values)))[:, None]
