"""Several models at once: their sounds mixed, or the weights of two that began as the same closed form."""

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
from sda_lib.codec.codec import SHORT, Codec, shortened
from sda_lib.codec.rvq import squared_distance
from sda_lib.codec.stft import left_right
from sda_lib.editing.interpolate import checked_share
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory, Piece
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian
from sda_lib.training.closed_form import hear
from sda_lib.training.segments import Sound
from sda_lib.training.snapshot import usage
from sda_lib.writers.duration import settled
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

FEWEST, MOST = 2, 4
"""Models that sound together."""
CEILING = 0.98
"""Peak that a blend does not pass."""
SILENT = -70.0
"""LUFS below which a sound counts as silence (the absolute gate of ITU-R BS.1770-4) and is not raised."""
MEASURED_HOP = 1024
"""Samples between the spectra that loudness is measured in."""
CLOSED_FORM = ("mean", "components", "ridge")
"""Of the codec what training never changes, and what the sounds and the seed decide to the last bit."""


def blend(models: Sequence[SdaModel], options: GenerateOptions, shares: Sequence[float]) -> AudioClip:
    """What two to four models make of the same options, mixed, at the first one's rate and in stereo if one is; as long
    as one of the first one's recordings if nobody says how long.

    Shares are of the amplitude and count by their ratios. Before that every sound is brought to one loudness
    (K-weighted), the mean of all in dB by their shares: a quiet model is heard as much as a loud one, and a share of 1
    leaves a sound as it was. Two sounds that have nothing in common then lose about 3 dB half-way, as linear shares
    do. The peak is kept under 0.98 by a gain. Raises SdaError for other numbers of models or impossible shares."""
    parts = normalized(shares, len(models))
    options = settled(models[0], options)
    heard = [(model, part) for model, part in zip(models, parts, strict=True) if part > 0]
    rate, channels = models[0].sample_rate, max(model.recipe.audio.channels for model in models)
    clips = [generate(model, options).clip.resampled(rate).with_channels(channels) for model, _ in heard]
    mixed = np.zeros((channels, round(options.seconds * rate)))
    gains = leveled([loudness(clip) for clip in clips], [part for _, part in heard])
    for clip, gain, (_, part) in zip(clips, gains, heard, strict=True):
        clip = clip.cut(mixed.shape[1])  # resampling may have rounded the length up
        mixed[:, : clip.length] += part * gain * clip.samples
    peak = float(np.abs(mixed).max(initial=0.0))
    name = " + ".join(model.name for model in models)
    return AudioClip(mixed * min(1.0, CEILING / max(peak, CEILING)), rate, name)


def normalized(shares: Sequence[float], count: int) -> list[float]:
    """Shares of `count` models that add up to one. Raises SdaError."""
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
    """Mean K-weighted level in LUFS, by power."""
    return mean(Spectra.of(clip, MEASURED_HOP), "loudness")


def leveled(levels: Sequence[float], shares: Sequence[float]) -> list[float]:
    """Gains that bring sounds of these levels in LUFS to their mean by shares; silence neither counts nor changes."""
    sounding = [level > SILENT for level in levels]
    weights = [share * sounds for share, sounds in zip(shares, sounding, strict=True)]
    if not any(weights):
        return [1.0 for _ in levels]
    common = float(np.average(levels, weights=weights))
    return [10 ** ((common - level) / 20) if sounds else 1.0 for level, sounds in zip(levels, sounding, strict=True)]


# --- weights


def related(one: SdaModel, other: SdaModel) -> bool:
    """Whether both were trained from the same closed form: of the same shape, on the same sounds, with the same seed.
    Only then do their numbers mean the same things, and what lies between them is a model."""
    if (one.recipe.audio, one.recipe.codec) != (other.recipe.audio, other.recipe.codec):
        return False
    return all(torch.equal(getattr(one.codec, name).cpu(), getattr(other.codec, name).cpu()) for name in CLOSED_FORM)


