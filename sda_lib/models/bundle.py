"""SdaModel: what users hold. One `.sda` file in and out, sound to codes and codes to sound."""

from __future__ import annotations

import dataclasses
import json
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
from sda_lib.models.codec import Codec
from sda_lib.models.codes import Codes
from sda_lib.models.contents import check_shapes, memory_of, memory_tensors, read_tensors, write_tensors
from sda_lib.models.manifest import MANIFEST_KEY, read_header, shareable
from sda_lib.models.memory import Match, Memory
from sda_lib.models.spectral import mid_side, modulus
from sda_lib.models.synthesis import reach, synthesize
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

    @torch.no_grad()
    def latent(self, clip: AudioClip) -> Tensor:
        """Continuous latents [frame, dim] of a clip of any rate and channel count."""
        signal = frames_of(self.recipe, clip).to(self.usage.device)
        log_mel = self.codec.spectral.log_mel(modulus(self.codec.spectral.stft(signal)))
        return self.codec.latent(self.codec.features(log_mel)[None])[0]

    @torch.no_grad()
    def encode(self, clip: AudioClip) -> Codes:
        """The clip's codes; its end is filled up with silence to a whole frame. Raises SdaError when there are none."""
        self._need_codes()
        indices = self.codec.quantize(self.latent(clip)[None]).indices[0]
        return Codes(indices.cpu().numpy(), self.codebook_size, self.hop, self.sample_rate)

    def decode(self, codes: Codes, source_amount: float = 1.0) -> AudioClip:
        """Codes -> sound of frames * hop samples; source_amount 0..1 is how much of the user's recordings is heard."""
        return self.decode_with_sources(codes, source_amount)[0]

    @torch.no_grad()
    def decode_with_sources(self, codes: Codes, source_amount: float = 1.0) -> tuple[AudioClip, Match | None]:
        """`decode`, and the recorded grain behind every frame (None without memory or at amount 0)."""
        self._check(codes)
        return self._play(self._embed(codes.indices), source_amount)

    def synth(self, latent: Tensor, source_amount: float = 1.0) -> AudioClip:
        """Latents [frame, dim] -> sound of frames * hop samples, whatever the bottleneck is."""
        return self._play(latent, source_amount)[0]

    @torch.no_grad()
    def reconstruct(self, clip: AudioClip, source_amount: float = 1.0) -> AudioClip:
        """The clip there and back, at the model's rate and channel count and as long as it was; works for every
        bottleneck."""
        clip = clip.resampled(self.sample_rate)
        whole = self.synth(self.codec.quantize(self.latent(clip)[None]).latent[0], source_amount)
        return dataclasses.replace(whole, samples=whole.samples[:, : clip.length], name=clip.name)

    @torch.no_grad()
    def _play(self, latent: Tensor, source_amount: float) -> tuple[AudioClip, Match | None]:
        if not 0 <= source_amount <= 1:
            raise SdaError(f"The source amount goes from 0 to 1, not {source_amount:g}.")
        samples, match = synthesize(self.codec, self.memory, latent, source_amount)
        return AudioClip(samples.cpu().numpy(), self.sample_rate, self.name), match

    def _embed(self, indices: np.ndarray) -> Tensor:
        """Codes [level, frame] -> latents [frame, dim]."""
        return self.codec.bottleneck.embed(torch.tensor(indices, device=self.usage.device))

    @torch.no_grad()
    def redecode(self, codes: Codes, before: Codes, clip: AudioClip, source_amount: float = 1.0) -> AudioClip:
        """`clip` (the sound of `before`) brought up to date with `codes`: only what their difference can change is
        decoded, the rest stays as it is to the last bit. Falls back to `decode` when the two are not of one length."""
        if codes.indices.shape != before.indices.shape or clip.length != codes.frames * self.hop:
            return self.decode(codes, source_amount)
        self._check(codes)
        changed = np.flatnonzero((codes.indices != before.indices).any(0))
        if len(changed) == 0:
            return clip
        near = self.reach(source_amount)
        first, end = max(0, changed[0] - near), min(codes.frames, changed[-1] + 1 + near)
        outer = max(0, first - near), min(codes.frames, end + near)
        latent = self._embed(codes.indices[:, slice(*outer)])
        fresh, _ = synthesize(self.codec, self.memory, latent, source_amount, outer[0])
        samples = clip.samples.copy()
        inside = slice((first - outer[0]) * self.hop, (end - outer[0]) * self.hop)
        samples[:, first * self.hop : end * self.hop] = fresh[:, inside].cpu().numpy()
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


def frames_of(recipe: Recipe, clip: AudioClip) -> Tensor:
    """A clip as mid/side samples [channel, frames * hop] at the recipe's rate, filled up with silence."""
    clip = clip.with_channels(recipe.audio.channels).resampled(recipe.audio.sample_rate)
    samples = mid_side(torch.tensor(clip.samples))
    return torch.nn.functional.pad(samples, (0, -clip.length % recipe.codec.hop))
