"""The tensors of an `.sda` file: the codec's own, and the recordings as FLAC bytes. All are validated when read."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from sda_lib import faults
from sda_lib.audio.flac import decode_flac, encode_flac
from sda_lib.codec.codec import HALF_PRECISION, Codec
from sda_lib.codec.stft import left_right, mid_side
from sda_lib.config import Recipe
from sda_lib.directions.directions import SliderSet
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model.checks import MISFITS, MOST_SAMPLES, MOST_SAMPLES_A_BYTE, check_contents, check_numbers
from sda_lib.model.facts import ModelFacts
from sda_lib.model.header import read_header, shareable
from sda_lib.prior.gaussian import Gaussian
from sda_lib.prior.network import Prior

Tensors = dict[str, Tensor]


def read_tensors(path: Path, device: str) -> Tensors:
    """Read all tensors of a file. Raises SdaError when it can't be read."""
    try:
        return load_file(path, device=device)
    except (SafetensorError, OSError) as error:
        faults.pass_on(error)
        raise SdaError(f"{path.name} can't be read ({error}); copy it again.") from error


def write_tensors(tensors: Tensors, path: Path, metadata: dict[str, str]) -> None:
    """Write one safetensors file. Raises OSError when the disk is full."""
    try:
        save_file(tensors, path, metadata)
    except SafetensorError as error:  # how safetensors reports a full disk
        number = re.search(r"\(os error (\d+)\)", str(error))
        raise (OSError(int(number[1]), os.strerror(int(number[1]))) if number else OSError(str(error))) from error


# --- from a model to a file


def model_tensors(model: ModelFacts) -> tuple[Tensors, dict[str, Any]]:
    """Return a model as the tensors and the header of a file; without memory the header contains no file names."""
    state = {**model.codec.state_dict(), **{name: getattr(model.codec, name).half() for name in HALF_PRECISION}}
    tensors = {**_named("codec", state), "codec.usage": model.usage.cpu()}
    facts = shareable(model.header) if model.memory is None else model.header
    header = {key: value for key, value in facts.items() if key not in ("prior", "sliders", "place_axes", "gaussian")}
    header["recipe"] = (model.recipe.shareable if model.memory is None else model.recipe).to_plain()
    if model.sliders is not None:
        header["sliders"] = model.sliders.facts()
        tensors |= _named("directions", _direction_tensors(model.sliders))
        if model.sliders.directions.bends is not None:
            header["place_axes"] = len(model.sliders.directions.bends.axes)
    if model.prior is not None:
        header["prior"] = model.prior.facts()
        tensors |= _named("prior", model.prior.tensors())
    if model.gaussian is not None:
        header["gaussian"] = True
        tensors |= _named("gaussian", model.gaussian.tensors())
    if model.memory is not None:
        kept, header["memory"] = _memory_tensors(model.memory)
        tensors |= kept
    return tensors, header


def fingerprints_of(model: ModelFacts) -> dict[str, str]:
    """Return hex digests of a model's parts: codec, memory, sliders and prior, as far as present."""
    parts: dict[str, Mapping[str, Tensor]] = {"codec": model.codec.state_dict()}
    if model.memory is not None:
        pieces = {f"{number:06}": piece.samples for number, piece in enumerate(model.memory.pieces)}
        scale = model.recipe.memory.detail
        detail = {"detail": torch.tensor(scale)} if scale else {}  # models of before keep their fingerprints
        parts["memory"] = {"latents": model.memory.latents, **pieces, **detail}
    if model.sliders is not None:
        parts["sliders"] = _direction_tensors(model.sliders)
    if model.prior is not None:
        parts["prior"] = model.prior.tensors()
    return {name: tensors_digest(tensors) for name, tensors in parts.items()}


def _direction_tensors(sliders: SliderSet) -> Tensors:
    return {name: torch.from_numpy(array) for name, array in sliders.directions.arrays().items()}


