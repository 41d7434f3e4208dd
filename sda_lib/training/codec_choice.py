"""Choose how a codec begins, by cross-validation among the training sounds.

A `Candidate` is one way to fit a new codec in closed form. Each is fitted to two of three recordings and measured on
the third ones. The first candidate is the usual one; another is chosen only where it is clearly closer, by its
`least_gain`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from sda_lib.codec.codec import BOTTLENECKS, Codec
from sda_lib.codec.losses import magnitude_loss
from sda_lib.config import Recipe
from sda_lib.training.closed_form import fit_codec
from sda_lib.training.copies import shifted_copies
from sda_lib.training.encoding import Encoded, frame_ranges, spread_ranges
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, CorpusSound, split_point

# Semitones of the copies that may be chosen, and the gain from which on they are: the share by which they bring
# cross-validated sounds closer. Codecs that are compared know fewer sounds than the one that is trained, which flatters
# copies by 3 to 5 % (docs/DECISIONS.md).
SHIFT, SHIFT_GAIN = 3.0, 0.045
# Most seconds of sound that candidates are fitted to and measured on when they are compared, and that may have copies.
KNOWN_SECONDS, UNKNOWN_SECONDS, COPIED_SECONDS = 60.0, 30.0, 600.0
# Most levels of the codecs that are compared, and fewest frames that they are fitted to: more cost time without making
# the comparison any clearer.
CHOICE_LEVELS, CHOICE_POINTS = 6, 2048

# Fits a new codec to sounds with a seed and at least as many frames as given, those between the frames of the grid
# included, and returns the encoded sounds.
Fit = Callable[[Codec, Sequence[CorpusSound], int, int], list[Encoded]]


@dataclass(frozen=True)
class Candidate:
    """A way to fit a codec in closed form.

    `settings` are the values of the recipe that repeat it without a choice. It is chosen only if its cross-validated
    distance is smaller than that of the first candidate by a share of at least `least_gain`.
    """

    name: str
    fit: Fit
    settings: Mapping[str, float] = field(default_factory=dict)
    least_gain: float = 0.0


@dataclass(frozen=True)
class Choice:
    """The candidate chosen, and the cross-validated distance of each candidate by name; empty if there was only one."""

    chosen: Candidate
    distances: Mapping[str, float]

    @property
    def facts(self) -> dict[str, Any]:
        """Plain JSON data for a model's header."""
        return {"chosen": self.chosen.name, "distances": dict(self.distances)}

    @property
    def summary(self) -> str:
        """One sentence for the log."""
        found = ", ".join(f"{name} {distance:.3f}" for name, distance in self.distances.items())
        return f"fitted to {self.chosen.name}" + (f", by cross-validated distance: {found}" if found else "")


def candidates(recipe: Recipe, sounds: Sequence[CorpusSound]) -> tuple[Candidate, ...]:
    """Return the ways in which a recipe allows to fit a codec to sounds, the usual one first."""
    shift = recipe.train.shift
    if shift is not None:
        return (with_copies(shift),)
    if sum(sound.seconds for sound in sounds) > COPIED_SECONDS:
        return (with_copies(0.0),)
    return with_copies(0.0), with_copies(SHIFT, SHIFT_GAIN)


def with_copies(shift: float, least_gain: float = 0.0) -> Candidate:
    """Return the candidate that fits a codec to sounds and to copies `shift` semitones higher and lower."""
    name = f"copies at ±{shift:g} semitones" if shift else "own sounds"
    return Candidate(
        name,
        lambda codec, sounds, seed, fewest: fit_codec(codec, sounds, seed, shifted_copies(sounds, shift), fewest),
        {"train.shift": shift},
        least_gain,
    )


def choose(options: Sequence[Candidate], blank: Codec, sounds: Sequence[CorpusSound], seed: int) -> Choice:
    """Return the candidate with the smallest cross-validated distance among those that gain enough.

    `blank` is a codec that is not fitted yet; it is not changed.
    """
    if len(options) == 1:
        return Choice(options[0], {})
    trial, parts = shallow(blank), known_and_unknown(blank, sounds)
    distances = {one.name: cross_validated(one, trial, *parts, seed) for one in options}
    usual = distances[options[0].name]
    gaining = [one for one in options if distances[one.name] <= usual * (1 - one.least_gain)]
    return Choice(min(gaining, key=lambda one: distances[one.name]), distances)


def known_and_unknown(codec: Codec, sounds: Sequence[CorpusSound]) -> tuple[list[CorpusSound], list[CorpusSound]]:
    """Return sounds to fit to, of two in three recordings, and sounds to measure, of every third one.

    They are at most KNOWN_SECONDS and UNKNOWN_SECONDS, spread over the recordings. With fewer than
    FEWEST_FOR_SPLIT_BY_FILE recordings, the last third of each one's time is measured.
    """
    if len(sounds) < FEWEST_FOR_SPLIT_BY_FILE:
        cut = [(sound, split_point(sound.length, 1 / 3)) for sound in sounds if sound.length > 1]
        known, unknown = [one.part(0, at) for one, at in cut], [one.part(at, one.length) for one, at in cut]
    else:
        known, unknown = [one for number, one in enumerate(sounds) if number % 3], list(sounds[::3])
    kept = spread_ranges(codec, known, KNOWN_SECONDS), spread_ranges(codec, unknown, UNKNOWN_SECONDS)
    return [part.cut(codec) for part in kept[0]], [part.cut(codec) for part in kept[1]]


def shallow(blank: Codec) -> Codec:
    """Return a copy of a codec that is not fitted yet, with at most CHOICE_LEVELS levels."""
    codec = copy.deepcopy(blank).requires_grad_(False)
    codec.config = replace(codec.config, levels=min(codec.config.levels, CHOICE_LEVELS))
    if codec.bottleneck.discrete:
        codec.bottleneck = BOTTLENECKS[codec.config.bottleneck](codec.config).to(codec.mean.device)
    return codec


def cross_validated(
    candidate: Candidate, blank: Codec, known: Sequence[CorpusSound], unknown: Sequence[CorpusSound], seed: int
) -> float:
    """Return the distance of unknown sounds, decoded by a codec that was fitted to the known ones."""
    codec = copy.deepcopy(blank)
    candidate.fit(codec, known, seed, CHOICE_POINTS)
    return spectral_distance(codec, unknown)


@torch.no_grad()
def spectral_distance(codec: Codec, sounds: Sequence[CorpusSound]) -> float:
    """Return the mean `magnitude_loss` of sounds decoded from their codes, per frame."""
    total, frames = 0.0, 0
    for part in (one for sound in sounds for one in frame_ranges(codec, sound)):
        features, magnitudes, _ = part.fitting_data(codec)
        decoded = codec.log_magnitudes(codec.quantize(codec.latent(features[None])).latent)
        truth = torch.pow(10.0, codec.unblocked(magnitudes.float()))
        total += float(magnitude_loss(codec.spectral, decoded, truth[None])) * len(features)
        frames += len(features)
    return total / max(frames, 1)
