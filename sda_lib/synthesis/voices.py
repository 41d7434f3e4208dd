"""Families of voices: vowels and syllables, birds, insects and other animals."""

from __future__ import annotations

import numpy as np

from sda_lib.synthesis.draw import Draw, Samples
from sda_lib.synthesis.envelopes import held, raised, repeated, smooth, struck, swell
from sda_lib.synthesis.oscillators import cycles, pulses, sine, top
from sda_lib.synthesis.pitches import bend, vibrato, wander
from sda_lib.synthesis.spectra import moving, peak, tilt
from sda_lib.synthesis.struck import placed

# Formants of vowels in Hz, of an adult man (Peterson and Barney 1952); the fourth and fifth are usual values.
VOWELS = np.array([
    (270, 2290, 3010, 3500, 4500), (390, 1990, 2550, 3400, 4500), (530, 1840, 2480, 3400, 4500),
    (660, 1720, 2410, 3400, 4500), (730, 1090, 2440, 3400, 4500), (570, 840, 2410, 3300, 4400),
    (440, 1020, 2240, 3300, 4400), (300, 870, 2240, 3200, 4300), (640, 1190, 2390, 3300, 4400),
    (490, 1350, 1690, 3300, 4400),
])  # fmt: skip
# Relative levels and bandwidths in Hz of the formants.
LEVELS, WIDTHS = np.array([1.0, 0.6, 0.3, 0.15, 0.08]), np.array([70.0, 90, 130, 200, 300])
# Noise of consonants: center and half width in Hz and octaves, and duration in seconds.
CONSONANTS = (
    (6500, 0.5, 0.12), (3500, 0.6, 0.12), (5000, 2.0, 0.10), (1500, 2.0, 0.08),  # s, sh, f, h
    (4000, 1.0, 0.02), (800, 1.5, 0.015), (1800, 0.7, 0.03),  # t, p, k
)  # fmt: skip


def vowel(draw: Draw, frequency: float | None = None) -> Samples:
    """Sing one vowel or glide between some (source and filter, Fant 1960)."""
    frequency = frequency or draw.log_between(65, 600)
    curve = draw.choice((bend, vibrato, wander))(draw)
    source = voiced(draw, frequency, curve)
    targets = VOWELS[draw.parameters.integers(0, len(VOWELS), draw.whole(1, 4))] * draw.log_between(0.85, 1.5)
    return spoken(draw, source, targets) * draw.choice((held, swell, struck))(draw)


def choir(draw: Draw, frequency: float | None = None) -> Samples:
    """Sing a vowel with several voices that differ a little (source and filter, Fant 1960)."""
    frequency = frequency or draw.log_between(80, 500)
    source = np.zeros(draw.length, np.float32)
    for _ in range(draw.whole(3, 6)):
        source += voiced(draw, frequency * 2 ** draw.between(-0.015, 0.015), draw.choice((vibrato, wander))(draw))
    targets = VOWELS[draw.parameters.integers(0, len(VOWELS), draw.whole(1, 2))] * draw.log_between(0.9, 1.4)
    return spoken(draw, source, targets) * draw.choice((held, swell))(draw)


def speech(draw: Draw) -> Samples:
    """Speak or whisper syllables: consonants of noise, gliding vowels, a falling and accented pitch (Klatt 1980)."""
    pace, at, size = draw.log_between(2, 7), lead(draw), draw.log_between(0.85, 1.6)
    level, breath = np.zeros(draw.length, np.float32), np.zeros(draw.length, np.float32)
    centers: list[float] = []
    octaves: list[float] = []
    targets: list[np.ndarray] = []
    while at < draw.seconds and len(targets) < 80:
        center, width, seconds = draw.choice(CONSONANTS)
        noise = draw.part(draw.samples(seconds * draw.between(0.6, 1.6)))
        placed(breath, np.hanning(noise.length + 2)[1:-1] * draw.log_between(0.03, 0.5), draw.samples(at))
        spoken_for = draw.part(draw.samples(draw.between(0.4, 0.9) / pace))
        shape = np.minimum(1, 8 * (1 - np.abs(np.linspace(-1, 1, spoken_for.length)))) ** draw.between(0.5, 1.5)
        placed(level, shape * draw.between(0.4, 1), draw.samples(at + 0.7 * seconds))
        centers.append(center)
        octaves.append(width)
        targets += [VOWELS[draw.whole(0, len(VOWELS) - 1)]] * draw.choice((1, 1, 2))
        at += draw.between(0.7, 1.3) / pace + (draw.log_between(0.1, 0.8) if draw.chance(0.12) else 0)
    fall = smooth(draw, draw.parameters.normal(0, 0.12, max(3, round(pace * draw.seconds)))) - 0.3 * draw.times / 2
    source = voiced(draw, draw.log_between(75, 330), np.exp2(np.maximum(fall, -0.8)))
    whisper = draw.chance(0.15)
    voice = spoken(draw, draw.noise() if whisper else source, np.array(targets) * size) * level
    return voice / max(float(np.abs(voice).max()), 1e-9) + _consonants(draw, breath, centers, octaves)


def _consonants(draw: Draw, level: Samples, centers: list[float], octaves: list[float]) -> Samples:
    """Return noise of a level [time] whose band moves through those of consonants."""

    def gain(hertz: np.ndarray, places: np.ndarray) -> np.ndarray:
        which = np.minimum((places * len(centers)).astype(int), len(centers) - 1)
        center, width = np.array(centers)[which][:, None], np.array(octaves)[which][:, None]
        return np.exp(-np.square(np.log2(np.maximum(hertz, 20) / center) / width))

    return moving(draw.noise() * level, draw.rate, gain)


