"""The tensors of an `.sda` file: the codec's own, and the recordings as FLAC bytes. All are validated when read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from sda_lib import faults
from sda_lib.audio.flac import encode_flac, unpack
from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import left_right, mid_side
from sda_lib.config import Recipe
from sda_lib.directions.directions import SliderSet
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.prior.gaussian import Gaussian
from sda_lib.prior.gaussian import shapes as gaussian_shapes
from sda_lib.prior.network import Prior, shapes


def read_tensors(path: Path, device: str) -> dict[str, Tensor]:
    """Read all tensors of a file. Raises SdaError when it can't be read."""
    try:
        return load_file(path, device=device)
    except (SafetensorError, OSError) as error:
        faults.pass_on(error)
        raise SdaError(f"{path.name} can't be read ({error}); copy it again.") from error


def write_tensors(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write one safetensors file. Raises OSError when the disk is full."""
    try:
        save_file(tensors, path, metadata)
    except SafetensorError as error:  # how safetensors reports a full disk
        raise OSError(str(error)) from error


def memory_tensors(memory: Memory) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Return the memory as tensors, and its pieces' names, offsets, lengths and gains for the manifest."""
    tensors = {"memory.latents": memory.latents.to(torch.float16).cpu()}
    if memory.codes is not None:
        tensors["memory.codes"] = memory.codes.to(torch.int16).contiguous().cpu()
    facts = []
    for number, (piece, length) in enumerate(zip(memory.pieces, memory.lengths, strict=True)):
        data, gain = encode_flac(left_right(piece.samples).cpu().numpy(), memory.codec.audio.sample_rate)
        tensors[f"memory.audio.{number}"] = torch.from_numpy(data)
        facts.append({"name": piece.name, "offset": piece.offset, "frames": length, "gain": gain})
    return tensors, facts


def memory_of(path: Path, codec: Codec, tensors: dict[str, Tensor], header: dict[str, Any]) -> Memory | None:
    """Return the memory in a file's tensors, or None. Raises SdaError when they don't match the manifest."""
    facts = header.get("memory")
    if not facts:
        return None
    hop, pieces = codec.config.hop, []
    try:
        lengths = [fact["frames"] for fact in facts]
        latents = _checked_latents(codec, tensors["memory.latents"]).split(lengths)
        codes = _codes(codec, tensors, lengths)
        for number, fact in enumerate(facts):
            samples = unpack(tensors[f"memory.audio.{number}"].cpu().numpy(), float(fact["gain"]))
            if samples.shape != (codec.audio.channels, fact["frames"] * hop):
                raise ValueError(samples.shape)
            signal = mid_side(torch.from_numpy(np.ascontiguousarray(samples))).to(latents[0].device)
            pieces.append(Piece(str(fact["name"]), float(fact["offset"]), signal, latents[number], codes[number]))
        return Memory(codec, pieces)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError) as error:
        faults.pass_on(error)
        raise SdaError(f"The recordings inside {path.name} are damaged; copy it again.") from error


def _checked_latents(codec: Codec, latents: Tensor) -> Tensor:
    """Return latents [frame, dim] as float32. Raises ValueError unless they are finite and of the codec's dimension."""
    if latents.shape[1] != codec.config.latent_dim or not latents.isfinite().all():
        raise ValueError("latents of another model")
    return latents.float()


def _codes(codec: Codec, tensors: dict[str, Tensor], lengths: list[int]) -> Sequence[Tensor | None]:
    """Return the codes of each piece, None for a continuous bottleneck. Raises ValueError when they are out of
    range."""
    if not codec.bottleneck.discrete:
        return [None] * len(lengths)
    codes = tensors["memory.codes"]
    if codes.shape[0] != codec.config.levels or codes.min() < 0 or codes.max() >= codec.config.codebook_size:
        raise ValueError("codes out of range")
    return codes.long().split(lengths, dim=-1)


