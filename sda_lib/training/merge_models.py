"""Combination of models: mix their sounds, or interpolate the weights of two that share a closed form."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from sda_lib.analysis.features import Spectra, mean
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codec import SHORT, Codec, to_half_precision
from sda_lib.codec.rvq import squared_distances
from sda_lib.codec.stft import left_right
from sda_lib.editing.interpolate import checked_share
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian
from sda_lib.training.closed_form import encode_sounds
from sda_lib.training.segments import Sound
from sda_lib.training.snapshot import usage
from sda_lib.writers.auto_duration import with_duration
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

# Fewest and most models in a blend.
FEWEST, MOST = 2, 4
# Peak that a blend does not exceed.
CEILING = 0.98
# LUFS below which a sound counts as silence (the absolute gate of ITU-R BS.1770-4) and is not made louder.
SILENT = -70.0
# Samples between the spectra that loudness is measured on.
MEASURED_HOP = 1024
# Codec buffers that training never changes, and that the sounds and the seed determine to the last bit.
CLOSED_FORM = ("mean", "components", "ridge")


def blend(models: Sequence[SdaModel], options: GenerateOptions, shares: Sequence[float]) -> AudioClip:
    """Generate with two to four models from the same options and mix the results.

    The result has the first model's sample rate and is stereo if one of the models is; its length, unless given, is
    that of one of the first model's recordings.

    Shares apply to the amplitude and only their ratios count. Before mixing, all sounds are brought to one loudness
    (K-weighted), the mean of all in dB weighted by their shares: a quiet model is as audible as a loud one, and a share
    of 1 leaves a sound unchanged. Uncorrelated sounds lose about 3 dB half-way, as usual with linear shares. The peak
    is kept below 0.98 by a gain. Raises SdaError for fewer or more models or invalid shares.
    """
    parts = normalized_shares(shares, len(models))
    options = with_duration(models[0], options)
    heard = [(model, part) for model, part in zip(models, parts, strict=True) if part > 0]
    rate, channels = models[0].sample_rate, max(model.recipe.audio.channels for model in models)
    clips = [generate(model, options).clip.resampled(rate).with_channels(channels) for model, _ in heard]
    mixed = np.zeros((channels, round(options.seconds * rate)))
    gains = loudness_gains([loudness(clip) for clip in clips], [part for _, part in heard])
    for clip, gain, (_, part) in zip(clips, gains, heard, strict=True):
        clip = clip.cut(mixed.shape[1])  # resampling may have rounded the length up
        mixed[:, : clip.length] += part * gain * clip.samples
    peak = float(np.abs(mixed).max(initial=0.0))
    name = " + ".join(model.name for model in models)
    return AudioClip(mixed * min(1.0, CEILING / max(peak, CEILING)), rate, name)


def normalized_shares(shares: Sequence[float], count: int) -> list[float]:
    """Return the shares of `count` models scaled to a sum of one. Raises SdaError when count or shares are invalid."""
    if not FEWEST <= count <= MOST:
        raise SdaError(f"A blend is made of {FEWEST} to {MOST} models, not {count}; choose so many.")
    if len(shares) != count:
        raise SdaError(f"{count} models need {count} shares, not {len(shares)}; give one for each.")
    if not all(np.isfinite(share) and share >= 0 for share in shares) or not any(shares):
        said = ", ".join(f"{share:g}" for share in shares)
        raise SdaError(f"Shares are numbers from 0 up, and not all of them 0, unlike {said}; e.g. 0.5 and 0.5.")
    largest = max(shares)
    parts = [share / largest for share in shares]  # their sum can't overflow
    return [part / sum(parts) for part in parts]


def loudness(clip: AudioClip) -> float:
    """Return the mean K-weighted level in LUFS, averaged as power."""
    return mean(Spectra.of(clip, MEASURED_HOP), "loudness")


def loudness_gains(levels: Sequence[float], shares: Sequence[float]) -> list[float]:
    """Return gains that bring sounds of these levels in LUFS to their mean weighted by shares.

    Silence neither counts nor is changed.
    """
    sounding = [level > SILENT for level in levels]
    weights = [share * sounds for share, sounds in zip(shares, sounding, strict=True)]
    if not any(weights):
        return [1.0 for _ in levels]
    common = float(np.average(levels, weights=weights))
    return [10 ** ((common - level) / 20) if sounds else 1.0 for level, sounds in zip(levels, sounding, strict=True)]


# --- weights


def related(one: SdaModel, other: SdaModel) -> bool:
    """Return whether two models were trained from the same closed form: same shape, same sounds and same seed.

    Only then do their weights have the same meaning, so that interpolated weights make a model.
    """
    if (one.recipe.audio, one.recipe.codec) != (other.recipe.audio, other.recipe.codec):
        return False
    return all(torch.equal(getattr(one.codec, name).cpu(), getattr(other.codec, name).cpu()) for name in CLOSED_FORM)


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
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "metrics": {},
        "between": {"models": [one.name, other.name], "share": float(share)},
    }
    bare = dataclasses.replace(one, header=header, prior=None, sliders=None)
    if share == 0:
        return bare
    numbers = matched_codes(one.codec, other.codec)
    codec = _between(one.codec, other.codec, numbers, share)
    memory = None if one.memory is None else reencoded(codec, one.memory)
    if memory is None:
        counts = torch.lerp(one.usage.double(), _renumbered(other.usage, numbers).to(one.usage).double(), share)
        return dataclasses.replace(bare, codec=codec, usage=counts.round().to(one.usage))
    pieces = [piece.codes for piece in memory.pieces]
    gaussian = None if one.gaussian is None else Gaussian.of_memory(memory)
    return dataclasses.replace(bare, codec=codec, memory=memory, usage=usage(codec, pieces), gaussian=gaussian)


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
    state |= {name: to_half_precision(state[name]) for name in SHORT}
    codec = copy.deepcopy(one)
    codec.load_state_dict(state)
    return codec.eval().requires_grad_(False)


def reencoded(codec: Codec, memory: Memory) -> Memory:
    """Return a memory of the same recordings encoded by another codec; consecutive pieces are encoded together."""
    groups = joined(codec, memory.pieces)
    pieces: list[Piece] = []
    for group, heard in zip(
        groups, encode_sounds(codec, [sound_of_pieces(codec, group) for group in groups]), strict=True
    ):
        lengths = [piece.frames for piece in group]
        codes = [None] * len(group) if heard.codes is None else heard.codes.split(lengths, -1)
        parts = zip(group, heard.latent.split(lengths), codes, strict=True)
        pieces += [dataclasses.replace(piece, latent=latent, codes=own) for piece, latent, own in parts]
    return Memory(codec, pieces)


def joined(codec: Codec, pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Group pieces, in their order, by those that are consecutive in a recording."""
    groups = [[piece] for piece in pieces[:1]]
    for before, piece in pairwise(pieces):
        end = before.offset + before.samples.shape[-1] / codec.audio.sample_rate
        goes_on = piece.name == before.name and abs(piece.offset - end) * codec.audio.sample_rate < 1
        groups = [*groups[:-1], [*groups[-1], piece]] if goes_on else [*groups, [piece]]
    return groups


def sound_of_pieces(codec: Codec, pieces: Sequence[Piece]) -> Sound:
    """Return consecutive pieces as one sound."""
    samples = torch.cat([left_right(piece.samples) for piece in pieces], -1)
    return Sound.of(AudioClip(samples.cpu().numpy(), codec.audio.sample_rate, pieces[0].name))