def bird(draw: Draw) -> Samples:
    """Whistle in syllables of moving pitch, repeated as motifs (moving sines, Farnell 2010)."""
    total, at = np.zeros(draw.length, np.float32), lead(draw)
    base = min(draw.log_between(900, 6500), 0.4 * draw.highest)
    motif = [
        (draw.log_between(0.02, 0.3), draw.log_numbers(0.6, 1.8, draw.whole(2, 5))) for _ in range(draw.whole(1, 5))
    ]
    gap, rough = draw.log_between(0.01, 0.3), draw.choice((0.0, 0.0, draw.log_between(20, 200)))
    while at < draw.seconds:
        for seconds, shape in motif:
            one = draw.part(draw.samples(seconds))
            pitch = np.minimum(base * np.exp(smooth(one, np.log(shape))), draw.highest)
            turns = np.cumsum(pitch, dtype=np.float64) / draw.rate
            level = np.hanning(one.length + 2)[1:-1] ** 0.7 * draw.between(0.4, 1)
            tone = sine(turns) * (1 + 0.8 * np.sin(2 * np.pi * rough * one.times)) if rough else sine(turns)
            placed(total, (tone * level).astype(np.float32), draw.samples(at))
            at += seconds + gap
        at += draw.log_between(0.03, 1)
    return total


def insect(draw: Draw) -> Samples:
    """Chirp as crickets and cicadas do: trains of pulses of a high tone, in groups or steadily (Farnell 2010)."""
    carrier = min(draw.log_between(1800, 9000), 0.9 * draw.highest)
    rate, duty = draw.log_between(15, 250), draw.between(0.2, 0.9)
    place = (draw.times * np.float32(rate)) % 1
    pulse = np.sin(np.pi * np.minimum(place / duty, 1)) ** 2
    narrow = draw.log_between(10, 2500)
    tone = sine(cycles(draw, carrier, np.minimum(wander(draw), 1.05)))
    rustle = moving(draw.noise(), draw.rate, lambda hertz, _: peak(hertz, carrier, narrow)[None])
    share = draw.choice((0.0, draw.between(0, 1)))
    return ((1 - share) * tone + share * 8 * rustle) * pulse * draw.choice((repeated, held, swell))(draw)


def animal(draw: Draw) -> Samples:
    """Call as animals do: one or more arched cries, rough or clear, through a throat (source and filter, Fant 1960)."""
    frequency, size = draw.log_between(45, 1100), draw.log_between(0.5, 2.5)
    count = draw.choice((1, 1, 2, draw.whole(2, 6)))
    total, at = np.zeros(draw.length, np.float32), 0.0
    arch, rough = draw.log_numbers(0.6, 1.7, draw.whole(3, 5)), draw.choice((0.0, draw.between(0.2, 1)))
    targets = VOWELS[draw.parameters.integers(0, len(VOWELS), 3)] * size
    duration = draw.seconds * draw.between(0.6, 1) / count
    for _ in range(count):
        one = draw.part(draw.samples(duration * draw.between(0.6, 1)))
        cry = np.exp(smooth(one, np.log(arch))) * wander(one)
        source = voiced(one, frequency, cry)
        source *= 1 + rough * sine(cycles(one, frequency / draw.choice((2, 3, 4.3)), cry))
        placed(total, spoken(one, source, targets) * np.hanning(one.length + 2)[1:-1] ** 0.5, draw.samples(at) - 1)
        at += duration * draw.between(0.8, 1.4)
    return total


def lead(draw: Draw) -> float:
    """Draw the seconds of silence before a first syllable."""
    return draw.between(0, min(0.1, 0.2 * draw.seconds))


def voiced(draw: Draw, frequency: float, curve: np.ndarray | None) -> Samples:
    """Return a throat's tone: pulses that fall by a power of the frequency, with breath."""
    frequency = min(frequency, 0.2 * draw.highest / top(curve))
    jitter = 1 + np.float32(draw.log_between(1e-4, 0.01)) * raised(
        np.cumsum(np.full(draw.length, frequency / draw.rate)),
        draw.details.standard_normal(int(frequency * draw.seconds) + 3),
    )
    tone = pulses(draw, frequency, jitter if curve is None else curve * jitter, draw.between(0.96, 0.998))
    return tone + draw.choice((0.0, draw.log_between(0.01, 0.5))) * draw.noise()


def spoken(draw: Draw, source: Samples, targets: np.ndarray) -> Samples:
    """Filter a source by formants in Hz [target, formant] that glide from one target to the next."""
    widths, exponent = WIDTHS * draw.log_between(0.7, 2), draw.between(0.3, 0.8)
    strengths = LEVELS ** draw.between(0.6, 1.4)

    def gain(hertz: np.ndarray, places: np.ndarray) -> np.ndarray:
        now = (
            [raised(places * (len(targets) - 1), line)[:, None] for line in targets.T]
            if len(targets) > 1
            else targets.T
        )
        resonances = (
            strength * peak(hertz, center, width)
            for strength, center, width in zip(strengths, now, widths, strict=True)
        )
        return (sum(resonances) + 0.003) * tilt(exponent)(hertz)

    return moving(source, draw.rate, gain)
