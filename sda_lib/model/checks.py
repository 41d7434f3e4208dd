"""Checks of an `.sda` file: names, shapes and sizes before a tensor is loaded, numbers before a model is made of them.

Recordings are stored as FLAC, which can unpack to thousands of times its size; their length is bounded by the file's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sda_lib import faults
from sda_lib.audio.reader import LOUDEST
from sda_lib.codec.codec import Codec
from sda_lib.config import Recipe
from sda_lib.decoder_version import DECODER_VERSION, decoder_of
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.memory.pieces import MOST_PIECES
from sda_lib.prior.gaussian import gaussian_shapes
from sda_lib.prior.network import prior_shapes

# Exceptions raised by tensors or header entries that don't fit together.
MISFITS = (KeyError, TypeError, ValueError, RuntimeError, IndexError, AttributeError)
# Most samples (of all channels) of recordings in a file of any size, 64 MB in memory, and most for each byte of their
# FLAC data in a larger one: recordings that are silent for 19 of 20 parts stay below.
MOST_SAMPLES, MOST_SAMPLES_A_BYTE = 1 << 24, 16
# Largest absolute value of a weight; those of trained models stay below 1000.
LARGEST_WEIGHT = 1e6

Entries = Mapping[str, Mapping[str, Any]]


def check_contents(path: Path, recipe: Recipe, entries: Entries, header: dict[str, Any]) -> None:
    """Check names, shapes and sizes of a file's tensors against its recipe and header before any is loaded.

    Raises SdaError when they differ.
    """
    try:
        with torch.device("meta"):
            blank = Codec(recipe.audio, recipe.codec)
    except (RuntimeError, ValueError) as error:
        faults.pass_on(error)
        raise SdaError(f"{path.name} has a recipe that makes no model; train it again.") from error
    try:
        wanted = _wanted_shapes(blank, recipe, header)
    except MISFITS as error:
        raise SdaError(f"{path.name} has an invalid header ({error}); copy it again or train it again.") from error
    found = {name: entry["shape"] for name, entry in entries.items() if not name.startswith("memory.")}
    if found != wanted and decoder_of(header) > DECODER_VERSION:
        raise SdaError(f"{printable(path.name)} has parts that a newer SDA made; update SDA to open it.")
    if found != wanted:
        raise SdaError(f"{path.name} doesn't hold what its recipe calls for; copy it again or train a new one.")
    try:
        _check_memory(recipe, entries, header.get("memory") or [])
    except MISFITS as error:
        cause = f"memory: {error}"
        raise SdaError(f"{printable(path.name)} is damaged ({cause}); copy it again or train it again.") from error


def check_numbers(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raise SdaError for a tensor with numbers that are not finite, or larger than any that a training leaves."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and tensor.numel():
            largest = float(tensor.abs().max())  # NaN if there is one
            if not largest <= LARGEST_WEIGHT:
                what = f"numbers of {largest:.3g}" if math.isfinite(largest) else "numbers that are not finite"
                raise SdaError(
                    f"{printable(path.name)} is damaged ({printable(name)} has {what}); get another copy of it, or "
                    "train the model again."
                )


def _wanted_shapes(blank: Codec, recipe: Recipe, header: dict[str, Any]) -> dict[str, list[int]]:
    """Return the shapes by name of all tensors but the memory's. Raises KeyError, TypeError or ValueError."""
    prior, sliders, dim = header.get("prior"), header.get("sliders"), recipe.codec.latent_dim
    levels, size, discrete = recipe.codec.levels, recipe.codec.codebook_size, blank.bottleneck.discrete
    wanted = {f"codec.{name}": list(tensor.shape) for name, tensor in blank.state_dict().items()}
    wanted["codec.usage"] = [levels, size] if discrete else [0, 0]
    if prior:
        if not discrete or prior["levels"] > levels:
            raise ValueError("a prior of another model")
        wanted |= {f"prior.{name}": shape for name, shape in prior_shapes(prior, dim, size).items()}
    if sliders:
        wanted |= {f"directions.{name}": shape for name, shape in direction_shapes(header, dim).items()}
    if header.get("gaussian"):
        if discrete:
            raise ValueError("a Gaussian beside codes")
        wanted |= {f"gaussian.{name}": shape for name, shape in gaussian_shapes(dim).items()}
    return wanted


def direction_shapes(header: dict[str, Any], dim: int) -> dict[str, list[int]]:
    """Return the shapes by name of the directions that the header names. Raises TypeError for a damaged one."""
    sliders, axes = header["sliders"], header.get("place_axes", 0)
    if not isinstance(sliders, list):
        raise TypeError("sliders that are no list")
    if not isinstance(axes, int) or not 0 <= axes <= dim:
        raise TypeError("axes that are no number")
    bent = {"bends": [len(sliders), axes, dim], "axes": [axes, dim + 1]} if axes else {}
    return {"vectors": [len(sliders), dim], **bent}


def _check_memory(recipe: Recipe, entries: Entries, facts: Any) -> None:
    """Check the memory's tensors against its pieces in the header. Raises one of MISFITS when they differ."""
    if not isinstance(facts, list) or len(facts) > MOST_PIECES:
        raise TypeError("no list of pieces")
    names = {f"memory.audio.{number}" for number in range(len(facts))}
    found = {name: entry for name, entry in entries.items() if name.startswith("memory.")}
    if not facts and not found:
        return
    _check_pieces(facts)
    frames, codec = sum(fact["frames"] for fact in facts), recipe.codec
    wanted = {"memory.latents": [frames, codec.latent_dim]}
    if codec.bottleneck == "rvq":
        wanted["memory.codes"] = [codec.levels, frames]
    if {name: entry["shape"] for name, entry in found.items() if name not in names} != wanted or names - set(found):
        raise ValueError("its tensors are not those of its pieces")
    if any(found[name]["dtype"] != "U8" for name in names):
        raise TypeError("recordings that are no bytes")
    stored = sum(math.prod(found[name]["shape"]) for name in names)
    samples = frames * codec.hop * recipe.audio.channels
    if samples > max(MOST_SAMPLES, stored * MOST_SAMPLES_A_BYTE):
        raise ValueError(f"{samples} samples in {stored} bytes")


def _check_pieces(facts: list[Any]) -> None:
    """Raise TypeError or ValueError for pieces whose frames, offsets or gains are no numbers that pieces have."""
    for fact in facts:
        if type(fact["frames"]) is not int or fact["frames"] < 1:
            raise ValueError(f"a piece of {fact['frames']!r:.20} frames")
        if not 0 < float(fact["gain"]) <= 2 * LOUDEST or not float(fact["offset"]) >= 0:
            raise ValueError("a piece with an impossible gain or offset")
