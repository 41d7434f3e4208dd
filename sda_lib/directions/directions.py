"""Directions: ways through latent space along which one feature of the sound changes, the others as little as can be.

What moving latents does to a feature is asked of the decoder: latents are nudged at random, and the changes heard are
regressed on the nudges. The weights themselves are no way to move; of all moves with the same effect, the one is taken
that is shortest by the covariance of the corpus (the patterns of Haufe et al., "On the interpretation of weight vectors
of linear models", 2014), so that sounds stay among what the model knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sda_lib.analysis.features import FEATURES
from sda_lib.directions.gestures import GESTURES, LOUDNESS
from sda_lib.errors import SdaError

RIDGE = 1e-2
"""Penalty over the nudges' mean variance."""
ENTANGLED = 0.3
"""Share of its own size that is added to every feature's response, so that features which the sounds never take apart
are moved together a little rather than torn apart at any cost."""
NAMED, AXIS = 0.8, "axis"
"""Mean rank correlation from which on a slider has earned its name, and what a slider without one is called."""
MARGIN = 0.15
"""Over the distance between a feature's safe ends: how far beyond them a sound is warned of, and not yet in danger."""
STEPS = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
"""Steps that sliders are tried at; farther than the first and the last no sound is moved."""
LEAST_CHANGE = 0.02
"""Share of all that a sound's feature changes over STEPS: a change by less is none."""


@dataclass(frozen=True, eq=False)
class Directions:
    """vectors [direction, dim]: what one step of each adds to latents."""

    names: tuple[str, ...]
    vectors: np.ndarray

    def shift(self, steps: Mapping[str, float | np.ndarray], frames: int) -> np.ndarray:
        """What those steps, one number or one for every frame, add to latents [frame, dim]."""
        total = np.zeros((frames, self.vectors.shape[1]), np.float32)
        for name, amount in steps.items():
            along = np.broadcast_to(np.asarray(amount, np.float32), (frames,))
            total += along[:, None] * self.vectors[self.names.index(name)]
        return total


@dataclass(frozen=True)
class Course:
    """How one sound follows a slider: what its feature is at each of STEPS."""

    values: tuple[float, ...]

    def at(self, step: float) -> float:
        """The feature there."""
        return float(np.interp(step, STEPS, self.values))

    def change(self, step: float) -> float:
        """The feature there, less the feature where the sound stands."""
        return self.at(step) - self.at(0.0)

    def standing(self, value: float) -> Course:
        """The same course of a sound whose feature is `value` where it stands."""
        return Course(tuple(one + value - self.at(0.0) for one in self.values))

    def reach(self, least: float = 0.0) -> tuple[float, float]:
        """Between which steps it follows: the feature rises, but for falls by no more than `least`."""
        middle = STEPS.index(0.0)
        up = _followed(np.array(self.values[middle:]), least)
        down = _followed(-np.array(self.values[middle::-1]), least)
        return STEPS[middle - down], STEPS[middle + up]


def _followed(values: np.ndarray, least: float) -> int:
    """The place of the last value that is `least` above all before it, with no fall by as much on the way."""
    best, end = values[0], 0
    for place, value in enumerate(values):
        if value < best - least:
            break
        if value > best + least:
            best, end = value, place
    return end


@dataclass(frozen=True)
class Card:
    """What was measured of a slider.

    rho: mean over sounds of Spearman's rank correlation of steps and feature, as far as each sound follows (`reach`: on
    average from one step to another; 0 where it doesn't). slope: the feature's change per step in its unit. error: by
    how much a sound misses its course, in 9 of 10 moves. side: every other feature's change over this one's, both in
    standard deviations of the corpus. low and high: between which values the corpus' own sounds lie.

    A slider without a name, along a principal axis of the latents, has none of these but `side`, which is then the
    change per step, and `share`, the latents' variance along it.
    """

    name: str
    unit: str
    rho: float
    slope: float
    reach: tuple[float, float]
    error: float
    side: dict[str, float]
    low: float
    high: float
    share: float = 0.0

    @property
    def is_axis(self) -> bool:
        return self.name.removeprefix(f"{AXIS} ").isdecimal()

    @property
    def why_hidden(self) -> str:
        """Why it is not shown, or nothing."""
        if self.is_axis or self.rho >= NAMED:
            return ""
        return f"What is heard hardly follows it in this model (rank correlation {self.rho:.2f}, {NAMED:g} is needed)."

    def zone(self, value: float, step: float = 1.0) -> str:
        """safe, warning or danger: where a sound gets whose feature should come to that value by that step. Safe leaves
        room for the error, within reason; where a sound stands there is none."""
        margin = MARGIN * (self.high - self.low)
        room = min(self.error, margin) * min(1.0, abs(step))
        if self.low + room <= value <= self.high - room:
            return "safe"
        return "warning" if self.low - margin <= value <= self.high + margin else "danger"


