"""SdaModel with the verbs that people look for: generate, encode, decode; results know their model."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Self, overload

from sda_lib.api.clip import AnySound, AudioClip, clip_of
from sda_lib.api.codes import Codes
from sda_lib.api.health import Health
from sda_lib.api.names import PublicNames
from sda_lib.api.presets import Presets
from sda_lib.api.signatures import with_options
from sda_lib.api.sliders import Sliders
from sda_lib.api.take import Take, Takes
from sda_lib.audio.categories import Category, categories_of
from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.corpus import Corpus
from sda_lib.codec import codes as codec_codes
from sda_lib.display.models import model_view
from sda_lib.display.page import page
from sda_lib.export.finish import Finish
from sda_lib.health.diagnose import diagnose
from sda_lib.home import Home
from sda_lib.memory.grains import Match
from sda_lib.model import model as core
from sda_lib.model.recordings import recordings_of
from sda_lib.presets.fitting import fit_preset
from sda_lib.presets.overriding import with_own_options
from sda_lib.presets.preset import Preset as CorePreset
from sda_lib.sessions.provenance_tags import Provenance, write_with_provenance
from sda_lib.sliders.fit import fit_sliders
from sda_lib.writers import generate as writing
from sda_lib.writers.auto_duration import with_duration
from sda_lib.writers.generate import compose_any
from sda_lib.writers.options import GenerateOptions, option_tags
from sda_lib.writers.take import Sound
from sda_lib.writers.varispeed import with_varispeed

# A preset, its name, or its JSON file.
AnyPreset = CorePreset | str | PathLike[str]
# Names of version 0.1.
OLD_NAMES = ("play", "play_window", "play_early", "play_blocks", "hear", "stale")
# What writers, sliders and the page use of a model.
INNER_NAMES = (
    "as_latents", "decode_early", "decoder", "encode_in_steps", "encode_latents", "encode_stream", "fingerprints",
    "frames_of", "latent", "latents", "level_meter", "moved_latent", "mover", "need_codes", "parts", "placed",
    "ranges", "reach", "sliders_for", "synth", "title", "why_no_codes", "why_no_controls", "why_no_recordings",
    "why_no_writing", "with_header", "writers",
)  # fmt: skip


def _renamed(old: str, new: str) -> Callable[..., Any]:
    """Return a method by its name of version 0.1, which warns and calls the one that replaced it."""

    def method(self: SdaModel, *arguments: Any, **options: Any) -> Any:
        warnings.warn(f"SdaModel.{old} is now SdaModel.{new}", DeprecationWarning, stacklevel=2)
        return getattr(self, new)(*arguments, **options)

    return method


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SdaModel(PublicNames, core.SdaModel):
    """A trained model: generate, encode, decode, save and load. `SdaModel.load` and `Corpus.train` make one.

    Args:
        recipe: the settings it was trained with.
        codec: the network between samples, latents and codes.
        memory: the recordings; None in a model without them.
        usage: how often the corpus uses each code [level, code].
        header: facts of its file.
        prior: predicts the next codes; None without one.
        sliders: sliders with their measurements; None until they are fitted.
        gaussian: writes sounds where the bottleneck is continuous.

    Example:
        >>> model = sda_lib.SdaModel.load("five")
        >>> model
        SdaModel('five', 4 levels × 16 codes, 48000 Hz, ... s of recordings)
        >>> model.name, model.sample_rate, model.hop, model.frame_rate
        ('five', 48000, 1024, 46.875)
        >>> model.levels, model.codebook_size, model.discrete, model.level_names
        (4, 16, True, ('Structure', 'Timbre', 'Texture', 'Detail'))
        >>> model.path.name, model.codebooks.size, len(model.durations)
        ('five.sda', 16, 5)
        >>> model.metrics["held_out"] > 0, len(model.curve), model.categories
        (True, 1, ())
    """

    _unlisted = frozenset((*OLD_NAMES, *INNER_NAMES))

    # Names of version 0.1, until 0.3.
    play = _renamed("play", "decode_with_sources")
    play_window = _renamed("play_window", "decode_window")
    play_early = _renamed("play_early", "decode_early")
    play_blocks = _renamed("play_blocks", "decode_blocks")
    hear = _renamed("hear", "encode_latents")
    stale = _renamed("stale", "changed_frames")

    sliders: Sliders | None = None

    def __post_init__(self) -> None:
        if self.sliders is not None:
            object.__setattr__(self, "sliders", Sliders.of_set(self.sliders))

    @classmethod
    def load(cls, path: str | PathLike[str], device: str = "cpu") -> Self:
        """Read a model onto a device. Nothing in the file is executed.

        Args:
            path: a model file, or the name of a model in the library.
            device: "cpu", "cuda" or "mps".

        Raises SdaError for a model that is missing, foreign or damaged.

        Example:
            >>> sda_lib.SdaModel.load("five").name
            'five'
        """
        path = Path(path)
        named = Home.from_environment().models / f"{path.name}.sda"
        found = named if not path.is_file() and path.name == str(path) and named.is_file() else path
        model = super().load(found, device)
        assert isinstance(model, cls)
        model.__dict__["_path"] = found
        return model

    def encode(self, clip: AnySound, effort: str = "auto") -> Codes:
        """Encode a sound as codes, which store its length.

        A part of one of the model's recordings gets the recording's own codes, so it comes back exactly. Other sounds
        get codes that decode near to them.

        Args:
            clip: a clip, the path of a file of any length, or (samples, sample_rate).
            effort: "thorough" searches for codes that decode as close to the sound as possible, which takes about as
                long as the sound; "quick" takes those nearest to its latents, in a few thousandths of that; "auto" is
                thorough for sounds of up to a minute.

        Raises SdaError for a continuous model, an unknown effort and a sound that can't be read.

        Example:
            >>> model.encode("sounds/bell.wav").levels
            4
            >>> model.encode((np.zeros(4800), 48000)).seconds
            0.1
        """
        if isinstance(clip, str | PathLike):
            blocks = read_blocks(Path(clip), self.sample_rate, self.recipe.audio.channels)
            return Codes.of(self.encode_stream(blocks, effort), self)
        return Codes.of(super().encode(clip_of(clip), effort), self)

    def decode_with_sources(
        self, sound: Sound, source_amount: float = 1.0, quality: str = "play"
    ) -> tuple[AudioClip, Match | None]:
        """Decode as `decode` does, and return the recorded grain behind every frame.

        There is none without memory or at amount 0.

        Args:
            sound: codes or latents of this model.
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play", or "export" for better phases in more time.

        Raises SdaError for codes of another model, and for values out of range.

        Example:
            >>> decoded, match = model.decode_with_sources(codes)
            >>> len(match.grain) == codes.frames
            True
        """
        clip, match = super().decode_with_sources(sound, source_amount, quality)
        return AudioClip.of(clip), match

    def decode(self, sound: Sound, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Decode codes or latents to a clip of the length that they store.

        Args:
            sound: codes or latents of this model.
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play", or "export" for better phases in more time.

        Raises SdaError for codes of another model, and for values out of range.

        Example:
            >>> model.decode(codes, quality="export").length == codes.samples
            True
        """
        return self.decode_with_sources(sound, source_amount, quality)[0]

    @overload
    def generate(
        self, n: None = None, *, given: Sound | None = None, preset: AnyPreset | None = None, **options: Any
    ) -> Take: ...
    @overload
    def generate(
        self, n: int, *, given: Sound | None = None, preset: AnyPreset | None = None, **options: Any
    ) -> Takes: ...
    @with_options(GenerateOptions)
    def generate(
        self, n: int | None = None, *, given: Sound | None = None, preset: AnyPreset | None = None, **options: Any
    ) -> Take | Takes:
        """Write new sounds.

        Args:
            n: how many, at least 0; they get consecutive seeds. Default: one, which is returned alone.
            given: codes (or latents) to continue; to regenerate in part with `regenerate`, or on some `levels`.
            preset: a preset, its name, or its JSON file; options that are given as well take precedence. What the model
                can't do of it is said in a warning. `Take.save` applies its effects, space and delivery.
            {options}

        Raises SdaError for options out of range, and for an unknown preset.

        Example:
            >>> model.generate(seconds=1, seed=7, novelty=0.8)
            Take(1.00 s, seed 7, from ...)
            >>> model.generate(preset="Slow swell", seconds=1).options.novelty
            0.5
            >>> model.generate(2, seconds=0.5)
            Takes(2 takes, seeds 0, 1)
            >>> bells = model.generate(seconds=0.5, recordings="b*")  # of the bell alone
            >>> {source.file for source in bells.sources}
            {'bell'}
            >>> detail = model.generate(given=codes, levels=(2, None))  # levels 0 and 1 stay
            >>> np.array_equal(detail.codes.indices[:2], codes.indices[:2])
            True
        """
        first, finish = self._settings(preset, options)
        every = (dataclasses.replace(first, seed=first.seed + number) for number in range(1 if n is None else n))
        takes = Takes(dataclasses.replace(generate(self, one, given=given), finish=finish) for one in every)
        return takes[0] if n is None else takes

    @with_options(GenerateOptions)
    def generate_file(
        self,
        path: str | PathLike[str],
        *,
        preset: AnyPreset | None = None,
        finish: Finish | None = None,
        **options: Any,
    ) -> Path:
        """Write a new sound of up to six hours, or a part of it, to a file in constant memory.

        A sound of more than 300 s is composed block by block, so that a part of it is made without the others.

        Args:
            path: a file of one of the formats .wav, .flac, .mp3, .ogg, .opus.
            preset: a preset, its name, or its JSON file; options that are given as well take precedence.
            finish: effects, space and delivery; default: those of the preset.
            {options}

        Raises SdaError for options out of range, a model without codes if the sound is long, and on a full disk.

        Example:
            >>> model.generate_file("half.flac", seconds=3600, novelty=1, part=(1800, 1800.5)).name
            'half.flac'
            >>> sda_lib.AudioClip.read("half.flac").seconds
            0.5
        """
        settings, finish_of_preset = self._settings(preset, options)
        settings = with_duration(self, with_varispeed(settings))
        finish = finish_of_preset if finish is None else finish
        made = Provenance.of(compose_any(self, settings), settings, finish, True)
        return write_with_provenance(self, made, Path(path), option_tags(settings))

    def fit_sliders(self, seed: int = 0) -> Self:
        """Return the model with sliders that are fitted to its recordings and tried out on them.

        That takes from some seconds, for a few short sounds, to a minute. A training with a time budget does it at
        its end; one of 0 minutes doesn't.

        Args:
            seed: random seed of the sounds that are tried.

        Raises SdaError for a model without recordings.

        Example:
            >>> fitted = model.fit_sliders()
            >>> "loudness" in [card.name for card in fitted.sliders.cards]
            True
        """
        found = self.with_sliders(fit_sliders(self, seed))
        assert isinstance(found, type(self))
        return found

    def _settings(self, preset: AnyPreset | None, own: Mapping[str, Any]) -> tuple[GenerateOptions, Finish]:
        """Return the settings of a preset, as far as the model has them, with own options on top."""
        if preset is None:
            return GenerateOptions(**own), Finish()
        found = preset if isinstance(preset, CorePreset) else Presets()[str(preset)]
        fitted = fit_preset(found, self)
        if fitted.left_out:
            warnings.warn(fitted.sentence, stacklevel=3)
        return with_own_options(fitted.options, own), fitted.finish

    def health(self, corpus: Corpus | None = None) -> Health:
        """Measure the model: use of codes, gain of each level, distance of unseen sounds, copied passages.

        Args:
            corpus: sounds to measure on; default: the recordings in the model.

        Raises SdaError without recordings in the model and without a corpus.

        Example:
            >>> found = model.health()
            >>> found.severity in ("green", "yellow", "red")
            True
        """
        found = Health.of(diagnose(self, corpus))
        if corpus is None:
            self.__dict__["_health"] = found  # for the model's own display
        return found

    @property
    def categories(self) -> tuple[Category, ...]:
        """Folders and tags of the recordings in the model, for `generate(recordings=…)`; none without recordings."""
        return () if self.memory is None else categories_of(recordings_of(self))

    @property
    def path(self) -> Path | None:
        """The file that the model was loaded from; None for a model that was made or changed since."""
        return self.__dict__.get("_path")

    def _repr_html_(self) -> str:
        return page(model_view(self, self.path, self.__dict__.get("_health")))

    def __repr__(self) -> str:
        grid = f"{self.levels} levels × {self.codebook_size} codes" if self.discrete else self.recipe.codec.bottleneck
        memory = f", {self.memory.seconds:.0f} s of recordings" if self.memory is not None else ", no recordings"
        return f"SdaModel({self.name!r}, {grid}, {self.sample_rate} Hz{memory})"


def generate(
    model: core.SdaModel, options: GenerateOptions | None = None, codes: codec_codes.Codes | None = None,
    given: Sound | None = None,
) -> Take:  # fmt: skip
    """Write new codes and decode them; work on a `given` sound; or only decode `codes`.

    Args:
        model: the model.
        options: what to write; default: a sound of the length of one of the recordings.
        codes: codes of the model that are decoded as they are, in place of new ones.
        given: codes (or latents) to continue, or to regenerate in part by the options.

    Raises SdaError for codes of another model, and for what the model can't write.

    Example:
        >>> sda_lib.generate(model, sda_lib.GenerateOptions(seconds=0.5, seed=3))
        Take(0.50 s, seed 3, from ...)
    """
    return Take.of(writing.generate(model, options, codes, given), model)
