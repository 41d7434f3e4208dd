"""Edits that depend on how codes sound: pure functions Codes -> Codes that take the model's codebooks, or the model.

`levels` and `frames` are half-open ranges, as in `edits`. The docstrings of edits are their help texts on the command
line (`registry.edit_usage`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sda_lib.codec.codes import Codes, Range, region
from sda_lib.editing.edits import (
    check_same_model,
    checked_frames,
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

# The properties by which a code's neighbors are found.
NEIGHBOR_PROPERTIES = ("likeness", "brightness", "loudness")


def clear(codes: Codes, codebooks: Codebooks, levels: Range = None, frames: Range = None) -> Codes:
    """Every cell of the region becomes its level's most neutral code, the one that adds the least."""
    rows, columns = region(codes, levels, frames)
    return with_values(codes, (rows, columns), codebooks.neutral[rows, None])


def transpose(
    codes: Codes,
    codebooks: Codebooks,
    by: str = "brightness",
    amount: int = 1,
    levels: Range = None,
    frames: Range = None,
) -> Codes:
    """Move every cell to a neighbor: `amount` steps brighter or louder (negative: darker, quieter), each to the code
    that is most like the last one otherwise; or, by likeness, to the code that is the `amount`th most like it."""
    rows, columns = region(codes, levels, frames)
    if by not in NEIGHBOR_PROPERTIES:
        raise SdaError(f"There are no neighbors by {by!r}; there are {', '.join(NEIGHBOR_PROPERTIES)}.")
    if by == "likeness" and amount < 0:
        raise SdaError("By likeness there is no way back; give how many codes away, from 0 on.")
    indices = codes.indices.copy()
    for level in range(rows.start, rows.stop):
        indices[level, columns] = _onward(codebooks, level, by, amount)[indices[level, columns]]
    return codes.with_indices(indices)


def _onward(codebooks: Codebooks, level: int, by: str, amount: int) -> np.ndarray:
    """Return the code that each code of a level is moved to [code]."""
    goes = np.arange(codebooks.size)
    if by == "likeness":
        nearest = codebooks.distances(level).argsort(1, kind="stable")
        return nearest[:, min(amount, codebooks.size - 1)] if amount else goes
    once = codebooks.neighbor(level, by, amount > 0)
    for _ in range(min(abs(amount), codebooks.size)):
        goes = once[goes]
    return goes


def randomize(
    codes: Codes,
    seed: int = 0,
    temperature: float | None = None,
    levels: Range = None,
    frames: Range = None,
    codebooks: Codebooks | None = None,
) -> Codes:
    """Draw every cell of the region anew: each code equally likely, or, at a temperature, the likelier the more it is
    like the one that stands there (0: all of them stay)."""
    rows, columns = region(codes, levels, frames)
    generator = np.random.default_rng(seed)
    if temperature is None:
        shape = codes.indices[rows, columns].shape
        return with_values(codes, (rows, columns), generator.integers(0, codes.codebook_size, shape))
    if codebooks is None:
        raise SdaError("A temperature needs the model that says which codes are alike; give it, or leave it out.")
    if not 0 <= temperature <= 100:
        raise SdaError(f"The temperature goes from 0 to 100, not {temperature:g}.")
    drawn = [
        _near(codebooks, level, codes.indices[level, columns], temperature, generator)
        for level in range(rows.start, rows.stop)
    ]
    return with_values(codes, (rows, columns), np.stack(drawn))


def _near(
    codebooks: Codebooks, level: int, present: np.ndarray, temperature: float, generator: np.random.Generator
) -> np.ndarray:
    """Draw codes [frame] near the present ones from a normal distribution over distances, `temperature` code spacings
    wide."""
    noise = generator.gumbel(size=(len(present), codebooks.size))
    if temperature == 0:
        return present
    away = codebooks.distances(level)[present] / (temperature * codebooks.spacing(level))
    return (noise - 0.5 * np.square(away)).argmax(1)