@dataclass(frozen=True, eq=False)
class Sliders:
    """A model's directions, and what was measured of each."""

    directions: Directions
    cards: tuple[Card, ...]

    @property
    def shown(self) -> tuple[Card, ...]:
        """Those that have earned their names."""
        return tuple(card for card in self.cards if not card.why_hidden)

    def card(self, name: str) -> Card:
        """Raises SdaError for a slider that there is not, or that does not do what it says."""
        found = {card.name: card for card in self.cards}.get(name)
        if found is None:
            raise SdaError(f"There is no slider {name!r}; there are {', '.join(card.name for card in self.shown)}.")
        if found.why_hidden:
            raise SdaError(f"The slider {name} is hidden. {found.why_hidden}")
        return found

    def check(self, steps: Mapping[str, float | np.ndarray]) -> None:
        """Raises SdaError for hidden sliders, and for more steps than were tried."""
        for name, amount in steps.items():
            self.card(name)
            farthest = float(np.abs(amount).max(initial=0))
            if not farthest <= STEPS[-1]:
                raise SdaError(f"The slider {name} goes from {STEPS[0]:g} to {STEPS[-1]:g}, not {farthest:g} steps.")

    def moved(self, latent: Tensor, steps: Mapping[str, float | np.ndarray]) -> Tensor:
        """Latents [frame, dim] moved by so many steps along each direction. Raises SdaError as `check` does."""
        self.check(steps)
        return latent + torch.from_numpy(self.directions.shift(steps, len(latent))).to(latent)

    @property
    def named(self) -> tuple[Card, ...]:
        """Those that are shown, without the axes."""
        return tuple(card for card in self.shown if not card.is_axis)

    def facts(self) -> list[dict[str, Any]]:
        """The cards, for the manifest."""
        return [asdict(card) for card in self.cards]

    @classmethod
    def of(cls, facts: Sequence[Mapping[str, Any]], vectors: Tensor, dim: int) -> Sliders:
        """The reverse of `facts` and the directions' vectors; raises KeyError, TypeError, ValueError or
        AttributeError."""
        known = [{name: fact[name] for name in Card.__dataclass_fields__} for fact in facts]
        cards = tuple(Card(**{**fact, "reach": tuple(fact["reach"])}) for fact in known)
        numbers = [number for card in cards for number in _numbers(card)]
        texts = [text for card in cards for text in (card.name, card.unit, *card.side)]
        if not all(isinstance(text, str) for text in texts) or not all(card.side for card in cards):
            raise ValueError("cards that say nothing")
        if any(len(card.reach) != 2 for card in cards):
            raise ValueError("no reach")
        if not all(_is_known(card) for card in cards):
            raise ValueError("sliders of a version to come")
        loudness = [card.slope for card in cards if card.name == LOUDNESS]
        if any(card.name in GESTURES for card in cards) and not (loudness and loudness[0]):
            raise ValueError("gestures with nothing to move")
        if vectors.shape != (len(cards), dim) or not vectors.isfinite().all() or not np.isfinite(numbers).all():
            raise ValueError("directions of another model")
        return cls(Directions(tuple(card.name for card in cards), vectors.float().cpu().numpy()), cards)


def _is_known(card: Card) -> bool:
    """Whether people can be told what it is, and what it does besides."""
    return set(card.side) <= set(FEATURES) and (card.name in FEATURES or card.name in GESTURES or card.is_axis)


def _numbers(card: Card) -> tuple[float, ...]:
    return (
        card.rho, card.slope, *card.reach, card.error, *card.side.values(), card.low, card.high, card.share,
    )  # fmt: skip


def principal(covariance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The latents' widest `count` axes: vectors [axis, dim] one standard deviation long, and their shares of the
    variance [axis]."""
    widths, vectors = np.linalg.eigh(covariance)
    widths, vectors = widths[::-1][:count].clip(0), vectors.T[::-1][:count]
    return (vectors * np.sqrt(widths)[:, None]).astype(np.float32), widths / np.trace(covariance).clip(1e-12)


def fit(nudges: np.ndarray, changes: np.ndarray, covariance: np.ndarray, names: Sequence[str]) -> Directions:
    """From nudges of latents [n, dim], what each changed [n, direction] in standard deviations of the features, and the
    covariance of the corpus' latents [dim, dim]. A step is as long as a move of one standard deviation of what the
    corpus itself would do to the feature."""
    moved = nudges.T @ nudges / len(nudges)
    penalty = RIDGE * np.trace(moved) / len(moved) * np.eye(len(moved))
    weights = np.linalg.solve(moved + penalty, nudges.T @ changes / len(nudges))
    response = weights.T @ covariance @ weights
    own = np.diag(response).clip(1e-12)
    vectors = covariance @ weights @ np.linalg.inv(response + ENTANGLED * np.diag(own)) * np.sqrt(own)
    return Directions(tuple(names), np.ascontiguousarray(vectors.T, np.float32))
