"""A/B: blend two sounds of one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.editing.edits import matching_frames
from sda_lib.editing.registry import Edit

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip
    from sda_lib.model.model import SdaModel


@dataclass(frozen=True, eq=False)
class Blend:
    """Blend of two sounds.

    Args:
        codes: the codes nearest to the mixture.
        latent: the exact mixture [frame, dim].
        distance: distance between both in frames that the blend may change [frame], in typical distances between two
            codes of level 0.
    """

    codes: Codes
    latent: np.ndarray
    distance: np.ndarray


def blend_sounds(codes: Codes, edit: Edit, model: SdaModel) -> Blend:
    """Apply an edit that blends with another sound, within its region, frozen cells and muted levels."""
    other, amount = edit.arguments["other"], edit.arguments["amount"]
    mixed, free = edit.apply(codes, model), edit.free_cells(codes)
    books, moved = model.codebooks.vectors, other.indices[:, matching_frames(slice(0, codes.frames), other, None)]
    latent = _embed(model, codes)
    for level in set(range(codes.levels)) - set(codes.muted):
        away = books[level][moved[level]] - books[level][codes.indices[level]]
        latent += np.float32(amount) * away * free[level][:, None]
    changed = free.any(0)
    off = np.linalg.norm(_embed(model, mixed)[changed] - latent[changed], axis=1)
    return Blend(mixed, latent, off / model.codebooks.spacing(0))


def decode_blend(blend: Blend, model: SdaModel, source_amount: float = 1.0) -> AudioClip:
    """Decode a blend's latents without quantizing them; the clip is as long as the codes' sound."""
    return model.decode(model.latents(blend.latent, blend.codes.natural_length, blend.codes), source_amount)


def _embed(model: SdaModel, codes: Codes) -> np.ndarray:
    return model.embed(codes).cpu().numpy()
