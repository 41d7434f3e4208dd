"""Blend sounds of one model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.editing.edits import matching_frames
from sda_lib.editing.registry import Edit

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip
    from sda_lib.model.model import SdaModel


@dataclass(frozen=True, eq=False)
class Blend:
    """Blend of sounds.

    Args:
        codes: the codes nearest to the mixture.
        latent: the exact mixture [frame, dim].
        distance: distance between both in frames that the blend may change [frame], in typical distances between two
            codes of level 0.
    """

    codes: Codes
    latent: np.ndarray
    distance: np.ndarray


def blend_edits(others: Sequence[Codes], shares: Sequence[float], **where: Any) -> tuple[Edit, ...]:
    """Return edits that blend a sound with others one after another, those with a share of 0 left out.

    Args:
        others: codes of the other sounds.
        shares: share of each in the blend, 0..1; the first sound has the rest to 1.
        **where: `within` and `frozen` of the edits.
    """
    edits, before = [], 1.0 - sum(shares)
    for other, share in zip(others, shares, strict=True):
        before += share  # of what is blended so far, this one has this share
        if share > 0:
            edits.append(Edit("blend", {"other": other, "amount": min(1.0, share / before)}, **where))
    return tuple(edits)


def blend_sounds(codes: Codes, edits: Sequence[Edit], model: SdaModel) -> Blend:
    """Apply edits that blend with other sounds, within their region, frozen cells and muted levels.

    The exact mixture is that of all sounds, without the codes between the edits.
    """
    mixed, latent = codes, _embed(model, codes)
    changed = np.zeros(codes.frames, bool)
    for number, edit in enumerate(edits):
        mixed, free = edit.apply(mixed, model), edit.free_cells(codes)
        share = edit.arguments["amount"] * math.prod(1 - later.arguments["amount"] for later in edits[number + 1 :])
        latent += np.float32(share) * _away(model, codes, edit.arguments["other"], free)
        changed |= free.any(0)
    off = np.linalg.norm(_embed(model, mixed)[changed] - latent[changed], axis=1)
    return Blend(mixed, latent, off / model.codebooks.spacing(0))


def _away(model: SdaModel, codes: Codes, other: Codes, free: np.ndarray) -> np.ndarray:
    """Return the latents [frame, dim] that lead from a sound to another one, in free cells that are not muted."""
    books, moved = model.codebooks.vectors, other.indices[:, matching_frames(slice(0, codes.frames), other, None)]
    found = np.zeros_like(_embed(model, codes))
    for level in set(range(codes.levels)) - set(codes.muted):
        found += (books[level][moved[level]] - books[level][codes.indices[level]]) * free[level][:, None]
    return found


def decode_blend(blend: Blend, model: SdaModel, source_amount: float = 1.0) -> AudioClip:
    """Decode a blend's latents without quantizing them; the clip is as long as the codes' sound."""
    return model.decode(model.latents(blend.latent, blend.codes.natural_length, blend.codes), source_amount)


def _embed(model: SdaModel, codes: Codes) -> np.ndarray:
    return model.embed(codes).cpu().numpy()
