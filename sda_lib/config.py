"""The recipe: every number needed to train a model again, as frozen dataclasses. Each default is defined here only."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import typing
from dataclasses import dataclass, field
from typing import Any, Protocol

from sda_lib import safe_json
from sda_lib.errors import SdaError

# Default time budget of growing, in minutes.
GROW_MINUTES = 0.5
# Default least share of the old recordings' frames that keep their code at level 0, 0..1. A smaller share brings new
# sounds closer, but code files that use a moved code then sound different: at 0.8 most such files change at some of
# their frames (docs/BENCHMARKS.md).
GROW_KEEP = 1.0
# File in a run's folder from which the run resumes.
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True)
class AudioConfig:
    """Sample rate and channel count of the model."""

    sample_rate: int = field(default=48000, metadata={"help": "Hz; files of other rates are resampled"})
    channels: int = field(default=1, metadata={"help": "1 = mono, 2 = stereo (coded as mid and side)"})


@dataclass(frozen=True)
class CodecConfig:
    """The codec, which encodes sound to codes and decodes it."""

    n_fft: int = field(default=1024, metadata={"help": "window of the spectra, samples"})
    step: int = field(default=256, metadata={"help": "samples between spectra"})
    hop: int = field(default=2048, metadata={"help": "samples per code frame, a multiple of step"})
    bands: int = field(default=128, metadata={"help": "mel bands the encoder sees"})
    latent_dim: int = field(default=48, metadata={"help": "numbers per code frame before quantization"})
    bottleneck: str = field(default="rvq", metadata={"help": "rvq: codes; none: continuous; vae: continuous, noisy"})
    levels: int = field(default=12, metadata={"help": "stacked codebooks"})
    codebook_size: int = field(default=256, metadata={"help": "codes per codebook"})
    beam: int = field(default=4, metadata={"help": "candidates kept per level when a sound is encoded; 1 is greedy"})
    width: int = field(default=128, metadata={"help": "channels of the residual network"})
    encoder_blocks: int = field(default=2, metadata={"help": "ConvNeXt blocks before the codes"})
    decoder_blocks: int = field(default=2, metadata={"help": "ConvNeXt blocks after the codes"})
    kernel: int = field(default=7, metadata={"help": "frames a block looks at"})
    noise: float = field(default=0.75, metadata={"help": "how much of the missing roughness is put back as noise"})
    smoothing: float = field(
        default=1.0, metadata={"help": "how different latents may be to be averaged over time, in quantization errors"}
    )


@dataclass(frozen=True)
class MemoryConfig:
    """The corpus' own recordings, kept inside the model."""

    enabled: bool = field(default=True, metadata={"help": "keep the recordings, so that own sounds come back exactly"})
    minutes: float = field(default=10.0, metadata={"help": "how much audio is kept at most"})


@dataclass(frozen=True)
class TrainConfig:
    """Training of the residual networks."""

    minutes: float = field(default=2.0, metadata={"help": "time budget; 0 gives the closed-form model alone"})
    steps: int | None = field(default=None, metadata={"help": "steps instead of minutes; repeats a run exactly"})
    checks: int | None = field(default=None, metadata={"help": "measurements on the way; none takes what time allows"})
    patience: int = field(
        default=5,
        metadata={"help": "measurements in a row that may come no closer before it ends early; 0: any number"},
    )
    threads: int | None = field(default=None, metadata={"help": "CPU threads; none takes the number that is faster"})
    seed: int = field(default=0, metadata={"help": "fixes the split, the batches and the start"})
    batch: int = field(default=8, metadata={"help": "segments per step"})
    segment: int = field(default=16384, metadata={"help": "samples per segment"})
    learning_rate: float = field(default=2e-3, metadata={"help": "peak of the cosine schedule"})
    commitment: float = field(default=0.25, metadata={"help": "weight of the commitment loss"})
    codebook_decay: float = field(
        default=1.0, metadata={"help": "EMA with which codebooks follow the networks; 1: they stay as fitted"}
    )
    quantizer_dropout: float = field(default=0.25, metadata={"help": "share of segments trained on fewer levels"})
    kl_weight: float = field(default=1e-3, metadata={"help": "vae: weight of the KL divergence, per nat and frame"})
    free_bits: float = field(default=0.25, metadata={"help": "vae: bits per dimension and frame that cost nothing"})
    adversarial: float = field(default=0.0, metadata={"help": "weight of a discriminator's opinion; 0 asks none"})
    adversarial_from: float = field(default=0.5, metadata={"help": "share of the run after which it is asked"})
    feature_matching: float = field(default=0.2, metadata={"help": "weight of feature matching, from then on"})
    held_out: float = field(default=1 / 12, metadata={"help": "share of the corpus kept for measuring"})


