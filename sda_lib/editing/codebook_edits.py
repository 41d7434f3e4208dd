"""Edits that depend on how codes sound: pure functions Codes -> Codes that take the model's codebooks, or the model.

`Edit` checks the limits of their arguments, which `parameters` declares.

`levels` and `frames` are half-open ranges, as in `edits`, and docstrings are help texts as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sda_lib.codec.codes import Codes, Range, region
from sda_lib.editing.edits import (
    check_frames,
    check_same_model,
    fit_block,
    matching_frames,
    nearest_frames,
    replace_frames,
    with_values,
)
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.codec.codebooks import Codebooks
    from sda_lib.model.model import SdaModel

# Properties by which `transpose` orders the neighbors of a code.
NEIGHBOR_PROPERTIES = ("likeness", "brightness", "loudness")


def clear(codes: Codes, codebooks: Codebooks, levels: Range = None, frames: Range = None) -> Codes:
    """Set every cell of the region to the codes that together add the least to the sound."""
    rows, columns = region(codes, levels, frames)
    return with_values(codes, (rows, columns), codebooks.neutral_of(rows)[:, None])


def transpose(
    codes: Codes,
    codebooks: Codebooks,
    by: str = "brightness",
    amount: int = 1,
    levels: Range = None,
    frames: Range = None,
) -> Codes:
    """Replace every cell by a neighboring code: `by` brightness or loudness, `amount` steps up (negative: down) through
    the most similar codes; `by` likeness, the code of rank `amount` among the most similar."""
    rows, columns = region(codes, levels, frames)
    if by == "likeness" and amount < 0:
        raise SdaError("By likeness, the amount must be at least 0; it is the rank among the most similar codes.")
    indices = codes.indices.copy()
    for level in range(rows.start, rows.stop):
        indices[level, columns] = _neighbors(codebooks, level, by, amount)[indices[level, columns]]
    return codes.with_indices(indices)


def _neighbors(codebooks: Codebooks, level: int, by: str, amount: int) -> np.ndarray:
    """Return the code that replaces each code of a level [code]."""
    found = np.arange(codebooks.size)
    if by == "likeness":
        nearest = codebooks.distances[level].argsort(1, kind="stable")
        return nearest[:, min(amount, codebooks.size - 1)] if amount else found
    step = codebooks.neighbor(level, by, amount > 0)
    for _ in range(min(abs(amount), codebooks.size)):
        found = step[found]
    return found


def randomize(
    codes: Codes,
    seed: int = 0,
    temperature: float | None = None,
    levels: Range = None,
    frames: Range = None,
    codebooks: Codebooks | None = None,
) -> Codes:
    """Draw random codes for the region. Without a temperature all codes are equally likely; with one, codes similar to
    the present one are likelier, the more so the lower it is (0: no change)."""
    rows, columns = region(codes, levels, frames)
    generator = np.random.default_rng(seed)
    if temperature is None:
        size = (rows.stop - rows.start, columns.stop - columns.start)
        return with_values(codes, (rows, columns), generator.integers(0, codes.codebook_size, size))
    if codebooks is None:
        raise SdaError("A temperature needs the model, to know which codes are similar; give --model, or leave it out.")
    if temperature == 0:
        return codes
    indices = codes.indices.copy()
    for level in range(rows.start, rows.stop):
        # Normal distribution over distances, `temperature` code spacings wide
        away = codebooks.distances[level][indices[level, columns]] / (temperature * codebooks.spacing(level))
        indices[level, columns] = (generator.gumbel(size=away.shape) - 0.5 * np.square(away)).argmax(1)
    return codes.with_indices(indices)


def blend(
    codes: Codes,
    other: Codes,
    codebooks: Codebooks,
    amount: float = 0.5,
    levels: Range = None,
    frames: Range = None,
    start: int | None = None,
) -> Codes:
    """Blend the region with another sound of the same model, with weight `amount` from 0 (this sound) to 1 (the other):
    the codes nearest to the mixed latents. The other sound's frames are chosen as in `swap`."""
    check_same_model(codes, other)
    rows, columns = region(codes, levels, frames)
    return _mixed(
        codes, other.indices[rows][:, matching_frames(columns, other, start)], codebooks, amount, (rows, columns)
    )


