"""The recordings that a new sound is made of: only some of them, or mostly these.

With the strictness 1, writers have a model with the chosen recordings alone, so that jumps, ends, rests and durations
are theirs. With less, every other grain costs something. What novelty, and codes drawn by temperature, move beyond the
chosen recordings is set back to the nearest of their grains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.codes import Codes
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel
from sda_lib.model.recordings import chosen_recordings, with_recordings
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.request import Writer

# Cost, in typical distances, of a grain of another recording at strictness 0.5; power of 1 - strictness with which
# sounds begin with other recordings.
COST, BEGINNING = 2.0, 3
# Occurrences of a code that are added to those counted.
SMOOTHING = 0.5
# How often frames that are not near a chosen recording are looked for; setting one back changes its neighbors.
ROUNDS = 4
# Key in `SdaModel.writers` of the choice made last.
LAST = "choice"
ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Choice:
    """What writes sounds of the chosen recordings.

    `model` is the one whose writers are used. Per recording of that model, `share` [recording] is how likely a sound
    begins with it, relative to the chosen ones (1). `cost` [grain] is added to that of each grain; `penalty` [code] in
    nats to that of a code of level 0 (None: no codes). `is_strict`: whether other recordings are left out.
    """

    model: SdaModel
    share: np.ndarray
    cost: np.ndarray
    penalty: np.ndarray | None
    is_strict: bool


def choice_of(model: SdaModel, options: GenerateOptions) -> Choice | None:
    """Return what writes sounds with the options' recordings; None where they exclude none.

    Raises SdaError without recordings, and for a name that none of them has.
    """
    if not options.recordings:
        return None
    chosen = chosen_recordings(model, options.recordings)
    if chosen.all() or options.strictness == 0:
        return None
    key, (last, found) = (chosen.tobytes(), options.strictness), model.writers.get(LAST, (None, None))
    if last != key:
        found = _choice(model, chosen, options.strictness)
        model.writers[LAST] = key, found
    return found


def leaning(writer: Writer, choice: Choice | None) -> Writer:
    """Return a writer of the choice's model with its costs."""
    return writer if choice is None else writer.leaning(choice.cost, choice.penalty)


def writing_model(model: SdaModel, options: GenerateOptions) -> SdaModel:
    """Return the model whose writers write with the options."""
    choice = choice_of(model, options)
    return model if choice is None else choice.model


def _choice(model: SdaModel, chosen: np.ndarray, strictness: float) -> Choice:
    assert model.memory is not None  # recordings were chosen
    grains = chosen[model.memory.grain_recording.cpu().numpy()]
    penalty = _penalty(model.memory, grains, model.codebook_size) if model.discrete else None
    if strictness == 1:
        narrow = with_recordings(model, chosen)
        return Choice(narrow, np.ones(chosen.sum()), np.zeros(grains.sum()), penalty, True)
    cost = COST * strictness / (1 - strictness)
    penalty = None if penalty is None else strictness * penalty
    return Choice(
        model, np.where(chosen, 1.0, (1 - strictness) ** BEGINNING), np.where(grains, 0.0, cost), penalty, False
    )


def _penalty(memory: Memory, grains: np.ndarray, size: int) -> np.ndarray:
    """Return the nats [code] by which each code of level 0 is less likely in the chosen grains than in all."""
    assert memory.codes is not None
    codes = memory.codes[0].cpu().numpy()
    own, every = (np.bincount(one, minlength=size) for one in (codes[grains], codes))
    share = (own + SMOOTHING * grains.mean()) / (every + SMOOTHING)
    return -np.log(share)


# --- what has moved away is set back -------------------------------------------------------------------------------


def kept_near(model: SdaModel, options: GenerateOptions, sound: Codes, frames: slice = ALL) -> Codes:
    """Return codes of which the given frames lean on chosen recordings, where the options leave out others.

    `model` is the one with all recordings. Codes of which only some levels are new stay as they are.
    """
    choice = choice_of(model, options)
    if choice is None or not choice.is_strict or options.levels:
        return sound
    own = choice.model.memory
    assert own is not None
    assert own.codes is not None
    for _ in range(ROUNDS):
        foreign, grain = _foreign(model, choice.model, model.embed(sound), options, frames)
        if not foreign.any():
            break
        indices = sound.indices.copy()
        indices[:, foreign] = own.codes[:, grain].cpu().numpy()[:, foreign]
        sound = sound.with_indices(indices)
    return sound


def kept_near_latents(model: SdaModel, options: GenerateOptions, sound: Latents, frames: slice = ALL) -> Latents:
    """Return latents as `kept_near` returns codes."""
    choice = choice_of(model, options)
    if choice is None or not choice.is_strict:
        return sound
    own = choice.model.memory
    assert own is not None
    for _ in range(ROUNDS):
        foreign, grain = _foreign(model, choice.model, sound.values, options, frames)
        if not foreign.any():
            break
        where = torch.from_numpy(foreign).to(sound.values.device)[:, None]
        sound = replace(sound, values=torch.where(where, own.keys[grain].to(sound.values), sound.values))
    return sound


def _foreign(
    model: SdaModel, narrow: SdaModel, latent: Tensor, options: GenerateOptions, frames: slice
) -> tuple[np.ndarray, Tensor]:
    """Return which latents [frame, dim] of some frames lean on other recordings, and the nearest chosen grains."""
    assert model.memory is not None
    assert narrow.memory is not None
    chosen = chosen_recordings(model, options.recordings)
    found = model.memory.match(latent).grain
    foreign = np.zeros(len(latent), bool)
    foreign[frames] = ~chosen[model.memory.grain_recording[found[frames]].cpu().numpy()]
    return foreign, narrow.memory.match(latent).grain if foreign.any() else found
