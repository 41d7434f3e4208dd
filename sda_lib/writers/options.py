"""GenerateOptions, the parameters of a new sound, and Take, the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.controls.controls import valid_controls
from sda_lib.errors import SdaError
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.loudness_contour import checked_contour

# Representation of a sound in a model: codes, or latents where there are none.
Sound = Codes | Latents
AUTO: Literal["auto"] = "auto"
# Limits of a generated sound's duration in seconds.
MIN_SECONDS, MAX_SECONDS = 0.1, 300.0


@dataclass(frozen=True)
class GenerateOptions:
    """Parameters of a new sound. Equal options and seed give an equal sound on the same device.

    Raises SdaError when a value is out of range.
    """

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
        check_duration(self.seconds)
        _within("source_amount", self.source_amount, 0, 1)
        _within("novelty", self.novelty, 0, 1)
        _within("temperature", self.temperature, 0, 10)
        _within("top_k", self.top_k, 1, 100_000)
        _within("top_p", self.top_p, 0, 1)
        _within("candidates", self.candidates, 0, 100)
        _within("seed", self.seed, 0, 2**63 - 1)
        for temperature in self.level_temperatures:
            _within("level_temperatures", temperature, 0, 10)
        valid_controls(self.controls)
        if checked_contour(self.contour) and (self.regenerate or self.levels):
            raise SdaError("A contour shapes what is new from beginning to end; leave it out to write a part anew.")


@dataclass(frozen=True)
class Source:
    """Source of a frame's grain: the file, the position in it in seconds, and the distance of the match."""

    file: str
    seconds: float
    distance: float


@dataclass(frozen=True)
class Take:
    """A generated sound: audio, codes, the options with `auto` resolved to seconds, and the source of every frame.

    `sources` is empty without a memory. A model without codes sets `latent` instead of `codes`.
    """

    clip: AudioClip
    codes: Codes | None
    options: GenerateOptions
    sources: tuple[Source, ...] = ()
    latent: Latents | None = None


def option_tags(options: GenerateOptions) -> dict[str, object]:
    """Return every option that is set as a tag."""
    return {name: value for name, value in vars(options).items() if value not in (None, "", (), {})}


def sets_duration(options: GenerateOptions, given: Sound | None) -> bool:
    """Return whether the sound's end is set by the options, not by a given sound."""
    return given is None or not (options.regenerate or options.levels)


def parse_seconds(text: str) -> float | Literal["auto"]:
    """Parse seconds or 'auto'. Raises SdaError for anything else."""
    if text.strip().lower() == AUTO:
        return AUTO
    try:
        return float(text)
    except ValueError as error:
        raise SdaError(
            f"--seconds {text} should be a number from {MIN_SECONDS:g} to {MAX_SECONDS:g}, or {AUTO}."
        ) from error


def check_duration(seconds: float | str) -> None:
    """Raise SdaError unless seconds is `auto` or within bounds."""
    if seconds == AUTO:
        return
    if isinstance(seconds, str) or not MIN_SECONDS <= seconds <= MAX_SECONDS:
        said = seconds if isinstance(seconds, str) else f"{seconds:g}"
        raise SdaError(f"seconds goes from {MIN_SECONDS:g} to {MAX_SECONDS:g} or is {AUTO}, not {said}.")


def _within(name: str, value: float, low: float, high: float) -> None:
    """Raise SdaError unless value is within low..high."""
    if not low <= value <= high:
        raise SdaError(f"{name} goes from {low:g} to {high:g}, not {value:g}.")
