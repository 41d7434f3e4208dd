"""Generation: options in, a take out. One function for the command line, the page and scripts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from sda_lib.errors import SdaError
from sda_lib.models.bundle import SdaModel
from sda_lib.models.codes import Codes
from sda_lib.models.memory import Match
from sda_lib.sound.clip import AudioClip

SHORTEST, LONGEST = 0.1, 300.0
"""Seconds that a generated sound may last."""
FADE_SECONDS = 0.01


@dataclass(frozen=True)
class GenerateOptions:
    """All that decides a new sound; equal options and seed give an equal sound on the same device."""

    seconds: float = field(default=4.0, metadata={"help": "duration, 0.1 to 300 s"})
    seed: int = field(default=0, metadata={"help": "another seed, another sound"})
    writer: str = field(default="walk", metadata={"help": "what writes the codes"})
    source_amount: float = field(default=1.0, metadata={"help": "0 = the model alone, 1 = the user's own grains"})
    quality: str = field(default="play", metadata={"help": "play: quick phases; export: better ones"})
    novelty: float = field(default=0.5, metadata={"help": "0 = long stretches of the corpus, 1 = ever new turns"})
    temperature: float = field(default=0.5, metadata={"help": "how freely a turn is chosen"})
    top_k: int = field(default=48, metadata={"help": "among how many places a turn is chosen"})

    def __post_init__(self) -> None:
        _within("seconds", self.seconds, SHORTEST, LONGEST)
        _within("source_amount", self.source_amount, 0, 1)
        _within("novelty", self.novelty, 0, 1)
        _within("temperature", self.temperature, 0, 10)
        _within("top_k", self.top_k, 1, 100_000)
        _within("seed", self.seed, 0, 2**63 - 1)


@dataclass(frozen=True)
class Source:
    """Where a frame's grain comes from: the file, the place in it in seconds, the distance of the match."""

    file: str
    seconds: float
    distance: float


@dataclass(frozen=True)
class Take:
    """A sound, its codes, the options that made it, and the source of every frame (none without memory)."""

    clip: AudioClip
    codes: Codes
    options: GenerateOptions
    sources: tuple[Source, ...] = ()


def generate(model: SdaModel, options: GenerateOptions | None = None, codes: Codes | None = None) -> Take:
    """Write new codes and play them, or play the given `codes`. Raises SdaError for impossible options."""
    options = options or GenerateOptions()
    written = write(model, options) if codes is None else codes
    clip, match = model.decode_with_sources(written, options.source_amount, options.quality)
    if codes is None:
        clip = trimmed(clip, options.seconds)
    return Take(clip, written, options, _sources(model, match))


def write(model: SdaModel, options: GenerateOptions) -> Codes:
    """New codes by the options' writer, long enough for the duration."""
    return model.writer(options.writer).write(
        max(1, int(np.ceil(options.seconds * model.frame_rate - 1e-9))),
        novelty=options.novelty,
        temperature=options.temperature,
        top_k=options.top_k,
        generator=np.random.default_rng(options.seed),
    )


def trimmed(clip: AudioClip, seconds: float) -> AudioClip:
    """The clip's first seconds, with a short fade at the end where the cut would click."""
    samples = clip.samples[:, : round(seconds * clip.sample_rate)].copy()
    fade = min(samples.shape[1], round(FADE_SECONDS * clip.sample_rate))
    samples[:, samples.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return dataclasses.replace(clip, samples=samples)


def _sources(model: SdaModel, match: Match | None) -> tuple[Source, ...]:
    if match is None or model.memory is None:
        return ()
    pairs = zip(match.grain.tolist(), match.distance.tolist(), strict=True)
    return tuple(Source(*model.memory.source(grain), distance) for grain, distance in pairs)


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SdaError(f"{name} goes from {low:g} to {high:g}, not {value:g}.")