@dataclass(frozen=True)
class Preset:
    """A named amount of training: a short description and the recipe values that it sets."""

    about: str
    settings: tuple[tuple[str, object], ...]
    gpu: bool = False
    """Whether a GPU is needed for a useful result within the time budget."""

    @property
    def minutes(self) -> float:
        """Time budget in minutes."""
        return float(dict(self.settings)["train.minutes"])


# Choices of `sda train --preset`; the page offers those that need no GPU. All other recipe values follow from the
# corpus.
PRESETS = {
    "quick": Preset("a first impression", (("train.minutes", 0.5),)),
    "balanced": Preset("what a few dozen sounds need", (("train.minutes", 2.0),)),
    "best": Preset("for some hundred sounds", (("train.minutes", 8.0),)),
    "studio": Preset(
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

DEFAULT_PRESET = "balanced"


def preset_named(name: str) -> Preset:
    """Return the preset of this name. Raises SdaError for an unknown name."""
    if name not in PRESETS:
        raise SdaError(f"There is no preset {name!r}; there are {', '.join(PRESETS)}.")
    return PRESETS[name]


class CorpusFacts(Protocol):
    """The properties of a corpus that a recipe depends on."""

    @property
    def seconds(self) -> float: ...
    @property
    def median_seconds(self) -> float: ...
    @property
    def stereo_share(self) -> float: ...


@dataclass(frozen=True)
class Recipe:
    """All settings needed to train a model again; stored inside the `.sda` file."""

    audio: AudioConfig = AudioConfig()
    codec: CodecConfig = CodecConfig()
    memory: MemoryConfig = MemoryConfig()
    train: TrainConfig = TrainConfig()

    @classmethod
    def for_corpus(cls, corpus: CorpusFacts, minutes: float | None = None, preset: str = DEFAULT_PRESET) -> Recipe:
        """Return a recipe with capacity chosen from the corpus and the amount of training from the preset.

        `minutes` overrides the preset's time budget. Raises SdaError for an unknown preset.
        """
        audio = AudioConfig(channels=2 if corpus.stereo_share >= 0.2 else 1)
        grid = CodecConfig() if corpus.median_seconds >= SHORT_SOUND_SECONDS else SHORT_SOUNDS
        frames = corpus.seconds * audio.sample_rate / grid.hop
        codec = dataclasses.replace(grid, codebook_size=codebook_size_for(frames))
        settings = dict(preset_named(preset).settings)
        if minutes is not None:
            settings["train.minutes"] = minutes
        return cls(audio=audio, codec=codec).override(**settings)

    def override(self, **changes: Any) -> Recipe:
        """Return a copy with values replaced, given as `section__field=value` or `**{"section.field": value}`.

        Values may be text. Raises SdaError that lists similar names for an unknown key, and one that names the expected
        type for a wrong value.
        """
        recipe = self
        for key, value in changes.items():
            section, _, name = key.replace("__", ".").partition(".")
            recipe = recipe._with(key.replace("__", "."), section, name, value)
        recipe.check()
        return recipe

    def check(self) -> None:
        """Raise SdaError for a value outside its limits, or for values that don't fit together."""
        for key, (low, high) in LIMITS.items():
            section, _, name = key.partition(".")
            value = getattr(getattr(self, section), name)
            if value is not None and not low <= value <= high:
                raise SdaError(f"{key} goes from {low:g} to {high:g}, not {value:g}.")
        codec = self.codec
        if codec.hop % codec.step or codec.n_fft % codec.step or codec.n_fft < 2 * codec.step:
            raise SdaError("codec.hop and codec.n_fft must be multiples of codec.step, n_fft at least twice of it.")
        if codec.kernel % 2 == 0:
            raise SdaError(f"codec.kernel must be odd, not {codec.kernel}.")
        if codec.bottleneck not in BOTTLENECK_NAMES:
            raise SdaError(f"There is no bottleneck {codec.bottleneck!r}; there are {', '.join(BOTTLENECK_NAMES)}.")

    def _with(self, key: str, section: str, name: str, value: Any) -> Recipe:
        kinds = _kinds(self)
        if key not in kinds:
            near = difflib.get_close_matches(key, kinds, 3, 0.4) or list(kinds)[:3]
            raise SdaError(f"The recipe has no {key!r}; near names: {', '.join(near)}.")
        part = dataclasses.replace(getattr(self, section), **{name: _convert(key, value, kinds[key])})
        return dataclasses.replace(self, **{section: part})

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @property
    def fingerprint(self) -> str:
        """Hash of all values, as 16 hexadecimal digits."""
        return hashlib.blake2b(self.to_json().encode(), digest_size=8).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Parse the output of `to_json`. Raises SdaError for unreadable text, unknown keys or wrong types."""
        try:
            table = safe_json.parse(text)
            flat = {f"{section}.{name}": value for section, part in table.items() for name, value in part.items()}
        except (ValueError, AttributeError) as error:
            raise SdaError("The recipe is not readable; train the model again.") from error
        return cls().override(**flat)


# Lowest and highest allowed value of each number; bounds the memory that a model of unknown origin can request.
LIMITS: dict[str, tuple[float, float]] = {
    "audio.sample_rate": (8000, 192000),
    "audio.channels": (1, 2),
    "codec.n_fft": (64, 16384),
    "codec.step": (16, 8192),
    "codec.hop": (64, 65536),
    "codec.bands": (8, 512),
    "codec.latent_dim": (1, 512),
    "codec.levels": (1, 32),
    "codec.codebook_size": (2, 16384),
    "codec.beam": (1, 64),
    "codec.width": (8, 2048),
    "codec.encoder_blocks": (0, 64),
    "codec.decoder_blocks": (0, 64),
    "codec.kernel": (1, 63),
    "codec.noise": (0, 2),
    "codec.smoothing": (0, 10),
    "memory.minutes": (0.1, 600),
    "train.minutes": (0, 100_000),
    "train.steps": (0, 100_000_000),
    "train.checks": (1, 1000),
    "train.patience": (0, 1000),
    "train.threads": (1, 1024),
    "train.seed": (0, 2**31),
    "train.batch": (1, 4096),
    "train.segment": (1024, 10_000_000),
    "train.learning_rate": (1e-7, 1),
    "train.commitment": (0, 100),
    "train.codebook_decay": (0, 1),
    "train.quantizer_dropout": (0, 1),
    "train.kl_weight": (0, 100),
    "train.free_bits": (0, 100),
    "train.adversarial": (0, 100),
    "train.adversarial_from": (0, 1),
    "train.feature_matching": (0, 100),
    "train.held_out": (0.01, 0.5),
}

BOTTLENECK_NAMES = ("rvq", "none", "vae")

# Median sound length in seconds below which a corpus (one-shots, drums) is encoded with SHORT_SOUNDS.
SHORT_SOUND_SECONDS = 0.75
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


def _convert(key: str, value: Any, kind: Any) -> Any:
    if value is None or (value == "none" and kind == int | None):
        if kind == int | None:
            return None
        raise SdaError(f"{key} needs a value of type {kind.__name__}.")
    base = int if kind == int | None else kind
    try:
        if base is bool and isinstance(value, str):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[value.lower()]
        if base is int and (isinstance(value, bool) or float(value) != int(float(value))):
            raise ValueError(value)
        return base(float(value)) if base is int else base(value)
    except (ValueError, KeyError, TypeError) as error:
        raise SdaError(f"{key} can't be {value!r}; it is of type {base.__name__}.") from error
