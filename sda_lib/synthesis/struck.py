"""Families of sounds that are struck, plucked, scratched or switched."""

from __future__ import annotations

import numpy as np

from sda_lib.synthesis.draw import Draw, Samples
from sda_lib.synthesis.envelopes import envelope, repeated, struck
from sda_lib.synthesis.oscillators import cycles, partials, scattered, sine
from sda_lib.synthesis.pitches import drop
from sda_lib.synthesis.spectra import band, convolved, highpass, lowpass, peak, shaped

# Ratios of the modes of vibrating bodies (Fletcher and Rossing 1998); None: drawn.
BODIES = (
    (1.0, 2.756, 5.404, 8.933, 13.34, 18.64),  # free bar
    (1.0, 6.267, 17.55, 34.39),  # clamped bar
    (1.0, 3.932, 9.538, 16.688),  # marimba
    (1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501, 3.600, 3.652, 4.060, 4.154),  # membrane
    (1.0, 1.5, 1.98, 2.44, 2.9, 3.36),  # kettledrum
    (1.0, 2.32, 4.25, 6.63, 9.38, 12.22),  # wine glass
    None,
    None,
    None,
)
# Ratios of a church bell's partials to its strike note.
BELL = np.array([0.5, 1, 1.183, 1.506, 2, 2.514, 2.662, 3.011, 4.166, 5.433, 6.796, 8.215])


