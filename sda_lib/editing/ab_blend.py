"""A/B: blend two sounds of one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.editing.edits import matching_frames
from sda_lib.editing.registry import Edit, mask

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip
    from sda_lib.model.model import SdaModel


@dataclass(frozen=True, eq=False)
class Blend:
    """Codes between two sounds; `latent` [frame, dim] is their exact mixture, and `distance` how far the codes are from
    it per frame, in typical distances between two codes of level 0."""

    codes: Codes
    latent: np.ndarray
    distance: np.ndarray


def in_between(codes: Codes, act: Edit, model: SdaModel) -> Blend:
    """Return the result of `act`, an edit that blends with another sound: its codes and the latents [frame, dim] that
    they approximate, with its region, frozen cells and muted levels. `distance` [touched frame] covers only frames that
    the edit may change."""
    other, amount = act.arguments["other"], act.arguments["amount"]
    mixed, free = act.apply(codes, model), _free(act, codes)
    books, moved = model.codebooks.vectors, other.indices[:, matching_frames(slice(0, codes.frames), other, None)]
    latent = _heard(model, codes)
    for level in set(range(codes.levels)) - set(codes.muted):
        away = books[level][moved[level]] - books[level][codes.indices[level]]
        latent += np.float32(amount) * away * free[level][:, None]
    touched = free.any(0)
    off = np.linalg.norm(_heard(model, mixed)[touched] - latent[touched], axis=1)
    return Blend(mixed, latent, off / model.codebooks.spacing(0))


def decode_blend(blend: Blend, model: SdaModel, source_amount: float = 1.0) -> AudioClip:
    """Decode a blend's latents without quantizing them; the clip is as long as the codes' sound."""
    return model.decode(model.latents(blend.latent, blend.codes.samples), source_amount)


def _free(act: Edit, codes: Codes) -> np.ndarray:
    """Return the mask [level, frame] of cells that an edit may change."""
    within = act.within or (((0, codes.levels), (0, codes.frames)),)
    return mask(within, codes) & ~mask(act.frozen, codes)


def _heard(model: SdaModel, codes: Codes) -> np.ndarray:
    return model.embed(codes).cpu().numpy()