def mix(
    codes: Codes, block: np.ndarray, codebooks: Codebooks, amount: float = 0.5, to_level: int = 0, to: int = 0
) -> Codes:
    """Paste a block of copied cells, blended with the present cells with weight `amount` from 0 (no change) to 1 (plain
    paste)."""
    where, block = fit_block(codes, block, to_level, to)
    if block.min() < 0 or block.max() >= codes.codebook_size:
        raise SdaError(f"The block's codes must be from 0 to {codes.codebook_size - 1}; copy some cells of this model.")
    return _mixed(codes, block, codebooks, amount, where)


def _mixed(codes: Codes, block: np.ndarray, codebooks: Codebooks, amount: float, where: tuple[slice, slice]) -> Codes:
    """Return codes nearest to the mixture of a region with a block of codes [level, frame] of its size."""
    if amount in (0, 1):
        return with_values(codes, where, block) if amount else codes
    rows, columns = where
    own = codes.indices[:, columns]
    pairs = zip(codebooks.vectors[rows], block, own[rows], strict=True)
    away = sum(book[there] - book[here] for book, there, here in pairs)
    latent = codebooks.embed(codes.indices)[columns] + np.float32(amount) * away
    return with_values(codes, where, codebooks.nearest(latent, own, rows))


def stretch(
    codes: Codes, by: float, smooth: int = 0, frames: Range = None, codebooks: Codebooks | None = None
) -> Codes:
    """Make the region `by` times as long; the sound becomes longer or shorter. Frames are repeated or dropped; with
    smooth=1 they are interpolated, and details that the corpus' own codes leave are repeated."""
    columns = region(codes, None, frames)[1]
    count = columns.stop - columns.start
    wanted = check_frames(max(1, round(count * by)))
    stretched = replace_frames(codes, columns, columns.start + nearest_frames(count, wanted))
    if not smooth or wanted == count:
        return stretched
    if codebooks is None:
        raise SdaError(
            "A smooth stretch needs the model, to interpolate between codes; give --model, or leave smooth out."
        )
    latent = codebooks.embed(codes.indices[:, columns])
    places = np.linspace(0, count - 1, wanted)
    between = np.stack([np.interp(places, np.arange(count), one) for one in latent.T], 1)
    target = slice(columns.start, columns.start + wanted)
    # Generic levels would code what is left of an interpolation anew for every frame.
    rows = slice(0, codebooks.codec.config.fitted_levels or codes.levels)
    cells = codebooks.nearest(between, stretched.indices[:, target], rows)
    return with_values(stretched, (rows, target), cells)


def insert(codes: Codes, codebooks: Codebooks, frames: Range = None) -> Codes:
    """Insert silence before the region, as long as the region; the sound becomes longer."""
    columns = region(codes, None, frames)[1]
    count = columns.stop - columns.start
    check_frames(codes.frames + count)
    silence = np.repeat(codebooks.silence[:, None], count, axis=1)
    return codes.with_frames(np.insert(codes.indices, [columns.start], silence, axis=1))


def regenerate(
    codes: Codes,
    model: SdaModel,
    seed: int = 0,
    novelty: float = 0.5,
    temperature: float = 0.5,
    top_k: int = 48,
    top_p: float = 1.0,
    writer: str = "",
    levels: Range = None,
    frames: Range = None,
) -> Codes:
    """Generate new codes for the region with one of the model's writers, to fit the frames and levels around it."""
    from sda_lib.writers.registry import writer_of
    from sda_lib.writers.request import Request

    rows, columns = region(codes, levels, frames)
    request = Request(
        novelty=novelty, temperature=temperature, top_k=top_k, top_p=top_p, levels=(rows.start, rows.stop)
    )
    generator = np.random.default_rng(seed)
    return writer_of(model, writer).fill(codes, columns.start, columns.stop, request, generator)
