"""SdaModel: what users hold. One `.sda` file in and out, sound to codes and codes to sound."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.models import passes
from sda_lib.models.codec import Codec
from sda_lib.models.codes import Codes
from sda_lib.models.contents import check_shapes, memory_of, memory_tensors, read_tensors, write_tensors
from sda_lib.models.manifest import MANIFEST_KEY, read_header, shareable
from sda_lib.models.memory import Match, Memory
from sda_lib.models.spectral import mid_side
from sda_lib.models.synthesis import reach
from sda_lib.models.writers import WRITERS, Writer
from sda_lib.sound.clip import AudioClip


@dataclass(frozen=True, eq=False)
class SdaModel:
    """A trained model. `usage` [level, code] counts how often the corpus uses each code."""

    recipe: Recipe
    codec: Codec
    memory: Memory | None
    usage: Tensor
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        memory = "no recordings" if self.memory is None else f"{len(self.memory)} grains of recordings"
        codes = f"{self.levels} x {self.codebook_size} codes" if self.discrete else "continuous latents"
        return f"SdaModel({self.name!r}, {self.sample_rate} Hz, {self.frame_rate:.1f} frames/s, {codes}, {memory})"

    # --- facts

    @property
    def name(self) -> str:
        return str(self.manifest.get("name", ""))

    @property
    def metrics(self) -> dict[str, float]:
        return dict(self.manifest.get("metrics", {}))

    @property
    def sample_rate(self) -> int:
        return self.recipe.audio.sample_rate

    @property
    def hop(self) -> int:
        return self.recipe.codec.hop

    @property
    def frame_rate(self) -> float:
        """Code frames per second."""
        return self.sample_rate / self.hop

    @property
    def levels(self) -> int:
        return self.recipe.codec.levels

    @property
    def codebook_size(self) -> int:
        return self.recipe.codec.codebook_size

    @property
    def discrete(self) -> bool:
        """Whether it turns sound into codes; a continuous one only plays sounds back."""
        return self.codec.bottleneck.discrete

    @property
    def why_no_codes(self) -> str:
        """One sentence for a continuous model, nothing for one with codes."""
        if self.discrete:
            return ""
        return (
            f"{self.name or 'This model'} has a continuous bottleneck, so there are no codes; "
            "train with --set codec.bottleneck=rvq to edit and write codes."
        )

    @property
    def why_no_writing(self) -> str:
        """One sentence for a model that can't write new sounds, nothing for one that can."""
        if self.memory is None and self.discrete:
            return (
                f"{self.name or 'This model'} was saved without its recordings, through which new sounds are walks; "
                "train with memory to generate."
            )
        return self.why_no_codes

    def reach(self, source_amount: float = 1.0) -> int:
        """Decoding a changed frame changes sound at most this many frames before and after it."""
        return reach(self.codec, self.memory is not None and source_amount > 0)

    # --- sound to codes, codes to sound

    def latent(self, clip: AudioClip) -> Tensor:
        """Continuous latents [frame, dim] of a clip of any rate and channel count."""
        return torch.cat([latent for latent, _ in passes.latents(self.codec, [self._samples(clip)])])

    def encode(self, clip: AudioClip) -> Codes:
        """The clip's codes, which remember its length. Raises SdaError when the model has none."""
        return self.encode_stream([self._samples(clip)])

    @torch.no_grad()
    def encode_stream(self, blocks: Iterable[np.ndarray]) -> Codes:
        """`encode` of a sound that comes in float32 blocks [channel, time] of the model's rate and channel count."""
        self._need_codes()
        parts, length = [], 0
        for latent, size in passes.latents(self.codec, blocks):
            parts.append(self.codec.quantize(latent[None]).indices[0].cpu().numpy())
            length += size
        if not parts:
            raise SdaError("The sound holds no samples; choose another one.")
        return Codes(np.concatenate(parts, axis=1), self.codebook_size, self.hop, self.sample_rate, length)

    def _samples(self, clip: AudioClip) -> np.ndarray:
        return clip.with_channels(self.recipe.audio.channels).resampled(self.sample_rate).samples

    def decode(self, codes: Codes, source_amount: float = 1.0) -> AudioClip:
        """Codes -> sound as long as they say; source_amount 0..1 is how much of the user's recordings is heard."""
        return self.decode_with_sources(codes, source_amount)[0]

    def decode_with_sources(self, codes: Codes, source_amount: float = 1.0) -> tuple[AudioClip, Match | None]:
        """`decode`, and the recorded grain behind every frame (None without memory or at amount 0)."""
        self._check(codes)
        parts = [self._window(codes, *span, source_amount) for span in passes.spans(codes.frames)]
        samples = np.concatenate([part for part, _ in parts], axis=1)[:, : codes.samples]
        matches = [match for _, match in parts if match is not None]
        return AudioClip(samples, self.sample_rate, self.name), passes.joined(matches) if matches else None

    def decode_window(self, codes: Codes, first: int, end: int, source_amount: float = 1.0) -> AudioClip:
        """The sound of the frames first..end alone; where `decode_blocks` cuts, that part of `decode` to the last
        bit."""
        self._check(codes)
        samples, _ = self._window(codes, first, end, source_amount)
        return AudioClip(samples[:, : codes.samples - first * self.hop], self.sample_rate, self.name)

    def decode_blocks(self, codes: Codes, source_amount: float = 1.0) -> Iterator[AudioClip]:
        """`decode` one stretch after the other, in memory that does not grow with the sound; equal to the last bit."""
        for first, end in passes.spans(codes.frames):
            yield self.decode_window(codes, first, end, source_amount)

    def synth(self, latent: Tensor, source_amount: float = 1.0) -> AudioClip:
        """Latents [frame, dim] -> sound of frames * hop samples, whatever the bottleneck is."""
        _check_amount(source_amount)
        parts = [
            passes.sound_of(self.codec, self.memory, latent.__getitem__, len(latent), span, source_amount)[0]
            for span in passes.spans(len(latent))
        ]
        return AudioClip(torch.cat(parts, -1).cpu().numpy(), self.sample_rate, self.name)

    @torch.no_grad()
    def reconstruct(self, clip: AudioClip, source_amount: float = 1.0) -> AudioClip:
        """The clip there and back, at the model's rate and channel count and as long as it was; works for every
        bottleneck."""
        clip = clip.resampled(self.sample_rate)
        whole = self.synth(self.codec.quantize(self.latent(clip)[None]).latent[0], source_amount)
        return dataclasses.replace(whole, samples=whole.samples[:, : clip.length], name=clip.name)

    def _window(self, codes: Codes, first: int, end: int, amount: float) -> tuple[np.ndarray, Match | None]:
        """The frames first..end as samples [channel, time], and the grains behind them."""
        _check_amount(amount)
        samples, match = passes.sound_of(
            self.codec,
            self.memory,
            lambda part: self._embed(codes.indices[:, part]),
            codes.frames,
            (first, end),
            amount,
        )
        return samples.cpu().numpy(), match

    def _embed(self, indices: np.ndarray) -> Tensor:
        """Codes [level, frame] -> latents [frame, dim]."""
        return self.codec.bottleneck.embed(torch.tensor(indices, device=self.usage.device))

    def redecode(self, codes: Codes, before: Codes, clip: AudioClip, source_amount: float = 1.0) -> AudioClip:
        """`clip` (the sound of `before`) brought up to date with `codes`: only what their difference can change is
        decoded, the rest stays as it is to the last bit. Falls back to `decode` when the two are not of one length."""
        if codes.indices.shape != before.indices.shape or clip.length != codes.samples:
            return self.decode(codes, source_amount)
        self._check(codes)
        changed = np.flatnonzero((codes.indices != before.indices).any(0))
        if len(changed) == 0:
            return clip
        near = self.reach(source_amount)
        first, end = max(0, changed[0] - near), min(codes.frames, changed[-1] + 1 + near)
        fresh = self.decode_window(codes, first, end, source_amount)
        samples = clip.samples.copy()
        samples[:, first * self.hop : first * self.hop + fresh.length] = fresh.samples
        return dataclasses.replace(clip, samples=samples)

    def _need_codes(self) -> None:
        if not self.discrete:
            raise SdaError(self.why_no_codes)

    def _check(self, codes: Codes) -> None:
        self._need_codes()
        found = (codes.levels, codes.codebook_size, codes.hop, codes.sample_rate)
        if found != (self.levels, self.codebook_size, self.hop, self.sample_rate):
            raise SdaError(
                f"These codes come from another model than {self.name or 'this one'}; encode the sound again."
            )

    @cached_property
    def _writers(self) -> dict[str, Writer]:
        return {}

    def writer(self, name: str) -> Writer:
        """The writer of new codes of that name. Raises SdaError when it is unknown or needs the missing memory."""
        if name not in WRITERS:
            raise SdaError(f"There is no writer {name!r}; there are {', '.join(WRITERS)}.")
        if self.why_no_writing:
            raise SdaError(self.why_no_writing)
        if name not in self._writers:
            self._writers[name] = WRITERS[name].over(self.memory)
        return self._writers[name]

    # --- files

    def without_memory(self) -> SdaModel:
        """The same model without the recordings and the names of files, to be given away; it can't `generate`."""
        recipe = self.recipe.override(memory__enabled=False)
        return dataclasses.replace(self, recipe=recipe, memory=None, manifest=shareable(self.manifest))

    def save(self, path: str | Path) -> Path:
        """Write the `.sda` (beside, then renamed); without memory it names no file. Raises SdaError on a full disk."""
        tensors = {f"codec.{name}": tensor.contiguous().cpu() for name, tensor in self.codec.state_dict().items()}
        tensors["codec.usage"] = self.usage.cpu()
        facts = shareable(self.manifest) if self.memory is None else self.manifest
        manifest = {**facts, "recipe": dataclasses.asdict(self.recipe)}
        if self.memory is not None:
            kept, manifest["memory"] = memory_tensors(self.memory)
            tensors.update(kept)
        return write_beside(path, lambda part: write_tensors(tensors, part, {MANIFEST_KEY: json.dumps(manifest)}))

    @classmethod
    def load(cls, path: str | Path, device: str = "cpu") -> SdaModel:
        """Read an `.sda` onto a device; nothing in it is executed, and its shapes are checked before it is loaded."""
        path = Path(path)
        manifest, header = read_header(path)
        recipe = Recipe.from_json(json.dumps(manifest.get("recipe")))
        check_shapes(path, recipe, header)
        tensors = read_tensors(path, device)
        codec = Codec(recipe.audio, recipe.codec)
        own = {name.removeprefix("codec."): tensors[name] for name in header if name.startswith("codec.")}
        usage = own.pop("usage")
        codec.load_state_dict(own)
        codec.to(device).eval().requires_grad_(False)
        return cls(recipe, codec, memory_of(path, codec, tensors, manifest), usage, manifest)


def _check_amount(amount: float) -> None:
    if not 0 <= amount <= 1:
        raise SdaError(f"The source amount goes from 0 to 1, not {amount:g}.")


def frames_of(recipe: Recipe, clip: AudioClip) -> Tensor:
    """A clip as mid/side samples [channel, frames * hop] at the recipe's rate, filled up with silence."""
    clip = clip.with_channels(recipe.audio.channels).resampled(recipe.audio.sample_rate)
    samples = mid_side(torch.tensor(clip.samples))
    return torch.nn.functional.pad(samples, (0, -clip.length % recipe.codec.hop))