def pluck(draw: Draw, frequency: float | None = None) -> Samples:
    """Average noise in a loop of one period: a string, or with random signs a drum (Karplus and Strong 1983)."""
    frequency = min(frequency or draw.log_between(35, 1000), draw.rate / 24)
    period = round(draw.rate / frequency)
    blend, loss = draw.between(0.05, 0.5), draw.log_between(1e-4, 0.03)
    loop = lowpass(draw.log_between(8, 200) * frequency, 1)
    begin = shaped(np.tile(draw.noise(period), 3), draw.rate, loop)[period : 2 * period]
    begin -= np.roll(begin, round(period * draw.between(0.05, 0.5))) * draw.between(0, 1)  # where it is plucked
    blocks = -(-draw.length // period)
    found = np.empty((blocks, period), np.float32)
    found[0] = begin - begin.mean()
    now, kept, passed = np.float32(1 - loss), np.float32(1 - blend), np.float32(blend)
    signs = draw.details.choice((-1, 1), (blocks, period)).astype(np.float32) if draw.chance(0.1) else None
    before = np.float32(0)
    for block in range(1, blocks):
        last, new = found[block - 1], found[block]
        np.multiply(last, kept * now, out=new)
        new[1:] += passed * now * last[:-1]
        new[0] += passed * now * before
        before = last[-1]
        if signs is not None:
            new *= signs[block]
    return found.ravel()[: draw.length]


def piano(draw: Draw, frequency: float | None = None) -> Samples:
    """Decay in two stages, with pairs of stiff strings and a hammer's noise (piano tones, Weinreich 1977)."""
    frequency = frequency or draw.log_between(30, 2500)
    order = np.arange(1.0, 1 + min(60, max(2, int(draw.log_between(6000, 16000) / frequency))))
    ratios = order * np.sqrt(1 + draw.log_between(1e-5, 2e-3) * order**2)
    place, soft = draw.between(0.08, 0.2), draw.between(0.5, 1.8)
    amplitudes = np.abs(np.sin(np.pi * order * place)) * order**-soft
    decays = draw.log_between(0.4, 9) * (200 / (200 + frequency)) * order ** -draw.between(0.2, 0.8)
    cents = np.exp2(draw.parameters.normal(0, 0.8, len(order)) / 1200)
    hertz, share = np.concatenate([ratios, ratios * cents]), draw.between(0.05, 0.5)
    both = np.concatenate([amplitudes, share * amplitudes])
    tone = partials(draw, frequency * hertz, both, np.concatenate([decays * draw.between(0.1, 0.5), decays]))
    hammer = shaped(draw.noise(), draw.rate, lowpass(draw.log_between(200, 5000), 1))
    tone += draw.between(0, 0.8) * hammer * np.exp(-draw.times / np.float32(draw.log_between(0.002, 0.03)))
    return tone * damper(draw)


def modal(draw: Draw, frequency: float | None = None) -> Samples:
    """Strike a bar, plate, membrane, glass or an irregular body (modal synthesis, Adrien 1991), perhaps repeatedly."""
    frequency = frequency or draw.log_between(60, 4000)
    body = draw.choice(BODIES)
    ratios = np.array(body) if body is not None else draw.log_numbers(1, draw.between(2, 40), draw.whole(4, 40))
    ratios = ratios * draw.numbers(0.99, 1.01, len(ratios))
    amplitudes = draw.numbers(0.1, 1, len(ratios)) * ratios ** -draw.between(0, 1)
    decays = draw.log_between(0.01, 3) * ratios ** -draw.between(0, 1.5)
    tone = partials(draw, frequency * ratios, amplitudes, decays)
    knock = draw.noise() * np.exp(-draw.times / np.float32(draw.log_between(0.0005, 0.03)))
    tone += draw.log_between(0.02, 2) * shaped(knock, draw.rate, lowpass(draw.log_between(500, 15000), 1))
    return repetition(draw, tone) if draw.chance(0.3) else tone


def bell(draw: Draw, frequency: float | None = None) -> Samples:
    """Sum a bell's partials in beating pairs, the low ones longest (bell tones, Risset 1969)."""
    frequency = frequency or draw.log_between(80, 2500)
    ratios = BELL * draw.numbers(0.98, 1.02, len(BELL)) if draw.chance(0.6) else draw.log_numbers(0.5, 9, 12)
    pairs = np.concatenate([ratios, ratios * (1 + draw.parameters.normal(0, 0.0015, len(ratios)))])
    amplitudes = np.tile(draw.numbers(0.1, 1, len(ratios)), 2) * np.repeat([1, draw.between(0, 0.7)], len(ratios))
    decays = draw.log_between(0.2, 9) * pairs ** -draw.between(0.5, 1.3)
    tone = partials(draw, frequency * pairs, amplitudes, decays)
    return tone + draw.log_between(0.01, 0.5) * draw.noise() * np.exp(-draw.times / np.float32(0.002))


def drum(draw: Draw) -> Samples:
    """Beat a drum: a falling sine, its modes, and filtered noise (analog drums, Roland TR-808 1980)."""
    frequency, body = draw.log_between(32, 350), struck(draw, 0.03, 0.8)
    head = sine(cycles(draw, frequency, np.minimum(drop(draw), 0.9 * draw.highest / frequency))) * body
    if draw.chance(0.4):
        ratios = np.array(BODIES[3])
        head += 0.3 * partials(draw, frequency * ratios, draw.numbers(0, 1, len(ratios)), draw.log_between(0.03, 0.3))
    low = draw.log_between(150, 8000)
    rattle = shaped(draw.noise(), draw.rate, band(low, low * draw.log_between(1.5, 20), draw.between(0.7, 2)))
    rattle *= struck(draw, 0.01, 0.5)
    beaten = draw.choice((0.0, 1.0, 1.0)) * head + draw.log_between(0.02, 2) * rattle
    return clapped(draw, beaten) if draw.chance(0.12) else beaten


def cymbal(draw: Draw) -> Samples:
    """Ring densely and metallically, as hats and cymbals do (inharmonic partials, high-passed noise)."""
    low, count = min(draw.log_between(150, 4000), 0.3 * draw.highest), draw.whole(20, 120)
    hertz = draw.log_numbers(low, min(18_000, 0.98 * draw.highest), count)
    decays = draw.log_between(0.02, 3) * (hertz / low) ** -draw.between(0, 0.6)
    tone = partials(draw, hertz, draw.numbers(0.1, 1, count), decays * draw.numbers(0.4, 1.6, count)) / count**0.5
    wash = shaped(draw.noise(), draw.rate, highpass(draw.log_between(500, 9000), draw.between(1, 4)))
    return tone + draw.log_between(0.03, 1) * wash * struck(draw, 0.02, 1.5)


def click(draw: Draw) -> Samples:
    """Click once or several times, as keys, switches and latches do: short modes and noise, press and release."""
    starts, total = 0.0, np.zeros(draw.length, np.float32)
    for _ in range(draw.whole(1, 6)):
        some = draw.whole(3, 20)
        hertz, decays = draw.log_numbers(200, 12_000, some), draw.log_numbers(0.0005, 0.02, some)
        short = draw.part(min(draw.length, draw.samples(0.15)))
        one = partials(short, hertz, draw.numbers(0.1, 1, some), decays)
        one += (
            draw.log_between(0.05, 3) * short.noise() * np.exp(-short.times / np.float32(draw.log_between(3e-4, 0.01)))
        )
        placed(total, draw.log_between(0.1, 1) * one, draw.samples(starts))
        starts += draw.log_between(0.01, 0.3)
    return total


def scrape(draw: Draw) -> Samples:
    """Rub a body: irregular slips excite its modes (friction, Gaver 1993)."""
    hertz, widths = draw.log_numbers(150, 9000, draw.whole(3, 12)), draw.log_between(10, 500)
    strengths = draw.numbers(0.1, 1, len(hertz))
    rate = draw.log_between(15, 1500)
    gaps = draw.details.gamma(draw.log_between(1, 30), 1.0, max(2, round(rate * draw.seconds)))
    starts = np.cumsum(gaps / gaps.sum() * draw.length).astype(int)
    slips = np.zeros(draw.length, np.float32)
    np.add.at(slips, np.minimum(starts, draw.length - 1), draw.details.uniform(0.2, 1, len(starts)).astype(np.float32))
    slips += draw.log_between(0.001, 0.1) * draw.noise()
    body = shaped(
        slips, draw.rate, lambda f: sum(s * peak(f, h, widths) for s, h in zip(strengths, hertz, strict=True))
    )
    return body * envelope(draw)


def roll(draw: Draw) -> Samples:
    """Shake or roll: many small strikes of one body at a changing rate (shakers and maracas, Cook 1997)."""
    hertz = draw.log_numbers(300, 9000, draw.whole(2, 6))
    short = draw.part(draw.samples(0.06))
    grains = np.stack([
        partials(short, hertz * short.details.uniform(0.9, 1.1), np.ones(len(hertz)), draw.log_between(0.002, 0.03))
        + draw.between(0, 1) * short.noise() * np.exp(-short.times / np.float32(0.005))
        for _ in range(8)
    ])  # fmt: skip
    count = min(4000, max(2, round(draw.log_between(8, 600) * draw.seconds)))
    starts = np.sort(draw.details.integers(0, draw.length, count))
    waves = grains[draw.details.integers(0, 8, count)] * draw.details.exponential(1, (count, 1))
    return scattered(draw.length, starts, waves) * draw.choice((envelope, repeated))(draw)


def damper(draw: Draw) -> Samples | float:
    """Return the gain of a string that is let go before its end, or 1."""
    if draw.chance(0.5):
        return 1.0
    at, seconds = draw.between(0.2, 1) * draw.seconds, draw.log_between(0.02, 0.3)
    return np.exp(-np.maximum(draw.times - at, 0) / np.float32(seconds))


def clapped(draw: Draw, sound: Samples) -> Samples:
    """Repeat a sound's beginning a few times within some hundredths of a second, as a hand clap does."""
    taps = np.zeros(min(draw.length, draw.samples(0.08)), np.float32)
    taps[np.sort(draw.parameters.integers(0, len(taps), draw.whole(3, 5)))] = 1
    return convolved(sound, taps)


def repetition(draw: Draw, sound: Samples) -> Samples:
    """Repeat a strike: bouncing ever faster and softer, or in even or uneven time."""
    gap, ratio = draw.log_between(0.04, 0.6), draw.choice((draw.between(0.6, 0.95), 1.0, draw.between(1, 1.2)))
    total, at, level = np.zeros_like(sound), 0.0, 1.0
    for _ in range(draw.whole(2, 24)):
        placed(total, sound * np.float32(level), draw.samples(at) - 1)
        at, gap = at + gap * draw.between(0.9, 1.1), max(gap * ratio, 0.01)
        level *= ratio if ratio < 1 else draw.between(0.6, 1.1)
    return total


def placed(total: Samples, sound: Samples, start: int) -> None:
    """Add a sound to another in place, from a sample on; what reaches beyond its end is cut."""
    end = min(len(total), start + len(sound))
    if start < end:
        total[start:end] += sound[: end - start]
