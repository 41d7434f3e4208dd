"""Choose how a codec begins, by cross-validation among the training sounds.

A `Candidate` is one way to fit a new codec in closed form. Each is fitted to two of three recordings and measured on
the third ones. The first candidate is the usual one; another is chosen only where it is clearly closer, by its
`least_gain`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from sda_lib.base.base import Base, base_for
from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import band_loss, magnitude_loss
from sda_lib.codec.rvq import FITTING_BEAM
from sda_lib.codec.stft import Spectral
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.training.base_start import fit_from_base
from sda_lib.training.closed_form import fit_codec
from sda_lib.training.copies import shifted_copies
from sda_lib.training.encoding import Encoded, frame_ranges, spread_ranges
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, CorpusSound, split_point

# Semitones of the copies that may be chosen, and the gain from which on they are: the share by which they bring
# cross-validated sounds closer. Codecs that are compared know fewer sounds than the one that is trained, which flatters
# copies by 3 to 5 % (docs/DECISIONS.md).
SHIFT, SHIFT_GAIN = 3.0, 0.045
# Least gain of a start from a base, which is flattered more: it needs none of the sounds that others do without.
BASE_GAIN = 0.12
# Most seconds of sound that candidates are fitted to and measured on when they are compared, and that may have copies.
KNOWN_SECONDS, UNKNOWN_SECONDS, COPIED_SECONDS = 60.0, 30.0, 600.0
# Most levels of the codecs that are compared, and fewest frames that they are fitted to: more cost time without making
# the comparison any clearer.
CHOICE_LEVELS, CHOICE_POINTS = 6, 2048

Device = torch.device | str
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
    settings: Mapping[str, Any] = field(default_factory=dict)
    least_gain: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the header of a model says about it besides its name, as plain JSON data."""

    @property
    def has_base(self) -> bool:
        """Whether it starts from a base."""
        return "base" in self.facts

    def blank(self, recipe: Recipe, device: torch.device | str = "cpu") -> Codec:
        """Return a codec that is not fitted yet, of a recipe with the candidate's settings."""
        own = recipe.override(**self.settings)
        return Codec(own.audio, own.codec).to(device)


@dataclass(frozen=True)
class Choice:
    """The candidate chosen, and the cross-validated distance of each candidate by name; empty if there was only one."""

    chosen: Candidate
    distances: Mapping[str, float]

    @property
    def facts(self) -> dict[str, Any]:
        """Plain JSON data for a model's header."""
        return {"chosen": self.chosen.name, "distances": dict(self.distances), **self.chosen.facts}

    @property
    def summary(self) -> str:
        """One sentence for the log."""
        found = ", ".join(f"{name} {distance:.3f}" for name, distance in self.distances.items())
        return f"fitted to {self.chosen.name}" + (f", by cross-validated distance: {found}" if found else "")


def candidates(recipe: Recipe, sounds: Sequence[CorpusSound]) -> tuple[Candidate, ...]:
    """Return the ways in which a recipe allows to fit a codec to sounds, the usual one first.

    Raises SdaError when the recipe asks for a base and there is none for its grid of codes.
    """
    how = recipe.train.base
    if how in ("plain", "ridge"):
        return from_base(recipe, how)
    own = own_candidates(recipe, sounds)
    return own + from_base(recipe) if how == "auto" else own


def own_candidates(recipe: Recipe, sounds: Sequence[CorpusSound]) -> tuple[Candidate, ...]:
    """Return the ways to fit a codec to sounds alone."""
    shift = recipe.train.shift
    if shift is not None:
        return (with_copies(shift),)
    if sum(sound.seconds for sound in sounds) > COPIED_SECONDS:
        return (with_copies(0.0),)
    return with_copies(0.0), with_copies(SHIFT, SHIFT_GAIN)


def from_base(recipe: Recipe, how: str = "ridge") -> tuple[Candidate, ...]:
    """Return the way to start from the base of a recipe's grid of codes, `plain` or with the corpus' own `ridge`.

    The latter loses little on unknown sounds and brings those of the corpus much closer. None where there is no such
    base, unless the recipe asks for it: then SdaError is raised.
    """
    base, shift = base_for(recipe), recipe.train.shift or 0.0
    if base is None and recipe.train.base != "auto":
        raise SdaError("There is no base for these settings of the codec; set train.base=none, or leave the settings.")
    return () if base is None else (starting_from(base, how, shift),)


