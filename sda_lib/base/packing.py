"""Weights in 8 bits: groups of GROUP consecutive numbers with a common scale, so that a base fits into the package."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

# Consecutive numbers of a row that have a common scale, and the largest 8-bit number.
GROUP, LARGEST = 64, 127
# Tensors with fewer numbers than this are stored as they are, in 16 bits.
FEWEST = 4096
# Endings of the names of a packed tensor: 8-bit numbers, and their scales.
NUMBERS, SCALES = ".int8", ".scale"


def packed(tensors: Mapping[str, Tensor], exact: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """Return tensors with large ones in 8 bits, as NAME.int8 and NAME.scale, and the rest in 16 bits.

    Those named in `exact` stay as they are.
    """
    found: dict[str, Tensor] = {}
    for name, one in tensors.items():
        if name in exact or not one.is_floating_point():
            found[name] = one.contiguous()
        elif one.numel() < FEWEST:
            found[name] = one.half().contiguous()
        else:
            found[name + NUMBERS], found[name + SCALES] = to_int8(one)
    return found


def unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the 32-bit tensors of what `packed` returned."""
    found = {}
    for name, one in tensors.items():
        if name.endswith(NUMBERS):
            plain = name.removesuffix(NUMBERS)
            found[plain] = from_int8(one, tensors[plain + SCALES])
        elif not name.endswith(SCALES):
            found[name] = one.float() if one.is_floating_point() else one
    return found


def to_int8(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the 8-bit numbers [..., n] of weights [..., n] and the scale of every group [..., ceil(n / GROUP)]."""
    groups = _grouped(weights)
    scale = (groups.abs().amax(-1) / LARGEST).clamp_min(1e-7).half()
    scale = torch.where(scale > 0, scale, torch.finfo(torch.float16).smallest_normal).half()
    numbers = (groups / scale.float()[..., None]).round().clamp(-LARGEST, LARGEST).to(torch.int8)
    return numbers.flatten(-2)[..., : weights.shape[-1]].contiguous(), scale.contiguous()


def from_int8(numbers: Tensor, scale: Tensor) -> Tensor:
    """Return the weights [..., n] that `to_int8` packed, up to half of their scale."""
    weights = _grouped(numbers.float()) * scale.float()[..., None]
    return weights.flatten(-2)[..., : numbers.shape[-1]].contiguous()


def _grouped(rows: Tensor) -> Tensor:
    """Split rows [..., n] into groups [..., group, GROUP], the last one padded with zeros."""
    return F.pad(rows, (0, -rows.shape[-1] % GROUP)).unflatten(-1, (-1, GROUP))
