"""The recipe: every number needed to train a model again, as frozen dataclasses. Each default is defined here only."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import typing
from dataclasses import dataclass
from typing import Any, Protocol

from sda_lib import safe_json
from sda_lib.errors import SdaError, explained_as
from sda_lib.fields import check_options, documented, option
from sda_lib.file_choice import EVERYTHING, FilesConfig, patterns_of, weights_of

# Default time budget of growing, in minutes.
GROW_MINUTES = 0.5
# Default least share of the old recordings' frames that keep their code at level 0, 0..1. A smaller share brings new
# sounds closer, but code files that use a moved code then sound different: at 0.8 most such files change at some of
# their frames (docs/BENCHMARKS.md).
GROW_KEEP = 1.0
# File in a run's folder from which the run resumes.
CHECKPOINT = "checkpoint.safetensors"
BOTTLENECK_NAMES = ("rvq", "none", "vae")
# How a training begins with a base: chosen by cross-validation, never, with it as it is, with the corpus' own ridge.
BASE_CHOICES = ("auto", "none", "plain", "ridge")
# Settings that a base has values of its own for: with one of them given, no base is chosen.
OF_BASE = ("codec.latent_dim", "codec.codebook_size", "codec.own_levels")


@documented
@dataclass(frozen=True)
class AudioConfig:
    """Sample rate and channel count of the model, and what of its recordings counts as silence.

    Example:
        >>> sda_lib.AudioConfig(channels=2).sample_rate
        48000
    """

    sample_rate: int = option(48000, "Sample rate; files of other rates are resampled", 8000, 192_000, "Hz")
    channels: int = option(1, "1: mono; 2: stereo, coded as mid and side", choices=(1, 2))
    trim: float = option(
        72.0,
        "Long silence at a recording's ends, this far below its peak, is not learned; 0: it is",
        0,
        120,
        "dB",
    )


@documented
@dataclass(frozen=True)
class CodecConfig:
    """The codec, which encodes sound to codes and decodes it.

    Example:
        >>> sda_lib.CodecConfig(levels=2).fitted_levels
        2
    """

    n_fft: int = option(1024, "Window of the spectra", 64, 16384, "samples", label="FFT size")
    step: int = option(256, "Hop of the spectra", 16, 8192, "samples")
    hop: int = option(2048, "Hop of the codes, a multiple of step", 64, 65536, "samples")
    bands: int = option(128, "Mel bands of the encoder's input", 8, 512)
    latent_dim: int = option(64, "Dimensions of a frame's latent", 1, 512)
    bottleneck: str = option(
        "rvq", "rvq: codes; none: continuous latents; vae: noisy continuous latents", choices=BOTTLENECK_NAMES
    )
    levels: int = option(12, "Residual codebooks", 1, 32)
    own_levels: int = option(
        3,
        "First levels, fitted to the frames of the corpus; the others are fitted to sounds like these",
        0,
        32,
    )
    codebook_size: int = option(256, "Codes per codebook", 2, 16384)
    beam: int = option(4, "Candidates kept per level when a sound is encoded; 1 is greedy", 1, 64)
    width: int = option(128, "Channels of the residual network", 8, 2048)
    encoder_blocks: int = option(2, "ConvNeXt blocks before the bottleneck", 0, 64)
    decoder_blocks: int = option(2, "ConvNeXt blocks after the bottleneck", 0, 64)
    kernel: int = option(7, "Frames in the receptive field of a block, an odd number", 1, 63)
    noise: float = option(0.75, "Share of the missing roughness that is restored as noise", 0, 2)
    smoothing: float = option(
        1.0, "Greatest distance of latents that are averaged over time, in quantization errors", 0, 10
    )

    @property
    def fitted_levels(self) -> int:
        """Number of levels whose codebooks are fitted to the frames of the corpus."""
        return min(self.own_levels, self.levels)


@documented
@dataclass(frozen=True)
class MemoryConfig:
    """The corpus' own recordings, kept inside the model.

    Example:
        >>> sda_lib.MemoryConfig(enabled=False).minutes
        10.0
    """

    enabled: bool = option(True, "Keep the recordings in the model, so that the decoder restores them exactly")
    minutes: float = option(10.0, "Most audio to keep", 0.1, 600, "min", label="At most")
    detail: float | None = option(
        None,
        "Spectral detail of the recordings for the decoder alone: distance within which it is trusted; "
        "0: no detail; none: as far as it brings other recordings no further away",
        0,
        10,
    )


@documented
@dataclass(frozen=True)
class TrainConfig:
    """Training of the residual networks.

    Example:
        >>> sda_lib.TrainConfig(minutes=0).batch
        8
    """

    minutes: float = option(2.0, "Time budget; 0 trains the closed-form model alone", 0, 100_000, "min")
    steps: int | None = option(None, "Steps instead of minutes, for a reproducible run", 0, 100_000_000)
    checks: int | None = option(None, "Held-out measurements during training; none: as many as time allows", 1, 1000)
    patience: int = option(5, "Stop after this many checks without improvement; 0 = never", 0, 1000)
    threads: int | None = option(None, "CPU threads; none: whichever number is faster", 1, 1024)
    seed: int = option(0, "Random seed of split, batches and initial weights", 0, 2**31)
    shift: float | None = option(
        None, "Also learn from copies this much higher and lower; 0: none; none: where they help", 0, 12, "semitones"
    )
    base: str = option(
        "auto",
        "Start from the base, which SDA ships: auto: where it helps; ridge: with a decoder fitted to the corpus",
        choices=BASE_CHOICES,
    )
    batch: int = option(8, "Segments per step", 1, 4096)
    accumulation: int = option(
        1, "Equal parts that a batch is computed in, one after the other: needs less memory", 1, 4096
    )
    segment: int = option(16384, "Length of a segment", 1024, 10_000_000, "samples")
    learning_rate: float = option(2e-3, "Peak of the cosine schedule", 1e-7, 1)
    commitment: float = option(0.25, "Weight of the commitment loss", 0, 100)
    codebook_decay: float = option(
        1.0, "Decay of the moving average with which codebooks follow the networks; 1: they stay as fitted", 0, 1
    )
    quantizer_dropout: float = option(0.25, "Share of segments trained with fewer levels", 0, 1)
    kl_weight: float = option(1e-3, "vae: weight of the KL divergence, per nat and frame", 0, 100, label="KL weight")
    free_bits: float = option(0.25, "vae: bits per dimension and frame without a penalty", 0, 100)
    adversarial: float = option(0.0, "Weight of the adversarial loss; 0 trains no discriminator", 0, 100)
    adversarial_from: float = option(0.5, "Share of the run after which the adversarial loss begins", 0, 1)
    feature_matching: float = option(0.2, "Weight of the feature matching loss, from then on", 0, 100)
    held_out: float = option(1 / 12, "Share of the corpus kept for measuring", 0.01, 0.5)


@dataclass(frozen=True)
class Effort:
    """A named amount of training: a short description and the recipe values that it sets."""

    about: str
    settings: tuple[tuple[str, float], ...]
    gpu: bool = False
    """Whether a GPU is needed for a useful result within the time budget."""

    @property
    def minutes(self) -> float:
        """Time budget in minutes."""
        return float(dict(self.settings)["train.minutes"])


# Choices of `sda train --effort`; the page offers those that need no GPU. All other recipe values follow from the
# corpus.
EFFORTS = {
    "quick": Effort("a first impression", (("train.minutes", 0.5),)),
    "balanced": Effort("what a few dozen sounds need", (("train.minutes", 2.0),)),
    "best": Effort("for some hundred sounds", (("train.minutes", 8.0),)),
    "studio": Effort(
        "a larger network and an adversarial stage, for GPUs",
        (
            ("train.minutes", 30.0),
            ("codec.width", 256),
            ("codec.encoder_blocks", 4),
            ("codec.decoder_blocks", 6),
            ("train.batch", 16),
            ("train.segment", 65536),
            ("train.learning_rate", 1e-3),
            ("train.adversarial", 0.25),
        ),
        gpu=True,
    ),
}

DEFAULT_EFFORT = "balanced"


def effort_named(name: str) -> Effort:
    """Return the effort of this name. Raises SdaError for an unknown name."""
    if name not in EFFORTS:
        raise SdaError(f"There is no effort {name!r}; there are {', '.join(EFFORTS)}.")
    return EFFORTS[name]


class CorpusFacts(Protocol):
    """The properties of a corpus that a recipe depends on."""

    @property
    def selection(self) -> FilesConfig: ...
    @property
    def sounding_seconds(self) -> float: ...
    @property
    def median_seconds(self) -> float: ...
    @property
    def stereo_share(self) -> float: ...


@dataclass(frozen=True)
class Recipe:
    """All settings needed to train a model again; stored inside the `.sda` file.

    Args:
        audio: rate and channels.
        codec: the codec.
        memory: the recordings inside the model.
        train: the training.
        files: which files are learned from.

    Example:
        >>> recipe = sda_lib.Recipe.for_corpus(corpus, minutes=5)
        >>> recipe.train.minutes, recipe.fits_sliders, len(recipe.fingerprint)
        (5.0, True, 16)
        >>> recipe.shareable == recipe
        True
    """

    audio: AudioConfig = AudioConfig()
    codec: CodecConfig = CodecConfig()
    memory: MemoryConfig = MemoryConfig()
    train: TrainConfig = TrainConfig()
    files: FilesConfig = EVERYTHING

    @classmethod
    def for_corpus(cls, corpus: CorpusFacts, minutes: float | None = None, effort: str = DEFAULT_EFFORT) -> Recipe:
        """Return a recipe with capacity chosen from the corpus and the amount of training from the effort.

        Args:
            corpus: the sounds.
            minutes: time budget instead of the effort's, 0 to 100000.
            effort: "quick", "balanced", "best" or "studio".

        Raises SdaError for an unknown effort, and for minutes out of range.

        Example:
            >>> sda_lib.Recipe.for_corpus(corpus, effort="quick").train.minutes
            0.5
        """
        audio = AudioConfig(channels=2 if corpus.stereo_share >= STEREO_SHARE else 1)
        grid = CodecConfig() if corpus.median_seconds >= SHORT_SOUND_SECONDS else SHORT_SOUNDS
        frames = corpus.sounding_seconds * audio.sample_rate / grid.hop
        codec = dataclasses.replace(grid, codebook_size=codebook_size_for(frames))
        settings = dict(effort_named(effort).settings)
        if minutes is not None:
            settings["train.minutes"] = minutes
        return cls(audio=audio, codec=codec, files=corpus.selection).override(**settings)

    def override(self, **changes: Any) -> Recipe:
        """Return a copy with other values.

        Where one of the settings `codec.latent_dim`, `codec.codebook_size` and `codec.own_levels` is given and
        `train.base` is not, no base is chosen.

        Args:
            **changes: values as `section__field=value` or `**{"section.field": value}`; they may be text.

        Raises SdaError that lists similar names for an unknown key, or names the expected type for a wrong value.

        Example:
            >>> sda_lib.Recipe().override(codec__levels=6).codec.levels
            6
            >>> sda_lib.Recipe().override(codec__level=6)
            Traceback (most recent call last):
            sda_lib.errors.SdaError: The recipe has no 'codec.level'; near names: codec.levels, ...
        """
        recipe, named = self, {key.replace("__", "."): value for key, value in changes.items()}
        if recipe.train.base == "auto" and any(key in named for key in OF_BASE):
            named = {"train.base": "none", **named}
        for key, value in named.items():
            section, _, name = key.partition(".")
            recipe = recipe._with(key, section, name, value)
        recipe.check()
        return recipe

    def check(self) -> None:
        """Do nothing for a recipe that can be trained.

        Raises SdaError for a value outside its limits, and for values that don't fit together.

        Example:
            >>> sda_lib.Recipe().check()
        """
        for section in dataclasses.fields(self):
            check_options(getattr(self, section.name), f"{section.name}.")
        codec = self.codec
        if codec.hop % codec.step or codec.n_fft % codec.step or codec.n_fft < 2 * codec.step:
            raise SdaError("codec.hop and codec.n_fft must be multiples of codec.step, n_fft at least twice of it.")
        if codec.kernel % 2 == 0:
            raise SdaError(f"codec.kernel must be odd, not {codec.kernel}.")
        train = self.train
        if train.batch % train.accumulation:
            raise SdaError(f"train.batch ({train.batch}) must be a multiple of train.accumulation.")
        if train.accumulation > 1 and train.adversarial:
            raise SdaError("The adversarial loss is of whole batches: set train.accumulation to 1.")

    def _with(self, key: str, section: str, name: str, value: Any) -> Recipe:
        kinds = _kinds(self)
        if key not in kinds:
            near = difflib.get_close_matches(key, kinds, 3, 0.4) or list(kinds)[:3]
            raise SdaError(f"The recipe has no {key!r}; near names: {', '.join(near)}.")
        part = dataclasses.replace(getattr(self, section), **{name: _convert(key, value, kinds[key])})
        return dataclasses.replace(self, **{section: part})

    @property
    def fits_sliders(self) -> bool:
        """Whether a run ends with fitting sliders (half a minute): only one with a time budget and memory does."""
        return self.train.minutes > 0 and self.train.steps is None and self.memory.enabled

    def to_json(self) -> str:
        """Return all values as one line of JSON.

        Example:
            >>> sda_lib.Recipe().to_json()[:10]
            '{"audio": '
        """
        return json.dumps(self.to_plain(), sort_keys=True)

    def to_plain(self) -> dict[str, Any]:
        """Return all values as JSON data; `files` is left out where every file is learned from, as in older recipes.

        Example:
            >>> sorted(sda_lib.Recipe().to_plain())
            ['audio', 'codec', 'memory', 'train']
        """
        plain = {one.name: dict(vars(getattr(self, one.name))) for one in dataclasses.fields(self)}
        if self.files.is_everything:
            del plain["files"]
        return plain

    @property
    def shareable(self) -> Recipe:
        """The recipe without names of folders, for a model that is given away."""
        return dataclasses.replace(self, files=EVERYTHING)

    @property
    def fingerprint(self) -> str:
        """Hash of all values, as 16 hexadecimal digits."""
        return hashlib.blake2b(self.to_json().encode(), digest_size=8).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Parse the output of `to_json`; settings that it does not name have the values of versions without them.

        Args:
            text: the JSON.

        Raises SdaError for unreadable text, unknown keys or wrong types.

        Example:
            >>> recipe = sda_lib.Recipe().override(codec__levels=6)
            >>> sda_lib.Recipe.from_json(recipe.to_json()) == recipe
            True
        """
        with explained_as("The recipe is not readable; train the model again.", safe_json.MALFORMED):
            table = safe_json.parse(text)
            named = {f"{section}.{name}": value for section, part in table.items() for name, value in part.items()}
        return cls().override(**{**EARLIER, **named})


