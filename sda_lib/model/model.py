"""SdaModel: a trained model, loaded from and saved to one `.sda` file, that encodes sounds and decodes codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sda_lib.allocation import keep_freed_memory
from sda_lib.audio.clip import AudioClip
from sda_lib.codec import varispeed
from sda_lib.codec.codebooks import Codebooks
from sda_lib.codec.codes import Codes
from sda_lib.codec.frames import CodeStream, EmbeddedFrames, Frames
from sda_lib.codec.placement import Placement
from sda_lib.directions.directions import SliderSet
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.files import read_current, write_atomically
from sda_lib.memory.decode import QUALITIES, reach, synthesize, synthesize_early
from sda_lib.memory.grains import Match
from sda_lib.memory.levels import LevelMeter
from sda_lib.memory.recognize import Excerpt, excerpt_of
from sda_lib.model.encoding import EncodingModel
from sda_lib.model.header import HEADER_KEY, shareable
from sda_lib.model.moving import Mover, Steps
from sda_lib.model.tensors import fingerprints_of, model_tensors, read_model, write_tensors
from sda_lib.prior.gaussian import Latents
from sda_lib.prior.network import Prior

# Code frames per clip of `decode_blocks`: a whole number of synthesis tiles, so that no tile is made twice.
BLOCK_FRAMES = 512
# Exceptions raised by a header that SDA didn't write.
FOREIGN = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError)


@dataclass(frozen=True, eq=False)
class SdaModel(EncodingModel):
    """A trained model: encode, decode, move along sliders, save and load."""

    def reach(self, source_amount: float = 1.0, quality: str = "play", sound: Placement | None = None) -> int:
        """Return how many frames before and after a changed frame its sound can change at most.

        A `sound` at another rate than 1, or that begins between two samples, is resampled, which reaches farther.
        """
        return max(self._reaches(source_amount, quality, sound))

    def _reaches(self, source_amount: float, quality: str, sound: Placement | None) -> tuple[int, int]:
        """Return how many frames before and after a changed frame its sound can change.

        Detail of the recordings comes in runs, which a frame changes only from itself on.
        """
        wide = 0 if sound is None else -(-varispeed.half_width(sound.beginning, sound.rate) // self.hop)
        with_grains = self.memory is not None and source_amount > 0
        both = None, self._exemplars if source_amount < 1 else None
        before, after = (reach(self.codec, with_grains, quality, one) + wide for one in both)
        return before, after

    # --- from codes or latents to sound

    def excerpt(self, sound: Codes | Latents) -> Excerpt | None:
        """Return which part of one of the model's recordings a sound is; None if it is not one as a whole.

        Args:
            sound: codes or latents of this model.

        Raises SdaError for codes of another model.

        Example:
            >>> print(model.excerpt(codes))
            bell...
            >>> model.excerpt(codes.reverse()) is None
            True
        """
        return None if self.memory is None else excerpt_of(self.memory, sound, self.frames_of(sound))

    def decode(self, sound: Codes | Latents, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Decode codes or latents to a clip of the length that they store.

        `source_amount` 0..1 is the share of the recordings in it. Quality "export" spends more time on phases than
        "play". Either needs memory for a few seconds of sound besides the sound itself, and the same codes give the
        same samples.
        """
        return self.decode_with_sources(sound, source_amount, quality)[0]

    def decode_with_sources(
        self, sound: Codes | Latents, source_amount: float = 1.0, quality: str = "play"
    ) -> tuple[AudioClip, Match | None]:
        """Decode as `decode` does, and return the recorded grain behind every frame.

        There is none without memory or at amount 0.
        """
        latents = self.as_latents(sound)
        clip, match = self._synthesize(latents.values, source_amount, quality)
        return self.placed(clip, latents), match

    def decode_window(
        self,
        sound: Codes | Latents | CodeStream,
        first: int,
        end: int,
        source_amount: float = 1.0,
        quality: str = "play",
    ) -> AudioClip:
        """Decode frames first..end only; equal to that part of `decode`'s sound bit for bit.

        It begins at `sound.sample_of(first)`.

        Args:
            sound: codes or latents of this model.
            first: first frame, from 0.
            end: the frame after the last.
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play", or "export" for better phases in more time.

        Raises SdaError for frames outside the sound, and for values out of range.

        Example:
            >>> part = model.decode_window(codes, 2, 6)
            >>> begin, whole = codes.sample_of(2), model.decode(codes)
            >>> np.array_equal(part.samples, whole.samples[:, begin : begin + part.length])
            True
        """
        frames = self.frames_of(sound)
        if not 0 <= first < end <= len(frames):
            kind = f"codes or latents of {len(frames)} frames"
            raise SdaError(f"Frames {first} to {end} are not in {kind}; choose frames within them.")
        wide = varispeed.source_frames(sound, first, end)
        clip, _ = self._synthesize(frames, source_amount, quality, *wide)
        return self.placed(clip, sound, first, end, wide[0])

    @torch.no_grad()
    def decode_early(self, sound: Latents, first: int, end: int, source_amount: float = 1.0) -> AudioClip:
        """Decode frames first..end faster than `decode_window`, exact only up to rounding.

        For playback until the full result is ready.
        """
        wide = varispeed.source_frames(sound, first, end)
        samples = synthesize_early(self.codec, self.memory, sound.values, source_amount, *wide, self._exemplars)
        return self.placed(self._clip(samples), sound, first, end, wide[0])

    def placed(
        self, clip: AudioClip, sound: Placement, first: int = 0, end: int | None = None, begin: int = 0
    ) -> AudioClip:
        """Return what plays of a sound's frames first..end, of a clip of decoded frames from frame `begin` on."""
        return replace(clip, samples=varispeed.played(clip.samples, sound, first, end, begin))

    def decode_blocks(
        self,
        sound: Codes | Latents | CodeStream,
        source_amount: float = 1.0,
        quality: str = "play",
        first: int = 0,
        end: int | None = None,
    ) -> Iterator[AudioClip]:
        """Yield `decode`'s sound in blocks, in constant memory; equal bit for bit.

        Args:
            sound: codes or latents of this model.
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play", or "export" for better phases in more time.
            first: the frame to begin with, from 0.
            end: the frame after the last; default: all.

        Raises SdaError for codes of another model, and for values out of range.

        Example:
            >>> sum(block.length for block in model.decode_blocks(codes)) == codes.samples
            True
        """
        stop = sound.frames if end is None else end
        while first < stop:
            until = min(first - first % BLOCK_FRAMES + BLOCK_FRAMES, stop)
            yield self.decode_window(sound, first, until, source_amount, quality)
            first = until

    def redecode(
        self, codes: Codes, before: Codes, clip: AudioClip, source_amount: float = 1.0, quality: str = "play"
    ) -> AudioClip:
        """Update `clip`, the sound of `before`, to `codes`, decoding only what can differ.

        The result equals `decode`'s sound bit for bit. Codes of another length are decoded as a whole.

        Args:
            codes: the codes to decode.
            before: the codes that `clip` was decoded from.
            clip: the sound of `before`, of the same source amount and quality.
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play", or "export" for better phases in more time.

        Raises SdaError for codes of another model, and for values out of range.

        Example:
            >>> edited = codes.reverse(frames=(2, 4))
            >>> updated = model.redecode(edited, codes, model.decode(codes))
            >>> np.array_equal(updated.samples, model.decode(edited).samples)
            True
        """
        first, end = self.changed_frames(codes, before, source_amount, quality)
        if clip.length != codes.samples:
            return self.decode(codes, source_amount, quality)
        if first == end:
            return clip
        return clip.spliced(self.decode_window(codes, first, end, source_amount, quality), codes.sample_of(first))

    def changed_frames(
        self, codes: Codes, before: Codes | None, source_amount: float = 1.0, quality: str = "play"
    ) -> tuple[int, int]:
        """Return the frames first..end outside which `before` and `codes` sound the same bit for bit.

        The range is empty if both are equal, and all frames if `before` is None, of another length or placement, or has
        other muted levels.

        Args:
            codes: codes of this model.
            before: the codes to compare with.
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play" or "export".

        Raises SdaError for codes of another model.

        Example:
            >>> model.changed_frames(codes, codes)
            (0, 0)
            >>> model.changed_frames(codes, None) == (0, codes.frames)
            True
        """
        self.check(codes)
        if before is None or _facts(codes) != _facts(before):
            return 0, codes.frames
        changed = np.flatnonzero((codes.indices != before.indices).any(0))
        if len(changed) == 0:
            return 0, 0
        backwards, forwards = self._reaches(source_amount, quality, codes)
        return max(0, int(changed[0]) - backwards), min(codes.frames, int(changed[-1]) + 1 + forwards)

    def synth(self, latent: Tensor, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Decode latents [frame, dim] to frames * hop samples, for any bottleneck."""
        return self._synthesize(latent, source_amount, quality)[0]

    def reconstruct(self, clip: AudioClip, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Encode and decode a clip, with or without codes.

        The result has the model's sample rate and channel count, and the clip's length.

        Args:
            clip: a clip of any sample rate and channel count.
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play", or "export" for better phases in more time.

        Raises SdaError for an empty sound, and for values out of range.

        Example:
            >>> model.reconstruct(clip, source_amount=0).sample_rate == model.sample_rate
            True
        """
        clip = clip.resampled(self.sample_rate)
        sound = self.encode(clip) if self.discrete else self.encoded_latents(clip)
        return replace(self.decode(sound, source_amount, quality), name=clip.name)

    @torch.no_grad()
    def _synthesize(
        self, latent: Frames, amount: float, quality: str, first: int = 0, end: int | None = None
    ) -> tuple[AudioClip, Match | None]:
        if not 0 <= amount <= 1:
            raise SdaError(f"The source amount goes from 0 to 1, not {amount:g}.")
        if quality not in QUALITIES:
            raise SdaError(f"There is no quality {quality!r}; there are {', '.join(QUALITIES)}.")
        samples, match = synthesize(self.codec, self.memory, latent, amount, quality, first, end, self._exemplars)
        return self._clip(samples), match

    def _clip(self, samples: Tensor) -> AudioClip:
        return AudioClip(samples.cpu().numpy(), self.sample_rate, self.name)

    # --- codes and latents

    def as_latents(self, sound: Codes | Latents) -> Latents:
        """Return the latents that a sound is decoded from."""
        if isinstance(sound, Latents):
            return sound
        return self.latents(self.embed(sound), sound.natural_length, sound)

    def frames_of(self, sound: Codes | Latents | CodeStream) -> Frames:
        """Return the latents that a sound is decoded from, those of codes made where they are needed.

        Raises SdaError for codes of another model.
        """
        if isinstance(sound, Latents):
            return sound.values
        self.check(sound)
        frames = partial(EmbeddedFrames, self.codec.bottleneck, count=sound.frames, device=self.usage.device)
        if isinstance(sound, CodeStream):
            return frames(sound.part)
        codes = sound.indices
        return frames(lambda first, end: codes[:, first:end], muted=sound.muted)

    def embed(self, codes: Codes) -> Tensor:
        """Return the latents [frame, dim] of codes, without muted levels, as a tensor on the model's device.

        Args:
            codes: codes of this model.

        Raises SdaError for codes of another model.

        Example:
            >>> tuple(model.embed(codes).shape) == (codes.frames, model.recipe.codec.latent_dim)
            True
        """
        self.check(codes)
        indices = torch.tensor(codes.indices, device=self.usage.device)
        return self.codec.bottleneck.embed(indices, codes.muted)

    @cached_property
    def codebooks(self) -> Codebooks:
        """Distances, loudness and brightness of the model's codes. Raises SdaError for a continuous model."""
        self.need_codes()
        return Codebooks(self.codec, self.usage.cpu().numpy())

    def moved(self, codes: Codes, steps: Steps, holds_level: bool = True) -> Codes:
        """Return codes moved by steps along sliders. Frames that move take the codes nearest to the moved latents.

        Args:
            codes: codes of this model.
            steps: by the names of `model.sliders`, one number from -4 to 4 or one per frame [frame].
            holds_level: whether only the slider of loudness changes the level.

        Raises SdaError for unknown sliders, and for codes of another model.

        Example:
            >>> swell = np.linspace(0, 2, codes.frames)
            >>> model.moved(codes, {"brightness": swell}).frames == codes.frames
            True
        """
        return self.mover.codes(codes, steps, holds_level)

    def moved_latents(self, sound: Latents, steps: Steps, holds_level: bool = True) -> Latents:
        """Return a sound's latents moved by steps, as `moved` does, without quantizing them.

        Args:
            sound: latents of this model.
            steps: by the names of `model.sliders`, one number from -4 to 4 or one per frame [frame].
            holds_level: whether only the slider of loudness changes the level.

        Raises SdaError for unknown sliders.

        Example:
            >>> latents = model.encoded_latents(clip)
            >>> model.moved_latents(latents, {"brightness": 1.0}).frames == latents.frames
            True
        """
        return self.mover.latents(sound, steps, holds_level)

    def moved_latent(self, latent: Tensor, steps: Steps) -> Tensor:
        """Return latents [frame, dim] moved by `steps`, at any level. Raises SdaError for unknown sliders."""
        return self.mover.values(latent, steps)

    @cached_property
    def mover(self) -> Mover:
        """Moves sounds along the sliders. Raises SdaError when the model has none."""
        return Mover(self.codec, self.sliders_for({}), self.level_meter)

    @cached_property
    def level_meter(self) -> LevelMeter:
        """Measures the level of latents without decoding them."""
        return LevelMeter(self.codec, self.memory)

    def check(self, codes: Codes | CodeStream) -> None:
        """Do nothing for codes of this model.

        Args:
            codes: codes of any model.

        Raises SdaError when codes are not this model's.

        Example:
            >>> model.check(codes)
        """
        self.need_codes()
        if codes.kind != (self.levels, self.codebook_size, self.hop, self.sample_rate):
            raise SdaError(f"The codes come from another model than {self.name or 'this'}; encode the sound again.")

    @cached_property
    def writers(self) -> dict[str, Any]:
        """Writers created so far, by name (`sda_lib.writers.registry.writer_of`)."""
        return {}

    # --- files

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Hex digests of the model's parts; equal parts decode equal codes to equal sounds."""
        return fingerprints_of(self)

    def without_memory(self) -> SdaModel:
        """Return the model without recordings and file names, for sharing.

        A prior network is kept, one that holds codes of recordings is not.

        Example:
            >>> model.without_memory().memory is None
            True
        """
        recipe = self.recipe.shareable.override(memory__enabled=False)
        prior = None if self.prior is None or self.prior.is_ngram else self.prior
        return replace(self, recipe=recipe, memory=None, prior=prior, header=shareable(self.header))

    def with_prior(self, prior: Prior) -> SdaModel:
        """Return the model with another prior.

        Args:
            prior: a prior for the model's codes, such as another copy of the model has; `sda prior` trains one.

        Example:
            >>> model.with_prior(model.prior).prior is model.prior
            True
        """
        return replace(self, prior=prior)

    def with_sliders(self, sliders: SliderSet) -> SdaModel:
        """Return the model with other sliders.

        Args:
            sliders: sliders for the model's latents, such as another copy of the model has; `sda sliders` fits them.

        Raises ValueError for sliders that no file can hold.

        Example:
            >>> model.with_sliders(model.sliders).sliders.names == model.sliders.names
            True
        """
        tensors = {name: torch.from_numpy(array) for name, array in sliders.directions.arrays().items()}
        return replace(self, sliders=SliderSet.of(sliders.facts(), tensors, self.recipe.codec.latent_dim))

    def save(self, path: str | Path) -> Path:
        """Write the model as an `.sda` file, atomically, and return its path; without memory it contains no file names.

        Args:
            path: the file to write.

        Raises SdaError on a full disk.

        Example:
            >>> model.without_memory().save("to_share.sda").name
            'to_share.sda'
        """
        tensors, header = model_tensors(self)
        return write_atomically(path, lambda part: write_tensors(tensors, part, {HEADER_KEY: json.dumps(header)}))

    @classmethod
    def load(cls, path: str | Path, device: str = "cpu") -> SdaModel:
        """Read an `.sda` onto a device. Nothing in it is executed, and shapes are checked before tensors are loaded.

        A file that is replaced meanwhile is read again. Raises SdaError if it is missing, foreign or damaged.
        """
        path = Path(path)
        keep_freed_memory()
        try:
            return cls(**read_current(path, lambda: read_model(path, device)))
        except FOREIGN as error:
            reason = f"{type(error).__name__} while reading it"
            raise SdaError(f"{printable(path.name)} is damaged ({reason}); copy it again.") from error


def _facts(codes: Codes) -> tuple[object, ...]:
    """Return what two sounds must share for their frames to be comparable."""
    return codes.kind, codes.timing, codes.muted
