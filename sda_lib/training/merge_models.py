"""Interpolate the weights of two models that were trained from the same closed form."""

from __future__ import annotations

import copy
import dataclasses

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from sda_lib.codec.codec import HALF_PRECISION, Codec, to_half_precision
from sda_lib.decoder_version import DECODER_VERSION, KEY
from sda_lib.distances import squared_distances
from sda_lib.editing.interpolate import checked_share
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.segments import CorpusSound
from sda_lib.training.snapshot import code_counts, timestamp

# Codec buffers that training never changes, and that the sounds and the seed determine to the last bit.
CLOSED_FORM = ("mean", "components")
# Facts about a corpus that tell it from others; a base gives every corpus the same closed form.
FACTS = ("files", "minutes", "lengths")


def related(one: SdaModel, other: SdaModel) -> bool:
    """Return whether two models were trained from the same closed form: same shape, same sounds and same seed.

    Only then do their weights have the same meaning, so that interpolated weights make a model. The ridge regression
    doesn't tell: it is corrected after a training.
    """
    if _settings(one) != _settings(other):
        return False
    return all(torch.equal(getattr(one.codec, name).cpu(), getattr(other.codec, name).cpu()) for name in CLOSED_FORM)


def _settings(model: SdaModel) -> tuple[object, ...]:
    """Return what models of the same closed form have in common: shape, seed, base, and facts about their sounds."""
    recipe, corpus = model.recipe, model.header.get("corpus", {})
    audio = dataclasses.replace(recipe.audio, trim=0.0)  # a matter of training alone
    return recipe.codec, audio, recipe.train.seed, recipe.train.base, *map(corpus.get, FACTS)


@torch.no_grad()
def interpolated_weights(one: SdaModel, other: SdaModel, share: float) -> SdaModel:
    """Return a model whose weights lie `share` 0..1 of the way between those of two related models.

    Codes are numbered as in the first model, so a grid made with it plays here too. The recordings are the first
    model's, encoded again. Prior and sliders depend on the old codes and are dropped, as are the metrics; the Gaussian
    of a model without codes is fitted again, or taken from the first model if there are no recordings. Raises SdaError
    for models that are not related.
    """
    checked_share(share)
    if not related(one, other):
        raise SdaError(
            f"{one.name or 'The first model'} and {other.name or 'the second'} were not trained from the same closed "
            "form (sounds, shape and seed), so nothing lies between their weights; use `sda blend` without --weights."
        )
    header = {
        **one.header,
        "name": f"{one.name}+{other.name}",
        "created": timestamp(),
        KEY: DECODER_VERSION,
        "metrics": {},
        "between": {"models": [one.name, other.name], "share": float(share)},
    }
    bare = dataclasses.replace(one, header=header, prior=None, sliders=None)
    if share == 0:
        return bare
    numbers = matched_codes(one.codec, other.codec)
    codec = _between(one.codec, other.codec, numbers, share)
    if one.memory is None:
        counts = torch.lerp(one.usage.double(), _renumbered(other.usage, numbers).to(one.usage).double(), share)
        return dataclasses.replace(bare, codec=codec, usage=counts.round().to(one.usage))
    memory = reencoded(codec, one.memory)
    counts = code_counts(codec, [memory.codes])
    gaussian = None if one.gaussian is None else Gaussian.of_memory(memory)
    return dataclasses.replace(bare, codec=codec, memory=memory, usage=counts, gaussian=gaussian)


def matched_codes(one: Codec, other: Codec) -> Tensor:
    """Return for every code of one codec the corresponding code of the other, [level, code].

    The pairing minimizes the sum of squared distances at each level; [0, 0] without codes. It is needed because every
    model sorts its codes by brightness, so codes that moved have other numbers.
    """
    if not one.bottleneck.discrete:
        return torch.zeros((0, 0), dtype=torch.int64)
    books = zip(one.bottleneck.codebooks.cpu(), other.bottleneck.codebooks.cpu(), strict=True)
    return torch.stack([torch.from_numpy(linear_sum_assignment(squared_distances(*pair))[1]) for pair in books])


def _renumbered(table: Tensor, numbers: Tensor) -> Tensor:
    """Reorder a table [level, code, ...] by another codec's code numbers [level, code]."""
    return torch.stack([row[own] for row, own in zip(table.cpu(), numbers, strict=True)]) if len(numbers) else table


def _between(one: Codec, other: Codec, numbers: Tensor, share: float) -> Codec:
    """Return a codec with interpolated weights, its codes numbered as in the first one."""
    theirs = other.state_dict()
    if "bottleneck.codebooks" in theirs:
        theirs["bottleneck.codebooks"] = _renumbered(theirs["bottleneck.codebooks"], numbers)
    state = {name: torch.lerp(own, theirs[name].to(own), float(share)) for name, own in one.state_dict().items()}
    state |= {name: to_half_precision(state[name]) for name in HALF_PRECISION}
    codec = copy.deepcopy(one)
    codec.load_state_dict(state)
    return codec.eval().requires_grad_(False)


def reencoded(codec: Codec, memory: Memory) -> Memory:
    """Return a memory of the same recordings encoded by another codec; consecutive pieces are encoded together."""
    groups, pieces = memory.recordings, list[Piece]()
    sounds = [CorpusSound.of_pieces(group, codec.audio.sample_rate) for group in groups]
    for group, encoded in zip(groups, encode_sounds(codec, sounds), strict=True):
        lengths = [piece.frames for piece in group]
        codes = [None] * len(group) if encoded.codes is None else encoded.codes.split(lengths, -1)
        parts = zip(group, encoded.latent.split(lengths), codes, strict=True)
        pieces += [dataclasses.replace(piece, latent=latent, codes=own) for piece, latent, own in parts]
    return Memory(codec, pieces)
