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
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.models.codec import Codec
from sda_lib.models.codes import Codes
from sda_lib.models.manifest import MANIFEST_KEY, read_header, shareable
from sda_lib.models.memory import Match, Memory, Piece
from sda_lib.models.spectral import left_right, mid_side, modulus
from sda_lib.models.synthesis import reach, synthesize
from sda_lib.models.writers import WRITERS, Writer
from sda_lib.sound.clip import AudioClip
from sda_lib.sound.flac import pack, unpack


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
        codes = f"{self.levels} x {self.codebook_size} codes"
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
        """The clip's codes; its end is filled up with silence to a whole frame."""
        indices = self.codec.quantize(self.latent(clip)[None]).indices[0]
        return Codes(indices.cpu().numpy(), self.codebook_size, self.hop, self.sample_rate)

    def decode(self, codes: Codes, source_amount: float = 1.0) -> AudioClip:
        """Codes -> sound of frames * hop samples; source_amount 0..1 is how much of the user's recordings is heard."""
        return self.decode_with_sources(codes, source_amount)[0]

    @torch.no_grad()
    def decode_with_sources(self, codes: Codes, source_amount: float = 1.0) -> tuple[AudioClip, Match | None]:
        """`decode`, and the recorded grain behind every frame (None without memory or at amount 0)."""
        self._check(codes)
        if not 0 <= source_amount <= 1:
            raise SdaError(f"The source amount goes from 0 to 1, not {source_amount:g}.")
        latent = self.codec.bottleneck.embed(torch.tensor(codes.indices, device=self.usage.device))
        samples, match = synthesize(self.codec, self.memory, latent, source_amount)
        return AudioClip(samples.cpu().numpy(), self.sample_rate, self.name), match

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
        latent = self.codec.bottleneck.embed(torch.tensor(codes.indices[:, slice(*outer)], device=self.usage.device))
        fresh, _ = synthesize(self.codec, self.memory, latent, source_amount, outer[0])
        samples = clip.samples.copy()
        inside = slice((first - outer[0]) * self.hop, (end - outer[0]) * self.hop)
        samples[:, first * self.hop : end * self.hop] = fresh[:, inside].cpu().numpy()
        return dataclasses.replace(clip, samples=samples)

    def _check(self, codes: Codes) -> None:
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
        if self.memory is None:
            raise SdaError(f"{self.name} was saved without its recordings, which the {name} needs; train with memory.")
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
            kept, manifest["memory"] = _memory_tensors(self.memory)
            tensors.update(kept)
        return write_beside(path, lambda part: _write(tensors, part, {MANIFEST_KEY: json.dumps(manifest)}))

    @classmethod
    def load(cls, path: str | Path, device: str = "cpu") -> SdaModel:
        """Read an `.sda` onto a device; nothing in it is executed, and its shapes are checked before it is loaded."""
        path = Path(path)
        manifest, header = read_header(path)
        recipe = Recipe.from_json(json.dumps(manifest.get("recipe")))
        _check_shapes(path, recipe, header)
        try:
            tensors = load_file(path, device=device)
        except (SafetensorError, OSError) as error:
            raise SdaError(f"{path.name} can't be read ({error}); copy it again.") from error
        codec = Codec(recipe.audio, recipe.codec)
        own = {name.removeprefix("codec."): tensors[name] for name in header if name.startswith("codec.")}
        usage = own.pop("usage")
        codec.load_state_dict(own)
        codec.to(device).eval().requires_grad_(False)
        return cls(recipe, codec, _memory(path, codec, tensors, manifest), usage, manifest)


def frames_of(recipe: Recipe, clip: AudioClip) -> Tensor:
    """A clip as mid/side samples [channel, frames * hop] at the recipe's rate, filled up with silence."""
    clip = clip.with_channels(recipe.audio.channels).resampled(recipe.audio.sample_rate)
    samples = mid_side(torch.tensor(clip.samples))
    return torch.nn.functional.pad(samples, (0, -clip.length % recipe.codec.hop))


def _write(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    try:
        save_file(tensors, path, metadata)
    except SafetensorError as error:  # how safetensors reports a full disk
        raise OSError(str(error)) from error


def _memory_tensors(memory: Memory) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """The memory as tensors, and its pieces' names, offsets, lengths and gains for the manifest."""
    tensors = {"memory.codes": torch.cat(memory.codes, -1).to(torch.int16).cpu()}
    facts = []
    for number, (piece, codes) in enumerate(zip(memory.pieces, memory.codes, strict=True)):
        data, gain = pack(left_right(piece.samples).cpu().numpy(), memory.codec.audio.sample_rate)
        tensors[f"memory.audio.{number}"] = torch.from_numpy(data)
        facts.append({"name": piece.name, "offset": piece.offset, "frames": codes.shape[-1], "gain": gain})
    return tensors, facts


def _memory(path: Path, codec: Codec, tensors: dict[str, Tensor], manifest: dict[str, Any]) -> Memory | None:
    facts = manifest.get("memory")
    if not facts:
        return None
    hop, pieces = codec.config.hop, []
    try:
        table = tensors["memory.codes"].long()
        if table.min() < 0 or table.max() >= codec.config.codebook_size:
            raise ValueError("codes out of range")
        codes = table.split([fact["frames"] for fact in facts], dim=-1)
        for number, fact in enumerate(facts):
            samples = unpack(tensors[f"memory.audio.{number}"].cpu().numpy(), float(fact["gain"]))
            if samples.shape != (codec.audio.channels, fact["frames"] * hop):
                raise ValueError(samples.shape)
            signal = mid_side(torch.from_numpy(np.ascontiguousarray(samples))).to(table.device)
            pieces.append(Piece(str(fact["name"]), float(fact["offset"]), signal))
        return Memory(codec, pieces, codes)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError) as error:
        raise SdaError(f"The recordings inside {path.name} are damaged; copy it again.") from error


def _check_shapes(path: Path, recipe: Recipe, header: dict[str, dict[str, Any]]) -> None:
    """Refuse tensors that the recipe does not call for, before any of them is loaded."""
    try:
        with torch.device("meta"):
            blank = Codec(recipe.audio, recipe.codec)
    except (RuntimeError, ValueError) as error:
        raise SdaError(f"{path.name} has a recipe that makes no model; train it again.") from error
    wanted = {f"codec.{name}": list(tensor.shape) for name, tensor in blank.state_dict().items()}
    wanted["codec.usage"] = [recipe.codec.levels, recipe.codec.codebook_size]
    found = {name: entry["shape"] for name, entry in header.items() if not name.startswith("memory.")}
    if found != wanted:
        raise SdaError(f"{path.name} doesn't hold what its recipe calls for; copy it again or train a new one.")