def blend(
    codes: Codes,
    other: Codes,
    codebooks: Codebooks,
    amount: float = 0.5,
    levels: Range = None,
    frames: Range = None,
    start: int | None = None,
) -> Codes:
    """Mix the region with another sound of the same model, `amount` 0..1 of the way, in the space where codes are
    points: the codes nearest to the mixture. The other's frames are those that `swap` would take."""
    check_same_model(codes, other)
    rows, columns = region(codes, levels, frames)
    return _mixed(
        codes, other.indices[rows][:, matching_frames(columns, other, start)], codebooks, amount, (rows, columns)
    )


def mix(
    codes: Codes, block: np.ndarray, codebooks: Codebooks, amount: float = 0.5, to_level: int = 0, to: int = 0
) -> Codes:
    """Paste a block of codes [level, frame] so that it shines through: `amount` 0..1 of the way from what stands there,
    in the space where codes are points."""
    where, block = fit_block(codes, block, to_level, to)
    if block.min() < 0 or block.max() >= codes.codebook_size:
        raise SdaError(f"The block's codes must lie in 0..{codes.codebook_size - 1}; copy some cells of this model.")
    return _mixed(codes, block, codebooks, amount, where)


def _mixed(codes: Codes, block: np.ndarray, codebooks: Codebooks, amount: float, where: tuple[slice, slice]) -> Codes:
    """Mix a region of the grid with a block of codes [level, frame] of its size. Raises SdaError for an amount outside
    0..1."""
    if not 0 <= amount <= 1:
        raise SdaError(f"The amount goes from 0 (this sound) to 1 (the other), not {amount:g}.")
    rows, columns = where
    own = codes.indices[:, columns]
    latent = codebooks.embed(codes.indices)
    pairs = zip(codebooks.vectors[rows], block, own[rows], strict=True)
    away = sum(book[there] - book[here] for book, there, here in pairs)
    latent[columns] += np.float32(amount) * away
    ends = {0: own[rows], 1: block}
    cells = ends[amount] if amount in ends else codebooks.nearest(latent[columns], own, rows)
    return with_values(codes, where, cells)


def stretch(
    codes: Codes, by: float, smooth: int = 0, frames: Range = None, codebooks: Codebooks | None = None
) -> Codes:
    """The region's columns `by` times as long; the sound grows or shrinks. Frames are repeated or left out, or, if it
    shall be `smooth`, mixed with their neighbors where codes are points."""
    columns = region(codes, None, frames)[1]
    count = columns.stop - columns.start
    if not 0 < by <= 1000:
        raise SdaError(f"A stretch is by a factor above 0 and up to 1000, not {by:g}.")
    wanted = checked_frames(max(1, round(count * by)))
    stretched = replace_frames(codes, columns, columns.start + nearest_frames(count, wanted))
    if not smooth or wanted == count:
        return stretched
    if codebooks is None:
        raise SdaError("A smooth stretch needs the model that says what lies between two codes; give it.")
    latent = codebooks.embed(codes.indices[:, columns])
    places = np.linspace(0, count - 1, wanted)
    between = np.stack([np.interp(places, np.arange(count), one) for one in latent.T], 1)
    target = slice(columns.start, columns.start + wanted)
    cells = codebooks.nearest(between, stretched.indices[:, target], slice(0, codes.levels))
    return with_values(stretched, (slice(0, codes.levels), target), cells)


def insert(codes: Codes, codebooks: Codebooks, frames: Range = None) -> Codes:
    """Silence as long as the region before it; the sound gets longer."""
    columns = region(codes, None, frames)[1]
    count = columns.stop - columns.start
    checked_frames(codes.frames + count)
    silence = np.repeat(codebooks.silence[:, None], count, axis=1)
    before, after = np.split(codes.indices, [columns.start], axis=1)
    return codes.with_frames(np.concatenate([before, silence, after], axis=1))


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
    """Have the region written anew by one of the model's writers, to fit what stands around it."""
    from sda_lib.writers.operations import regenerate
    from sda_lib.writers.registry import writer_of
    from sda_lib.writers.request import Request

    rows, columns = region(codes, levels, frames)
    request = Request(
        novelty=novelty, temperature=temperature, top_k=top_k, top_p=top_p, levels=(rows.start, rows.stop)
    )
    generator = np.random.default_rng(seed)
    return regenerate(writer_of(model, writer), codes, columns.start, columns.stop, request, generator)
