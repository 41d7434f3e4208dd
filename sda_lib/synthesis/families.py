"""FAMILIES: every kind of procedural sound by name, with its method and source in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sda_lib.synthesis import music, noises, struck, tones, voices
from sda_lib.synthesis.draw import Draw, Samples


@dataclass(frozen=True)
class Family:
    """A kind of sound: `make` returns a dry one, float32 [time], and `about` says what it is and how it is made."""

    make: Callable[[Draw], Samples]
    about: str


def _family(make: Callable[..., Samples]) -> Family:
    return Family(make, (make.__doc__ or "").strip())


# Names of families, those of tones first, of several sounds last.
FAMILIES: dict[str, Family] = {
    make.__name__: _family(make)
    for make in (
        tones.additive, tones.organ, tones.strings, tones.analog, tones.brass, tones.flute, tones.fm,
        tones.waveshaping, tones.ring, tones.drone, tones.sweep, tones.beep, tones.hum,
        struck.pluck, struck.piano, struck.modal, struck.bell, struck.drum, struck.cymbal, struck.click, struck.scrape,
        struck.roll,
        noises.colored, noises.gust, noises.whoosh, noises.burst, noises.rumble, noises.rain, noises.bubbles,
        noises.crackle, noises.engine, noises.clatter,
        voices.vowel, voices.choir, voices.speech, voices.bird, voices.insect, voices.animal,
        music.chord, music.melody, music.beat, music.grains, music.layers, music.ambience,
    )
}  # fmt: skip