@torch.no_grad()
def interpolated_weights(one: SdaModel, other: SdaModel, share: float) -> SdaModel:
    """A model `share` 0..1 of the way from one's weights to those of a related one.

    Its codes have the first one's numbers, so a grid made with that one plays here too. Its recordings are the first
    one's, heard anew. Prior and sliders belong to other codes and are dropped, and so is what was measured; the
    Gaussian of a model without codes is fitted anew, or the first one's where there are no recordings. Raises SdaError
    for models that are not related."""
    checked_share(share)
    if not related(one, other):
        raise SdaError(
            f"{one.name or 'The first model'} and {other.name or 'the second'} were not trained from the same closed "
            "form (sounds, shape and seed), so nothing lies between their weights; use `sda blend` without --weights."
        )
    manifest = {
        **one.manifest,
        "name": f"{one.name}+{other.name}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "metrics": {},
        "between": {"models": [one.name, other.name], "share": float(share)},
    }
    bare = dataclasses.replace(one, manifest=manifest, prior=None, sliders=None)
    if share == 0:
        return bare
    numbers = matched(one.codec, other.codec)
    codec = _between(one.codec, other.codec, numbers, share)
    memory = None if one.memory is None else reheard(codec, one.memory)
    if memory is None:
        counts = torch.lerp(one.usage.double(), _renumbered(other.usage, numbers).to(one.usage).double(), share)
        return dataclasses.replace(bare, codec=codec, usage=counts.round().to(one.usage))
    pieces = [piece.codes for piece in memory.pieces]
    gaussian = None if one.gaussian is None else Gaussian.of_memory(memory)
    return dataclasses.replace(bare, codec=codec, memory=memory, usage=usage(codec, pieces), gaussian=gaussian)


def matched(one: Codec, other: Codec) -> Tensor:
    """For every code of one codec the other's that is meant by it, [level, code]: of all pairings of a level's codes
    the one with the smallest sum of squared distances. No levels [0, 0] without codes.

    Every model sorts its codes by brightness, so those that moved have other numbers."""
    if not one.bottleneck.discrete:
        return torch.zeros((0, 0), dtype=torch.int64)
    books = zip(one.bottleneck.codebooks.cpu(), other.bottleneck.codebooks.cpu(), strict=True)
    return torch.stack([torch.from_numpy(linear_sum_assignment(squared_distance(*pair))[1]) for pair in books])


def _renumbered(table: Tensor, numbers: Tensor) -> Tensor:
    """A table by code [level, code, ...] in another codec's numbers [level, code]."""
    return torch.stack([row[own] for row, own in zip(table.cpu(), numbers, strict=True)]) if len(numbers) else table


def _between(one: Codec, other: Codec, numbers: Tensor, share: float) -> Codec:
    """A codec with the weights between two, its codes numbered as the first one's."""
    theirs = other.state_dict()
    if "bottleneck.codebooks" in theirs:
        theirs["bottleneck.codebooks"] = _renumbered(theirs["bottleneck.codebooks"], numbers)
    state = {name: torch.lerp(own, theirs[name].to(own), float(share)) for name, own in one.state_dict().items()}
    state |= {name: shortened(state[name]) for name in SHORT}
    codec = copy.deepcopy(one)
    codec.load_state_dict(state)
    return codec.eval().requires_grad_(False)


def reheard(codec: Codec, memory: Memory) -> Memory:
    """The same recordings as another codec hears them; pieces that follow one another are heard as one sound."""
    groups = joined(codec, memory.pieces)
    pieces: list[Piece] = []
    for group, heard in zip(groups, hear(codec, [sound_of(codec, group) for group in groups]), strict=True):
        lengths = [piece.frames for piece in group]
        codes = [None] * len(group) if heard.codes is None else heard.codes.split(lengths, -1)
        parts = zip(group, heard.latent.split(lengths), codes, strict=True)
        pieces += [dataclasses.replace(piece, latent=latent, codes=own) for piece, latent, own in parts]
    return Memory(codec, pieces)


def joined(codec: Codec, pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces in their order, those together that follow one another in a recording."""
    groups = [[piece] for piece in pieces[:1]]
    for before, piece in pairwise(pieces):
        end = before.offset + before.samples.shape[-1] / codec.audio.sample_rate
        goes_on = piece.name == before.name and abs(piece.offset - end) * codec.audio.sample_rate < 1
        groups = [*groups[:-1], [*groups[-1], piece]] if goes_on else [*groups, [piece]]
    return groups


def sound_of(codec: Codec, pieces: Sequence[Piece]) -> Sound:
    """Pieces that follow one another as one sound."""
    samples = torch.cat([left_right(piece.samples) for piece in pieces], -1)
    return Sound.of(AudioClip(samples.cpu().numpy(), codec.audio.sample_rate, pieces[0].name))
