"""SdaModel: a trained model, loaded from and saved to one `.sda` file, that encodes sounds and decodes codes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sda_lib.audio.clip import AudioClip
from sda_lib.codec import encode
from sda_lib.codec.codebooks import Codebooks
from sda_lib.codec.codec import HALF_PRECISION, Codec
from sda_lib.codec.codes import Codes
from sda_lib.codec.stft import mid_side
from sda_lib.config import Recipe
from sda_lib.controls.controls import Ranges
from sda_lib.directions.directions import SliderSet
from sda_lib.directions.gestures import GESTURES, LOUDNESS, expand_gestures
from sda_lib.errors import SdaError
from sda_lib.files import printable, write_atomically
from sda_lib.memory.decode import QUALITIES, reach, synthesize, synthesize_early
from sda_lib.memory.grains import Match
from sda_lib.model.facts import ModelFacts
from sda_lib.model.header import HEADER_KEY, Contents, read_header, shareable
from sda_lib.model.tensors import (
    check_shapes,
    gaussian_of,
    memory_of,
    memory_tensors,
    prior_of,
    read_tensors,
    sliders_of,
    write_tensors,
)
from sda_lib.prior.gaussian import Gaussian, Latents
from sda_lib.prior.network import Prior

# Code frames per clip of `decode_blocks`: a whole number of synthesis tiles, so that no tile is made twice.
BLOCK_FRAMES = 512
# Exceptions raised by a header that SDA didn't write.
FOREIGN = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError)


@dataclass(frozen=True, eq=False)
class SdaModel(ModelFacts):
    """A trained model: encode, decode, move along sliders, save and load."""

    def reach(self, source_amount: float = 1.0, quality: str = "play") -> int:
        """Return how many frames before and after a changed frame its sound can change at most."""
        return reach(self.codec, self.memory is not None and source_amount > 0, quality)

    # --- sound to codes, codes to sound

    def latent(self, clip: AudioClip) -> Tensor:
        """Return continuous latents [frame, dim] of a clip of any sample rate and channel count."""
        return torch.cat([latent for latent, _ in encode.latents(self.codec, [self._samples(clip)])])

    def encode(self, clip: AudioClip) -> Codes:
        """Encode a clip as codes, which store its length. Raises SdaError for a continuous model."""
        return self.encode_stream([self._samples(clip)])

    @torch.no_grad()
    def encode_stream(self, blocks: Iterable[np.ndarray]) -> Codes:
        """Encode a sound given in float32 blocks [channel, time] of the model's sample rate and channel count. Raises
        SdaError for a continuous model and for an empty sound."""
        self._need_codes()
        parts = list(encode.latents(self.codec, blocks))
        if not parts:
            raise SdaError("The sound holds no samples; choose another one.")
        latent = torch.cat([one for one, _ in parts])
        codes = torch.cat([self.codec.quantize(one[None]).indices[0] for one, _ in parts], 1)
        if self.memory is not None:
            codes = self.memory.recognized(latent, codes)
        length = sum(size for _, size in parts)
        return Codes(codes.cpu().numpy(), self.codebook_size, self.hop, self.sample_rate, length)

    def encode_latents(self, blocks: Iterable[np.ndarray]) -> Latents:
        """Return continuous latents of a sound given in float32 blocks [channel, time] of the model's sample rate and
        channel count. Raises SdaError for an empty sound."""
        parts = list(encode.latents(self.codec, blocks))
        if not parts:
            raise SdaError("The sound holds no samples; choose another one.")
        return self.latents(torch.cat([latent for latent, _ in parts]), sum(size for _, size in parts))

    def latents(self, values: Tensor, samples: int) -> Latents:
        """Return latents [frame, dim] as a sound of `samples` samples."""
        return Latents(values.to(self.usage.device), samples, self.hop, self.sample_rate)

    def _samples(self, clip: AudioClip) -> np.ndarray:
        return clip.with_channels(self.recipe.audio.channels).resampled(self.sample_rate).samples

    def decode(self, codes: Codes, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Decode codes to a clip of the length that they store; `source_amount` 0..1 is the share of the recordings in
        it.

        Quality "export" spends more time on phases than "play". Either needs memory for a few seconds of sound besides
        the sound itself, and the same codes give the same samples.
        """
        return self.decode_with_sources(codes, source_amount, quality)[0]

    def decode_with_sources(
        self, codes: Codes, source_amount: float = 1.0, quality: str = "play"
    ) -> tuple[AudioClip, Match | None]:
        """Decode as `decode` does, and return the recorded grain behind every frame (None without memory or at amount
        0)."""
        return self.play(self.latents(self.embed(codes), codes.samples), source_amount, quality)

    def decode_window(
        self, codes: Codes, first: int, end: int, source_amount: float = 1.0, quality: str = "play"
    ) -> AudioClip:
        """Decode frames first..end only; equal to that part of `decode`'s sound bit for bit."""
        return self.play_window(self.latents(self.embed(codes), codes.samples), first, end, source_amount, quality)

    def decode_blocks(self, codes: Codes, source_amount: float = 1.0, quality: str = "play") -> Iterator[AudioClip]:
        """Yield `decode`'s sound in blocks, in constant memory; equal bit for bit."""
        return self.play_blocks(self.latents(self.embed(codes), codes.samples), source_amount, quality)

    def redecode(
        self, codes: Codes, before: Codes, clip: AudioClip, source_amount: float = 1.0, quality: str = "play"
    ) -> AudioClip:
        """Update `clip`, the sound of `before`, to `codes`, decoding only what can differ; equal to `decode`'s sound
        bit for bit. Codes of another length are decoded as a whole."""
        first, end = self.changed_frames(codes, before, source_amount, quality)
        if clip.length != codes.samples:
            return self.decode(codes, source_amount, quality)
        if first == end:
            return clip
        return clip.spliced(self.decode_window(codes, first, end, source_amount, quality), first * self.hop)

    def changed_frames(
        self, codes: Codes, before: Codes | None, source_amount: float = 1.0, quality: str = "play"
    ) -> tuple[int, int]:
        """Return the frames first..end outside which `before` and `codes` sound the same bit for bit.

        The range is empty if both are equal, and all frames if `before` is None, of another length, or has other muted
        levels.
        """
        self.check(codes)
        if before is None or codes.indices.shape != before.indices.shape or codes.muted != before.muted:
            return 0, codes.frames
        changed = np.flatnonzero((codes.indices != before.indices).any(0))
        if len(changed) == 0:
            return 0, 0
        near = self.reach(source_amount, quality)
        return max(0, int(changed[0]) - near), min(codes.frames, int(changed[-1]) + 1 + near)

    def synth(self, latent: Tensor, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Decode latents [frame, dim] to frames * hop samples, for any bottleneck."""
        return self._synthesize(latent, source_amount, quality)[0]

    def play(self, sound: Latents, source_amount: float = 1.0, quality: str = "play") -> tuple[AudioClip, Match | None]:
        """Decode latents, and return the recorded grain behind every frame, as `decode_with_sources` does for codes."""
        clip, match = self._synthesize(sound.values, source_amount, quality)
        return clip.cut(sound.samples), match

    def play_window(
        self, sound: Latents, first: int, end: int, source_amount: float = 1.0, quality: str = "play"
    ) -> AudioClip:
        """Decode frames first..end only; equal to that part of `play`'s sound bit for bit. Raises SdaError for frames
        outside the sound."""
        if not 0 <= first < end <= sound.frames:
            kind = f"codes or latents of {sound.frames} frames"
            raise SdaError(f"Frames {first} to {end} are not in {kind}; ask within 0..frames.")
        clip, _ = self._synthesize(sound.values, source_amount, quality, first, end)
        return clip.cut(sound.samples - first * self.hop)

    @torch.no_grad()
    def play_early(self, sound: Latents, first: int, end: int, source_amount: float = 1.0) -> AudioClip:
        """Decode frames first..end faster than `play_window`, exact only up to rounding, for playback until the full
        result is ready."""
        samples = synthesize_early(self.codec, self.memory, sound.values, source_amount, first, end)
        return AudioClip(samples.cpu().numpy(), self.sample_rate, self.name).cut(sound.samples - first * self.hop)

    def play_blocks(self, sound: Latents, source_amount: float = 1.0, quality: str = "play") -> Iterator[AudioClip]:
        """Yield `play`'s sound in blocks, in constant memory; equal bit for bit."""
        for first in range(0, sound.frames, BLOCK_FRAMES):
            end = min(first + BLOCK_FRAMES, sound.frames)
            clip, _ = self._synthesize(sound.values, source_amount, quality, first, end)
            yield clip.cut(sound.samples - first * self.hop)

    def reconstruct(self, clip: AudioClip, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Encode and decode a clip, at the model's sample rate and channel count and in its own length, for any
        bottleneck."""
        clip = clip.resampled(self.sample_rate)
        latent = self.embed(self.encode(clip)) if self.discrete else self.latent(clip)
        return dataclasses.replace(self.synth(latent, source_amount, quality).cut(clip.length), name=clip.name)

    @torch.no_grad()
    def _synthesize(
        self, latent: Tensor, amount: float, quality: str, first: int = 0, end: int | None = None
    ) -> tuple[AudioClip, Match | None]:
        if not 0 <= amount <= 1:
            raise SdaError(f"The source amount goes from 0 to 1, not {amount:g}.")
        if quality not in QUALITIES:
            raise SdaError(f"There is no quality {quality!r}; there are {', '.join(QUALITIES)}.")
        samples, match = synthesize(self.codec, self.memory, latent, amount, quality, first, end)
        return AudioClip(samples.cpu().numpy(), self.sample_rate, self.name), match

    def as_latent(self, values: np.ndarray) -> Tensor:
        """Return latents [frame, dim] from numpy as a float32 tensor on the model's device."""
        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self.usage.device)

    def embed(self, codes: Codes) -> Tensor:
        """Return latents [frame, dim] of codes, without muted levels. Raises SdaError for codes of another model."""
        self.check(codes)
        indices = torch.tensor(codes.indices, device=self.usage.device)
        return self.codec.bottleneck.embed(indices, codes.muted)

    @cached_property
    def codebooks(self) -> Codebooks:
        """Distances, loudness and brightness of the model's codes. Raises SdaError for a continuous model."""
        self._need_codes()
        return Codebooks(self.codec, self.usage.cpu().numpy())

    def moved(self, codes: Codes, steps: Mapping[str, float | np.ndarray]) -> Codes:
        """Return codes moved by `steps` along directions, one number or one per frame [frame]: the codes nearest to the
        moved latents, in frames that move. Raises SdaError for unknown sliders."""
        latent = self.embed(dataclasses.replace(codes, muted=()))  # muted levels move as well
        there = self.moved_latent(latent, steps)
        changed = (there != latent).any(1).cpu().numpy()
        indices = codes.indices.copy()
        if changed.any():
            indices[:, changed] = self.codec.quantize(there[changed][None]).indices[0].cpu().numpy()
        return codes.with_indices(indices)

    def moved_latent(self, latent: Tensor, steps: Mapping[str, float | np.ndarray]) -> Tensor:
        """Return latents [frame, dim] moved by `steps` along directions, and along gestures at the onsets found in the
        latents. Raises SdaError for unknown sliders."""
        sliders = self.sliders_for(steps)
        sliders.check(steps)
        if not any(name in GESTURES for name in steps):
            return sliders.moved(latent, steps)
        level = self.codec.texture.level(latent).cpu().numpy()
        found = expand_gestures(steps, level, self.frame_rate, sliders.card(LOUDNESS).slope)
        return sliders.moved(latent, found)

    def sliders_for(self, steps: Mapping[str, object]) -> SliderSet:
        """Return the model's sliders. Raises SdaError when it has none."""
        if self.sliders is None:
            raise SdaError(f"{self.name or 'This model'} has no sliders yet; make them with `sda sliders MODEL`.")
        return self.sliders

    def _need_codes(self) -> None:
        if not self.discrete:
            raise SdaError(self.why_no_codes)

    def check(self, codes: Codes) -> None:
        """Raise SdaError when codes are not this model's."""
        self._need_codes()
        if codes.kind != (self.levels, self.codebook_size, self.hop, self.sample_rate):
            raise SdaError(
                f"These codes come from another model than {self.name or 'this one'}; encode the sound again."
            )

    @cached_property
    def writers(self) -> dict[str, Any]:
        """Writers created so far, by name (`sda_lib.writers.registry.writer_of`)."""
        return {}

    @cached_property
    def ranges(self) -> Ranges:
        """The ranges of the controls in the model's recordings. Raises SdaError without recordings."""
        if self.why_no_recordings:
            raise SdaError(f"Controls are measured in recordings. {self.why_no_recordings}")
        return Ranges.of(self.memory)

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Hex digests of the model's parts: codec, memory, sliders and prior, as far as present. Equal parts decode
        equal codes to equal sounds."""
        parts = {"codec": self.codec.state_dict()}
        if self.memory is not None:
            pieces = enumerate(self.memory.pieces)
            parts["memory"] = {
                "latents": self.memory.latents,
                **{f"{number:06}": one.samples for number, one in pieces},
            }
        if self.sliders is not None:
            parts["sliders"] = {"vectors": torch.from_numpy(self.sliders.directions.vectors)}
        if self.prior is not None:
            parts["prior"] = self.prior.tensors()
        return {name: tensors_digest(tensors) for name, tensors in parts.items()}

    # --- files

    def without_memory(self) -> SdaModel:
        """Return the model without recordings and file names, for sharing. A prior network is kept, one that holds
        codes of recordings is not."""
        recipe = self.recipe.override(memory__enabled=False)
        prior = None if self.prior is None or self.prior.is_ngram else self.prior
        return dataclasses.replace(self, recipe=recipe, memory=None, prior=prior, header=shareable(self.header))

    def with_prior(self, prior: Prior) -> SdaModel:
        """Return the model with another prior."""
        return dataclasses.replace(self, prior=prior)

    def with_sliders(self, sliders: SliderSet) -> SdaModel:
        """Return the model with other sliders. Raises ValueError for sliders that could not be read back from a
        file."""
        vectors = torch.from_numpy(sliders.directions.vectors)
        return dataclasses.replace(self, sliders=SliderSet.of(sliders.facts(), vectors, self.recipe.codec.latent_dim))

    def save(self, path: str | Path) -> Path:
        """Write the `.sda` atomically; without memory it contains no file names. Raises SdaError on a full disk."""
        state = {**self.codec.state_dict(), **{name: getattr(self.codec, name).half() for name in HALF_PRECISION}}
        tensors = {f"codec.{name}": tensor.contiguous().cpu() for name, tensor in state.items()}
        tensors["codec.usage"] = self.usage.cpu()
        facts = shareable(self.header) if self.memory is None else self.header
        header = {**facts, "recipe": dataclasses.asdict(self.recipe)}
        for part in ("prior", "sliders", "gaussian"):
            header.pop(part, None)
        if self.sliders is not None:
            header["sliders"] = self.sliders.facts()
            tensors["directions.vectors"] = torch.from_numpy(self.sliders.directions.vectors)
        if self.prior is not None:
            header["prior"] = self.prior.facts()
            tensors |= {f"prior.{name}": one.contiguous().cpu() for name, one in self.prior.tensors().items()}
        if self.gaussian is not None:
            header["gaussian"] = True
            tensors |= {f"gaussian.{name}": one for name, one in self.gaussian.tensors().items()}
        if self.memory is not None:
            kept, header["memory"] = memory_tensors(self.memory)
            tensors.update(kept)
        return write_atomically(path, lambda part: write_tensors(tensors, part, {HEADER_KEY: json.dumps(header)}))

    @classmethod
    def load(cls, path: str | Path, device: str = "cpu", contents: Contents | None = None) -> SdaModel:
        """Read an `.sda` onto a device. Nothing in it is executed, and shapes are checked before tensors are loaded.

        `contents` is what `read_header` has returned for it, if that was called. Raises SdaError for a file that is
        missing, foreign or damaged.
        """
        try:
            return cls._read(Path(path), device, contents)
        except FOREIGN as error:
            reason = f"{type(error).__name__} while reading it"
            raise SdaError(f"{printable(Path(path).name)} is damaged ({reason}); copy it again.") from error

    @classmethod
    def _read(cls, path: Path, device: str, contents: Contents | None) -> SdaModel:
        header, entries = contents or read_header(path)
        try:
            recipe = Recipe.from_json(json.dumps(header.get("recipe")))
        except SdaError as error:
            raise SdaError(f"{printable(path.name)}: {error}") from error
        check_shapes(path, recipe, entries, header)
        tensors = read_tensors(path, device)
        codec = Codec(recipe.audio, recipe.codec)
        own = {name.removeprefix("codec."): tensors[name] for name in entries if name.startswith("codec.")}
        usage = own.pop("usage")
        codec.load_state_dict(own)
        codec.to(device).eval().requires_grad_(False)
        parts = (read(path, codec, tensors, header) for read in (memory_of, prior_of, sliders_of, gaussian_of))
        memory, prior, sliders, gaussian = parts
        if gaussian is None and memory is not None and not codec.bottleneck.discrete:
            gaussian = Gaussian.of_memory(memory)  # an older file, saved without a Gaussian
        return cls(recipe, codec, memory, usage, header, prior, sliders, gaussian)


def tensors_digest(tensors: Mapping[str, Tensor]) -> str:
    """Return a hash of tensors and their names."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().cpu().numpy().data)
    return digest.hexdigest()


def padded_samples(recipe: Recipe, clip: AudioClip) -> Tensor:
    """Return a clip as mid/side samples [channel, frames * hop] at the recipe's sample rate, padded with silence."""
    clip = clip.with_channels(recipe.audio.channels).resampled(recipe.audio.sample_rate)
    samples = mid_side(torch.tensor(clip.samples))
    return torch.nn.functional.pad(samples, (0, -clip.length % recipe.codec.hop))