def tensors_digest(tensors: Mapping[str, Tensor]) -> str:
    """Return a hash of tensors and their names."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().cpu().numpy().data)
    return digest.hexdigest()


def _named(part: str, tensors: Mapping[str, Tensor]) -> Tensors:
    """Return the tensors of a part on the CPU, by their names in the file."""
    return {f"{part}.{name}": tensor.contiguous().cpu() for name, tensor in tensors.items()}


def _memory_tensors(memory: Memory) -> tuple[Tensors, list[dict[str, Any]]]:
    """Return the memory as tensors, and its pieces' names, offsets, lengths and gains for the header."""
    tensors = {"memory.latents": memory.latents.to(torch.float16).cpu()}
    if memory.codes is not None:
        tensors["memory.codes"] = memory.codes.to(torch.int16).contiguous().cpu()
    facts = []
    for number, (piece, length) in enumerate(zip(memory.pieces, memory.lengths, strict=True)):
        data, gain = encode_flac(left_right(piece.samples).cpu().numpy(), memory.codec.audio.sample_rate)
        if memory.tape.numel() > MOST_SAMPLES:  # silence packs so well that readers would not believe its length
            data = np.pad(data, (0, max(0, math.ceil(piece.samples.numel() / MOST_SAMPLES_A_BYTE) - len(data))))
        tensors[f"memory.audio.{number}"] = torch.from_numpy(data)
        facts.append({"name": piece.name, "offset": piece.offset, "frames": length, "gain": gain})
    return tensors, facts


# --- from a file to a model


def read_model(path: Path, device: str) -> dict[str, Any]:
    """Read the parts of a model from a file, as arguments of ModelFacts.

    Shapes are checked before tensors are loaded. Raises SdaError for a file that is missing or damaged.
    """
    header, entries = read_header(path)
    try:
        recipe = Recipe.from_json(json.dumps(header.get("recipe")))
    except SdaError as error:
        raise SdaError(f"{printable(path.name)}: {error}") from error
    check_contents(path, recipe, entries, header)
    tensors = read_tensors(path, device)
    check_numbers(path, tensors)
    codec = Codec(recipe.audio, recipe.codec)
    state = _part("codec", tensors, device)
    usage = state.pop("usage")
    codec.load_state_dict(state)
    codec.to(device).eval().requires_grad_(False)
    parts = {name: _read_part(path, name, codec, tensors, header) for name in READERS}
    if parts["gaussian"] is None and parts["memory"] is not None and not codec.bottleneck.discrete:
        parts["gaussian"] = Gaussian.of_memory(parts["memory"])  # an older file, saved without a Gaussian
    return {"recipe": recipe, "codec": codec, "usage": usage, "header": header, **parts}


def _part(part: str, tensors: Tensors, device: torch.device | str = "cpu") -> Tensors:
    """Return the tensors of a part on a device, by their names in it."""
    own = {name: tensor for name, tensor in tensors.items() if name.startswith(f"{part}.")}
    return {name.removeprefix(f"{part}."): tensor.to(device) for name, tensor in own.items()}


def _read_memory(codec: Codec, tensors: Tensors, facts: Any) -> Memory:
    hop, pieces = codec.config.hop, []
    lengths = [fact["frames"] for fact in facts]
    latents = tensors["memory.latents"]
    codes: Sequence[Tensor | None] = [None] * len(lengths)
    if codec.bottleneck.discrete:
        table = tensors["memory.codes"]
        if table.min() < 0 or table.max() >= codec.config.codebook_size:
            raise ValueError("codes out of range")
        codes = table.long().split(lengths, dim=-1)
    for number, (fact, latent) in enumerate(zip(facts, latents.float().split(lengths), strict=True)):
        shape = codec.audio.channels, fact["frames"] * hop
        samples = decode_flac(tensors[f"memory.audio.{number}"].cpu().numpy(), float(fact["gain"]), shape)
        signal = mid_side(torch.from_numpy(np.ascontiguousarray(samples))).to(latent.device)
        pieces.append(Piece(str(fact["name"]), float(fact["offset"]), signal, latent, codes[number]))
    return Memory(codec, pieces)


# How each part is read from the codec, the file's tensors and the part's entry of the header.
READERS: dict[str, Callable[[Codec, Tensors, Any], Any]] = {
    "memory": _read_memory,
    "prior": lambda codec, tensors, facts: Prior.of_tensors(
        facts, _part("prior", tensors), codec.config.latent_dim, codec.config.codebook_size
    ),
    "sliders": lambda codec, tensors, facts: SliderSet.of(facts, _part("directions", tensors), codec.config.latent_dim),
    "gaussian": lambda _codec, tensors, _facts: Gaussian.of_tensors(_part("gaussian", tensors)),
}


def _read_part(path: Path, name: str, codec: Codec, tensors: Tensors, header: dict[str, Any]) -> Any:
    """Return a part of the model, None where the header has none. Raises SdaError when both don't match."""
    if not header.get(name):
        return None
    try:
        return READERS[name](codec, tensors, header[name])
    except MISFITS as error:
        faults.pass_on(error)
        raise SdaError(f"{path.name} is damaged ({name}); copy it again or train the model again.") from error