def starting_from(base: Base, how: str, shift: float = 0.0) -> Candidate:
    """Return the candidate that starts from a base, `plain` or with the corpus' own `ridge`.

    Copies at `shift` semitones are for the training that follows.
    """
    codec = base.codec_config
    names = {"plain": "the base as it is", "ridge": "the base with a decoder of its own"}
    return Candidate(
        names[how],
        lambda codec, sounds, *_: fit_from_base(codec, base, sounds, how == "ridge"),
        {
            "codec.latent_dim": codec.latent_dim,
            "codec.codebook_size": codec.codebook_size,
            "codec.own_levels": codec.own_levels,
            "train.shift": shift,
            "train.base": how,
        },
        BASE_GAIN,
        {"base": base.facts},
    )


def with_copies(shift: float, least_gain: float = 0.0) -> Candidate:
    """Return the candidate that fits a codec to sounds and to copies `shift` semitones higher and lower."""
    name = f"copies at ±{shift:g} semitones" if shift else "own sounds"
    return Candidate(
        name,
        lambda codec, sounds, seed, fewest: fit_codec(codec, sounds, seed, shifted_copies(sounds, shift), fewest),
        {"train.shift": shift, "train.base": "none"},
        least_gain,
    )


def choose(options: Sequence[Candidate], recipe: Recipe, sounds: Sequence[CorpusSound], device: Device) -> Choice:
    """Return the candidate with the smallest cross-validated distance among those that gain enough.

    Those that fit a codec to the sounds alone are compared first, by `magnitude_loss`; then the best of them with those
    that start from a base, by `band_loss`: what a base misses in the quietest bins is hardly audible, and training
    mends it. The distances are those of the last comparison.
    """
    if len(options) == 1:
        return Choice(options[0], {})
    trial = shallow(recipe)
    compared = Comparison(trial, *known_and_unknown(options[0].blank(trial), sounds), device)
    own, bases = ([one for one in options if one.has_base == side] for side in (False, True))
    found = compared.choice(own, magnitude_loss)
    return compared.choice([found.chosen, *bases], band_loss) if bases else found


Loss = Callable[[Spectral, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Comparison:
    """Sounds to fit to and sounds to measure, for a recipe; codecs that candidates have fitted are kept by name."""

    recipe: Recipe
    known: Sequence[CorpusSound]
    unknown: Sequence[CorpusSound]
    device: Device
    fitted: dict[str, Codec] = field(default_factory=dict)

    def choice(self, options: Sequence[Candidate], loss: Loss) -> Choice:
        """Return the closest candidate among those that gain enough over the first."""
        if len(options) == 1:
            return Choice(options[0], {})
        distances = {one.name: self.distance(one, loss) for one in options}
        usual, *others = options
        most = distances[usual.name]
        gaining = [usual, *(one for one in others if distances[one.name] <= most * (1 - one.least_gain))]
        return Choice(min(gaining, key=lambda one: distances[one.name]), distances)

    def distance(self, candidate: Candidate, loss: Loss) -> float:
        """Return the distance of the unknown sounds, decoded by a codec that was fitted to the known ones."""
        if candidate.name not in self.fitted:
            codec = self.fitted[candidate.name] = candidate.blank(self.recipe, self.device)
            candidate.fit(codec, self.known, self.recipe.train.seed, CHOICE_POINTS)
        return spectral_distance(self.fitted[candidate.name], self.unknown, loss)


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


def shallow(recipe: Recipe) -> Recipe:
    """Return a recipe with at most CHOICE_LEVELS levels, and FITTING_BEAM candidates in searches for codes."""
    codec = recipe.codec
    quick = replace(codec, levels=min(codec.levels, CHOICE_LEVELS), beam=min(codec.beam, FITTING_BEAM))
    return replace(recipe, codec=quick)


@torch.no_grad()
def spectral_distance(codec: Codec, sounds: Sequence[CorpusSound], loss: Loss = magnitude_loss) -> float:
    """Return the mean loss of sounds decoded from their codes, per frame."""
    total, frames = 0.0, 0
    for part in (one for sound in sounds for one in frame_ranges(codec, sound)):
        features, magnitudes, _ = part.fitting_data(codec)
        decoded = codec.log_magnitudes(codec.quantize(codec.latent(features[None])).latent)
        truth = torch.pow(10.0, codec.unblocked(magnitudes.float()))
        total += float(loss(codec.spectral, decoded, truth[None])) * len(features)
        frames += len(features)
    return total / max(frames, 1)
