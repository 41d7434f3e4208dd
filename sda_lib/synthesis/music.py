"""Families of several sounds: chords, melodies, beats, grains, layers and ambiences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sda_lib.synthesis import noises, struck, tones, voices
from sda_lib.synthesis.draw import Draw, Samples
from sda_lib.synthesis.envelopes import envelope, held, swell
from sda_lib.synthesis.noises import events
from sda_lib.synthesis.oscillators import scattered
from sda_lib.synthesis.spectra import shaped, tilt
from sda_lib.synthesis.struck import placed

Maker = Callable[[Draw], Samples]
Instrument = Callable[[Draw, float], Samples]

# What chords and melodies are played with, beats beaten with, and layers, grains and ambiences made of.
INSTRUMENTS: tuple[Instrument, ...] = (
    tones.additive, tones.organ, tones.strings, tones.analog, tones.brass, tones.flute, tones.fm, tones.waveshaping,
    struck.pluck, struck.piano, struck.modal, struck.bell, voices.vowel,
)  # fmt: skip
DRUMS: tuple[Maker, ...] = (
    struck.drum,
    struck.drum,
    struck.cymbal,
    struck.modal,
    struck.click,
    noises.burst,
    struck.pluck,
)
LASTING: tuple[Maker, ...] = (
    tones.strings, tones.drone, tones.hum, tones.fm, noises.colored, noises.gust, noises.rumble, noises.rain,
    noises.bubbles, noises.crackle, noises.engine, voices.choir, voices.insect,
)  # fmt: skip
SHORT: tuple[Maker, ...] = (
    struck.pluck, struck.modal, struck.bell, struck.drum, struck.click, noises.whoosh, noises.burst, voices.animal,
    voices.bird, voices.speech, tones.beep, tones.sweep,
)  # fmt: skip
# Semitones of scales and chords above their root.
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10), (0, 2, 4, 7, 9), (0, 2, 4, 6, 8, 10))
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 7), (0, 5, 7), (0, 4, 7, 11), (0, 3, 7, 10), (0, 7, 12, 16), (0, 3, 6), (0, 1, 6))


def chord(draw: Draw) -> Samples:
    """Play the notes of a chord at once, or shortly after another, on one instrument."""
    root, player, seed = draw.log_between(55, 440), draw.choice(INSTRUMENTS), draw.part(draw.length)
    strum, total = draw.choice((0.0, 0.0, draw.log_between(0.005, 0.12))), np.zeros(draw.length, np.float32)
    for number, semitones in enumerate(draw.choice(CHORDS)):
        voice = seed.again(16 * draw.take + number)
        placed(total, level(player(voice, root * 2 ** (semitones / 12))), round(number * strum * draw.rate))
    return total


def melody(draw: Draw) -> Samples:
    """Play notes of a scale one after another on one instrument."""
    root, scale, player = draw.log_between(80, 500), draw.choice(SCALES), draw.choice(INSTRUMENTS)
    beat, seed = draw.log_between(0.08, 0.6), draw.part(1)
    ring, total, at, step = draw.log_between(0.5, 4), np.zeros(draw.length, np.float32), 0.0, 0
    for number in range(min(40, int(draw.seconds / beat) + 1)):
        long = beat * draw.choice((1, 1, 1, 2, 0.5, 3))
        step = int(np.clip(step + draw.whole(-3, 3), -7, 14))
        pitch = root * 2 ** (scale[step % len(scale)] / 12 + step // len(scale))
        size = min(draw.samples(long * ring), draw.length - draw.samples(at))
        if size > draw.samples(0.01) and not draw.chance(0.12):
            note = seed.again(64 * draw.take + number, size)
            placed(total, level(player(note, pitch)) * faded(note) * np.float32(draw.between(0.3, 1)), draw.samples(at))
        at += long
    return total


def beat(draw: Draw) -> Samples:
    """Repeat a pattern of drums on a grid of sixteenths, straight or swung."""
    sixteenth, swing = draw.log_between(0.07, 0.25), draw.choice((0.0, 0.0, draw.between(0, 0.4)))
    total, steps = np.zeros(draw.length, np.float32), draw.choice((8, 16, 16, 12))
    for _ in range(draw.whole(1, 4)):
        drum = level(draw.choice(DRUMS)(draw.part(min(draw.length, draw.samples(draw.log_between(0.1, 0.7))))))
        accents = draw.numbers(0.3, 1, steps) * (draw.numbers(0, 1, steps) < draw.between(0.15, 0.7))
        accents[draw.whole(0, min(3, int(0.9 * draw.seconds / sixteenth)))] = 1
        for number in range(int(draw.seconds / sixteenth) + 1):
            start = draw.samples((number + swing * (number % 2)) * sixteenth) - 1
            if accent := accents[number % steps]:
                placed(total, drum * np.float32(accent), start)
    return total


def grains(draw: Draw) -> Samples:
    """Scatter short windows of another sound (granular synthesis, Roads 1978)."""
    source = level(draw.choice((*SHORT, *LASTING, tones.additive, tones.waveshaping))(
        draw.part(min(draw.length, draw.samples(0.7)))
    ))  # fmt: skip
    size = min(draw.samples(draw.log_between(0.005, 0.2)), len(source))
    starts, _ = events(draw, draw.log_between(4, 400), size)
    focus, spread = draw.between(0, 1), draw.choice((0.02, 0.3, 1.0))
    places = np.clip(draw.details.normal(focus, spread, len(starts)) % 1 * (len(source) - size), 0, len(source) - size)
    window = np.hanning(size + 2)[1:-1].astype(np.float32) ** np.float32(draw.between(0.3, 2))
    waves = np.lib.stride_tricks.sliding_window_view(source, size)[places.astype(int)] * window
    return scattered(draw.length, starts, waves * draw.details.uniform(0.2, 1, (len(starts), 1))) * (
        draw.choice((held, swell, envelope))(draw)
    )


def layers(draw: Draw) -> Samples:
    """Sound two or three families at once, at different levels."""
    total = np.zeros(draw.length, np.float32)
    for _ in range(draw.choice((2, 2, 3))):
        total += draw.log_between(0.08, 1) * level(draw.choice(LASTING + SHORT)(draw.part(draw.length)))
    return total


def ambience(draw: Draw) -> Samples:
    """Place some events in a quiet background, as a recording outdoors has them."""
    bed = level(draw.choice(LASTING)(draw.part(draw.length))) if draw.chance(0.5) else level(
        shaped(draw.noise(), draw.rate, tilt(draw.between(0.3, 1.3)))
    )  # fmt: skip
    total = draw.log_between(0.003, 0.3) * bed
    for _ in range(draw.whole(1, max(1, round(1.5 * draw.seconds)))):
        size = min(draw.length, draw.samples(draw.log_between(0.1, 1.2)))
        event = draw.part(size)
        sound = level(draw.choice(SHORT)(event)) * faded(event)
        placed(total, sound * np.float32(draw.log_between(0.1, 1)), round(draw.between(0, 0.95) * draw.length))
    return total


def faded(draw: Draw) -> Samples:
    """Return a gain that falls to 0 over the last hundredths of a second of a sound."""
    return np.clip((draw.seconds - draw.times) / min(0.02, draw.seconds / 2), 0, 1)


def level(sound: Samples) -> Samples:
    """Return a sound scaled to a peak of 1, or as it is where it is silent."""
    return sound / np.float32(max(float(np.abs(sound).max(initial=0)), 1e-6))