def prior_of(path: Path, codec: Codec, tensors: dict[str, Tensor], header: dict[str, Any]) -> Prior | None:
    """Return the prior in a file's tensors, on the CPU, or None. Raises SdaError when it doesn't match the manifest."""
    facts = header.get("prior")
    if not facts:
        return None
    own = {name.removeprefix("prior."): one.cpu() for name, one in tensors.items() if name.startswith("prior.")}
    try:
        return Prior.of_tensors(facts, own, codec.config.latent_dim, codec.config.codebook_size)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        faults.pass_on(error)
        raise SdaError(f"The prior inside {path.name} is damaged; copy it again.") from error


def sliders_of(path: Path, codec: Codec, tensors: dict[str, Tensor], header: dict[str, Any]) -> SliderSet | None:
    """Return the sliders in a file's tensors, or None. Raises SdaError when they don't match the manifest."""
    facts = header.get("sliders")
    if not facts:
        return None
    try:
        return SliderSet.of(facts, tensors["directions.vectors"], codec.config.latent_dim)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SdaError(
            f"The sliders inside {path.name} are damaged; copy it again or train the model again."
        ) from error


def gaussian_of(path: Path, codec: Codec, tensors: dict[str, Tensor], header: dict[str, Any]) -> Gaussian | None:
    """Return the Gaussian in a file's tensors, or None. Raises SdaError when it is damaged."""
    if not header.get("gaussian"):
        return None
    try:
        return Gaussian.of_tensors({name: tensors[f"gaussian.{name}"] for name in gaussian_shapes(0)})
    except (KeyError, ValueError) as error:
        raise SdaError(
            f"The Gaussian inside {path.name} is damaged; copy it again or train the model again."
        ) from error


def check_shapes(
    path: Path, recipe: Recipe, entries: dict[str, dict[str, Any]], header: dict[str, Any] | None = None
) -> None:
    """Check tensor shapes against the recipe and the manifest before any tensor is loaded. Raises SdaError when they
    differ."""
    prior, sliders = ((header or {}).get(part) for part in ("prior", "sliders"))
    try:
        with torch.device("meta"):
            blank = Codec(recipe.audio, recipe.codec)
    except (RuntimeError, ValueError) as error:
        faults.pass_on(error)
        raise SdaError(f"{path.name} has a recipe that makes no model; train it again.") from error
    wanted = {f"codec.{name}": list(tensor.shape) for name, tensor in blank.state_dict().items()}
    discrete = blank.bottleneck.discrete
    wanted["codec.usage"] = [recipe.codec.levels, recipe.codec.codebook_size] if discrete else [0, 0]
    if prior:
        wanted |= {f"prior.{name}": shape for name, shape in _prior_shapes(path, recipe, prior).items()}
    if sliders:
        if not isinstance(sliders, list):
            raise SdaError(f"{path.name} describes sliders that can't be; copy it again or train it again.")
        wanted["directions.vectors"] = [len(sliders), recipe.codec.latent_dim]
    if (header or {}).get("gaussian"):
        if discrete:
            raise SdaError(f"{path.name} describes a Gaussian that can't be; copy it again or train it again.")
        wanted |= {f"gaussian.{name}": shape for name, shape in gaussian_shapes(recipe.codec.latent_dim).items()}
    found = {name: entry["shape"] for name, entry in entries.items() if not name.startswith("memory.")}
    if found != wanted:
        raise SdaError(f"{path.name} doesn't hold what its recipe calls for; copy it again or train a new one.")


def _prior_shapes(path: Path, recipe: Recipe, prior: Any) -> dict[str, list[int]]:
    """Return the tensor shapes of a manifest's prior. Raises SdaError when it doesn't fit the codec."""
    try:
        if recipe.codec.bottleneck != "rvq" or prior["levels"] > recipe.codec.levels:
            raise ValueError("a prior of another model")
        return shapes(prior, recipe.codec.latent_dim, recipe.codec.codebook_size)
    except (KeyError, TypeError, ValueError) as error:
        raise SdaError(f"{path.name} describes a prior that can't be; copy it again or run `sda prior`.") from error