# What files that were written before a setting existed were made with.
EARLIER = {"codec.own_levels": 32, "memory.detail": 0.0, "train.shift": 0.0, "train.base": "none"}
# Median sound length in seconds below which a corpus (one-shots, drums) is encoded with SHORT_SOUNDS.
SHORT_SOUND_SECONDS = 0.75
# Share of stereo files from which on a corpus is encoded in stereo.
STEREO_SHARE = 0.2
# Half the hop, because for short sounds attacks matter more than bits. The mel bands are coarser, because resolving
# single partials preserves the pitch of held notes, which short hits do not have.
SHORT_SOUNDS = CodecConfig(hop=CodecConfig.hop // 2, bands=80)

FRAMES_PER_CODE, LEAST_FRAMES_PER_CODE = 8, 2
LEAST_CODES, FEW_CODES, MOST_CODES = 4, 16, 256


def codebook_size_for(frames: float) -> int:
    """Return the codebook size for this many frames of audio, a power of two up to 256.

    It is the largest that leaves every code eight frames to learn from; where that is fewer than 16 codes, the largest
    up to 16 that leaves two frames to each; at least 4.
    """
    codes = max(frames / FRAMES_PER_CODE, min(FEW_CODES, frames / LEAST_FRAMES_PER_CODE), LEAST_CODES)
    return min(MOST_CODES, 2 ** (int(codes).bit_length() - 1))


def _kinds(recipe: Recipe) -> dict[str, Any]:
    return {
        f"{section.name}.{name}": kind
        for section in dataclasses.fields(recipe)
        for name, kind in typing.get_type_hints(type(getattr(recipe, section.name))).items()
    }


# How settings are read that are no single number, text or switch.
READERS: dict[str, Any] = {"files.include": patterns_of, "files.exclude": patterns_of, "files.weights": weights_of}


def _convert(key: str, value: Any, kind: Any) -> Any:
    if key in READERS:
        with explained_as(f"{key} can't be {value!r:.80}; write names with commas between them.", safe_json.MALFORMED):
            return READERS[key](value)
    base = next((one for one in typing.get_args(kind) if one is not type(None)), kind)
    if base is not kind and value in (None, "none"):
        return None
    with explained_as(f"{key} can't be {value!r}; it is of type {base.__name__}.", safe_json.MALFORMED):
        if base is bool and isinstance(value, str):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[value.lower()]
        if value is None or (base is int and (isinstance(value, bool) or float(value) != int(float(value)))):
            raise ValueError(value)
        return base(float(value)) if base is int else base(value)
