"""Generation: options in, a take out. One function for the command line, the page and scripts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sda_lib.errors import SdaError
from sda_lib.models.bundle import SdaModel
from sda_lib.models.codes import Codes
from sda_lib.models.contour import checked_contour
from sda_lib.models.controls import checked
from sda_lib.models.gaussian import Latents
from sda_lib.models.memory import Match
from sda_lib.sound.clip import AudioClip
from sda_lib.studio.compose import write
from sda_lib.studio.continuous import write_latents
from sda_lib.studio.duration import AUTO, as_long_as, check_seconds, settled

Sound = Codes | Latents
"""What a sound is to a model: codes, or latents where there are none."""
FADE_SECONDS = 0.01


@dataclass(frozen=True)
class GenerateOptions:
    """All that decides a new sound; equal options and seed give an equal sound on the same device."""

    seconds: float | Literal["auto"] = field(
        default=AUTO, metadata={"help": "duration, 0.1 to 300 s; auto: as long as one of the recordings"}
    )
    seed: int = field(default=0, metadata={"help": "another seed, another sound"})
    writer: str = field(
        default="", metadata={"help": "what writes the codes: walk, hybrid, prior, or the model's default"}
    )
    source_amount: float = field(default=1.0, metadata={"help": "0 = the model alone, 1 = the user's own grains"})
    quality: str = field(default="play", metadata={"help": "play: quick phases; export: better ones"})
    novelty: float = field(default=0.5, metadata={"help": "0 = long stretches of the corpus, 1 = ever new turns"})
    temperature: float = field(default=0.5, metadata={"help": "how freely a turn is chosen"})
    top_k: int = field(default=48, metadata={"help": "among how many places a turn is chosen"})
    top_p: float = field(default=1.0, metadata={"help": "of these, only so many as are chosen this often together"})
    level_temperatures: tuple[float, ...] = field(
        default=(), metadata={"help": "how far the codes of each level may stray from what was chosen, level 0 first"}
    )
    controls: Mapping[str, float] = field(
        default_factory=dict,
        metadata={"help": "density, pulse, brightness, loudness, pitch: 0..1 of the corpus' own range"},
    )
    contour: tuple[tuple[float, float], ...] = field(
        default=(), metadata={"help": "(time, level) points of the loudness over the new sound, both 0..1"}
    )
    sliders: Mapping[str, float] = field(
        default_factory=dict, metadata={"help": "how far the sound is moved along the model's own directions, -4..4"}
    )
    candidates: int = field(
        default=0, metadata={"help": "how many sounds are written to choose from when there are controls; 0: eight"}
    )
    regenerate: tuple[float, float] | None = field(
        default=None, metadata={"help": "seconds of the given sound that are written anew"}
    )
    levels: tuple[int, int | None] | None = field(
        default=None, metadata={"help": "levels of the given sound that are written anew, e.g. (2, None)"}
    )

    def __post_init__(self) -> None:
        check_seconds(self.seconds)
        _within("source_amount", self.source_amount, 0, 1)
        _within("novelty", self.novelty, 0, 1)
        _within("temperature", self.temperature, 0, 10)
        _within("top_k", self.top_k, 1, 100_000)
        _within("top_p", self.top_p, 0, 1)
        _within("candidates", self.candidates, 0, 100)
        _within("seed", self.seed, 0, 2**63 - 1)
        for temperature in self.level_temperatures:
            _within("level_temperatures", temperature, 0, 10)
        checked(self.controls)
        if checked_contour(self.contour) and (self.regenerate or self.levels):
            raise SdaError("A contour shapes what is new from beginning to end; leave it out to write a part anew.")


@dataclass(frozen=True)
class Source:
    """Where a frame's grain comes from: the file, the place in it in seconds, the distance of the match."""

    file: str
    seconds: float
    distance: float


@dataclass(frozen=True)
class Take:
    """A sound, its codes, the options that made it with the seconds that `auto` came to, and the source of every frame
    (none without memory). A model without codes gives `latent` instead."""

    clip: AudioClip
    codes: Codes | None
    options: GenerateOptions
    sources: tuple[Source, ...] = ()
    latent: Latents | None = None


def generate(
    model: SdaModel,
    options: GenerateOptions | None = None,
    codes: Codes | None = None,
    given: Sound | None = None,
) -> Take:
    """Write new codes and play them; work on the `given` codes of a sound; or just play the `codes`.

    A `given` sound is written anew in part when the options say `regenerate`, on some levels when they say `levels`,
    and gone on with otherwise. A model without codes writes latents, and is given such. Raises SdaError for impossible
    options."""
    options = options or GenerateOptions()
    options = settled(model, options, given) if codes is None else as_long_as(options, codes)
    written = composed(model, options, given) if codes is None else codes
    latent = model.latents(model.embed(written), written.samples) if isinstance(written, Codes) else written
    clip, match = model.play(latent, options.source_amount, options.quality)
    if codes is None and is_cut(options, given):
        clip = trimmed(clip, written.seconds)
    sources = _sources(model, match)
    return Take(clip, written, options, sources) if model.discrete else Take(clip, None, options, sources, written)


def composed(
    model: SdaModel, options: GenerateOptions, given: Sound | None = None, other: Sound | None = None
) -> Sound:
    """The codes or latents that the options ask for; `other` as in compose.write. Raises SdaError."""
    if model.discrete:
        return write(model, options, given, other)
    if other is not None:
        raise SdaError(model.why_no_codes)
    return write_latents(model, options, given)


def blocks(
    model: SdaModel, sound: Sound, source_amount: float, quality: str, faded: bool = False
) -> Iterator[AudioClip]:
    """What is heard of codes or latents, stretch by stretch, in memory that does not grow with them; `faded` where the
    sound was cut off at its end."""
    play, done = model.decode_blocks if isinstance(sound, Codes) else model.play_blocks, 0
    for clip in play(sound, source_amount, quality):
        yield _fade_towards(clip, sound.samples - done) if faded else clip
        done += clip.length


def tags_of(options: GenerateOptions) -> dict[str, object]:
    """Every option as a tag, but for those that ask for nothing."""
    return {name: value for name, value in vars(options).items() if value not in (None, "", (), {})}


def is_cut(options: GenerateOptions, given: Sound | None) -> bool:
    """Whether the sound ends where the options say, and not where a given one does."""
    return given is None or not (options.regenerate or options.levels)


def trimmed(clip: AudioClip, seconds: float) -> AudioClip:
    """The clip's first seconds, with a short fade at the end where the cut would click."""
    clip = clip.cut(round(seconds * clip.sample_rate))
    return _fade_towards(clip, clip.length)


def _fade_towards(clip: AudioClip, end: int) -> AudioClip:
    """The clip, silent `end` samples after its beginning and fading before."""
    fade = min(round(FADE_SECONDS * clip.sample_rate), end)
    if clip.length <= end - fade:
        return clip
    samples = clip.samples.copy()
    first = max(0, end - fade)
    samples[:, first:] *= np.linspace(1, 0, fade, dtype=np.float32)[: clip.length - first]
    samples.setflags(write=False)
    return dataclasses.replace(clip, samples=samples)


def _sources(model: SdaModel, match: Match | None) -> tuple[Source, ...]:
    if match is None or model.memory is None:
        return ()
    pairs = zip(match.grain.tolist(), match.distance.tolist(), strict=True)
    return tuple(Source(*model.memory.source(grain), distance) for grain, distance in pairs)


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SdaError(f"{name} goes from {low:g} to {high:g}, not {value:g}.")
