"""Directions in latent space along which one feature of the sound changes, and the sliders that move sounds along them.

A straight direction is one change per step for every frame. A bent one depends linearly on where a frame is among the
recordings, because what makes a tone noisier makes noise darker. `directions/fitting.py` finds both.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sda_lib.analysis.features import FEATURES
from sda_lib.directions.gestures import GESTURES, LOUDNESS
from sda_lib.errors import SdaError

# Farthest place of a frame along an axis, in standard deviations.
FARTHEST = 2.5
# Minimum mean rank correlation for a slider of a feature, and of a gesture, to be shown under its name: gestures with
# less are hardly followed by other sounds (docs/DECISIONS.md). And the name of sliders along principal axes.
MIN_RHO, MIN_GESTURE_RHO, AXIS = 0.8, 0.9, "axis"
# Beginning of the reason why a slider is hidden.
NO_FOLLOWER = "The sound hardly follows"
# Steps at which sliders are tried; the first and the last are the limits.
STEPS = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
# Share of a feature's total change over STEPS below which a change is ignored.
MIN_CHANGE = 0.02
# Minimum reach in steps for a sound to count as following a slider.
MIN_REACH = 1.0


@dataclass(frozen=True, eq=False)
class Bends:
    """How directions depend on a frame's place.

    `vectors` [direction, axis, dim] are added to the change per step, times the place along each axis; `axes`
    [axis, dim + 1] measure the place of latents, with a constant.
    """

    vectors: np.ndarray
    axes: np.ndarray

    def places(self, latent: np.ndarray) -> np.ndarray:
        """Return the places [frame, axis] of latents [frame, dim]."""
        return places(latent, self.axes)


def places(latent: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the places [n, axis] of latents [n, dim] along axes [axis, dim + 1], at most FARTHEST from the mean."""
    return (latent @ axes[:, :-1].T + axes[:, -1]).clip(-FARTHEST, FARTHEST)


@dataclass(frozen=True, eq=False)
class Directions:
    """Named directions; `vectors` [direction, dim] are the change of the latents per step, at any place if no `bends`
    are given."""

    names: tuple[str, ...]
    vectors: np.ndarray
    bends: Bends | None = None

    def shift(self, steps: Mapping[str, float | np.ndarray], latent: np.ndarray) -> np.ndarray:
        """Return the change of latents [frame, dim] for steps by name, each one number or one per frame.

        Bent directions are followed one step after another, the last one in part.
        """
        amounts = {name: np.broadcast_to(np.asarray(amount, np.float32), len(latent)) for name, amount in steps.items()}
        farthest = max((float(np.abs(along).max(initial=0)) for along in amounts.values()), default=0.0)
        total = np.zeros(latent.shape, np.float32)
        for done in range(1 if self.bends is None else math.ceil(farthest)):
            places = None if self.bends is None else self.bends.places(latent + total)
            rest = amounts if places is None else {name: _next_step(along, done) for name, along in amounts.items()}
            for name, along in rest.items():
                total += along[:, None] * self._per_step(name, places)
        return total

    def _per_step(self, name: str, places: np.ndarray | None) -> np.ndarray:
        """Return the change per step along a direction [dim], or at places [frame, axis] the changes [frame, dim]."""
        number = self.names.index(name)
        if places is None or self.bends is None:
            return self.vectors[number]
        return self.vectors[number] + places @ self.bends.vectors[number]

    def mixed(self, shares: np.ndarray) -> Directions:
        """Return the same names with sums of the directions, by shares [direction, direction]."""
        shares = shares.astype(np.float32)
        bends = self.bends and Bends(np.tensordot(shares, self.bends.vectors, 1), self.bends.axes)
        return Directions(self.names, shares @ self.vectors, bends)

    def with_bent(self, names: Collection[str], bent: Directions) -> Directions:
        """Return these straight directions, with those of `names` replaced by the `bent` ones of the same name."""
        if bent.bends is None or not names:
            return self
        taken = np.isin(self.names, list(names))
        vectors = np.where(taken[:, None], bent.vectors, self.vectors)
        bends = np.where(taken[:, None, None], bent.bends.vectors, np.float32(0))
        return Directions(self.names, vectors, Bends(bends, bent.bends.axes))

    def beside(self, *others: Directions) -> Directions:
        """Return these directions and others, which must be straight."""
        names = tuple(name for part in (self, *others) for name in part.names)
        vectors = np.concatenate([part.vectors for part in (self, *others)])
        if self.bends is None:
            return Directions(names, vectors)
        straight = np.zeros((len(names) - len(self.names), *self.bends.vectors.shape[1:]), np.float32)
        return Directions(names, vectors, Bends(np.concatenate([self.bends.vectors, straight]), self.bends.axes))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by their names in a model's file."""
        bends = {} if self.bends is None else {"bends": self.bends.vectors, "axes": self.bends.axes}
        return {"vectors": self.vectors, **bends}


def _next_step(along: np.ndarray, done: int) -> np.ndarray:
    """Return what comes next, at most a step, of amounts [frame] of which whole steps are done."""
    return np.sign(along) * (np.abs(along) - done).clip(0, 1)


@dataclass(frozen=True)
class Response:
    """Response of one sound to a slider: its feature at each of STEPS."""

    values: tuple[float, ...]

    def at(self, step: float) -> float:
        """Return the feature at a step, linearly interpolated."""
        return float(np.interp(step, STEPS, self.values))

    def anchored(self, value: float) -> Response:
        """Return the same response, shifted so that the feature at step 0 is `value`."""
        return Response(tuple(one + value - self.at(0.0) for one in self.values))

    def reach(self, tolerance: float = 0.0) -> tuple[float, float]:
        """Return the range of steps over which the feature rises, ignoring falls of up to `tolerance`."""
        middle = STEPS.index(0.0)
        up = _last_rise(np.array(self.values[middle:]), tolerance)
        down = _last_rise(-np.array(self.values[middle::-1]), tolerance)
        return STEPS[middle - down], STEPS[middle + up]

    @property
    def followed(self) -> tuple[float, float]:
        """Return the range of steps over which the sound follows the slider."""
        return self.reach(MIN_CHANGE * (max(self.values) - min(self.values)))

    @property
    def is_followed(self) -> bool:
        """Return whether the sound follows the slider over at least MIN_REACH steps."""
        low, high = self.followed
        return high - low >= MIN_REACH


def _last_rise(values: np.ndarray, tolerance: float) -> int:
    """Return the index of the last value that exceeds all before it by more than `tolerance`, stopping at a fall of
    more than that."""
    best, end = values[0], 0
    for place, value in enumerate(values):
        if value < best - tolerance:
            break
        if value > best + tolerance:
            best, end = value, place
    return end


@dataclass(frozen=True)
class SliderCard:
    """Measurements of a slider.

    rho: mean over sounds of Spearman's rank correlation of steps and feature, within each sound's reach (0 where it
    does not follow). reach: mean range of steps over which sounds follow. slope: change of the feature per step, in its
    unit. error: 90 % quantile of a sound's deviation from its measured response. side: change of every other feature
    relative to this one's, both in standard deviations of the corpus. low and high: range of the feature in the corpus.

    A slider without a name, along a principal axis of the latents, has only `side`, here the change per step, and
    `share`, the share of the latents' variance along it.
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
        """Return why the slider is hidden, or an empty string."""
        least = MIN_GESTURE_RHO if self.name in GESTURES else MIN_RHO
        if self.is_axis or self.rho >= least:
            return ""
        what = f"{self.name.capitalize()} and {self.name} times hardly follow" if self.name in GESTURES else NO_FOLLOWER
        return f"{what} it in this model (rank correlation {self.rho:.2f}, {least:g} is needed)."

    def check(self) -> None:
        """Raise TypeError, ValueError or AttributeError for values that no slider of this version has."""
        if len(self.reach) != 2 or not self.side or not all(isinstance(one, str) for one in (self.name, self.unit)):
            raise ValueError("incomplete slider")
        if not set(self.side) <= set(FEATURES) or not (self.name in (*FEATURES, *GESTURES) or self.is_axis):
            raise ValueError("slider of a later version")
        numbers = (self.rho, self.slope, *self.reach, self.error, *self.side.values(), self.low, self.high, self.share)
        if not np.isfinite(numbers).all():
            raise ValueError("numbers that are not finite")


@dataclass(frozen=True, eq=False)
class SliderSet:
    """A model's directions and the measurements of each."""

    directions: Directions
    cards: tuple[SliderCard, ...]

    @property
    def shown(self) -> tuple[SliderCard, ...]:
        """Return the cards of the sliders that are not hidden."""
        return tuple(card for card in self.cards if not card.why_hidden)

    def card(self, name: str) -> SliderCard:
        """Return the card of a slider. Raises SdaError if it doesn't exist or is hidden."""
        found = {card.name: card for card in self.cards}.get(name)
        if found is None:
            raise SdaError(f"There is no slider {name!r}; there are {', '.join(card.name for card in self.shown)}.")
        if found.why_hidden:
            raise SdaError(f"The slider {name} is hidden. {found.why_hidden}")
        return found

    def check(self, steps: Mapping[str, float | np.ndarray]) -> None:
        """Raise SdaError for hidden or unknown sliders and for steps beyond the limits."""
        for name, amount in steps.items():
            self.card(name)
            farthest = float(np.abs(amount).max(initial=0))
            if not farthest <= STEPS[-1]:
                raise SdaError(f"The slider {name} goes from {STEPS[0]:g} to {STEPS[-1]:g}, not {farthest:g} steps.")

    def moved(self, latent: Tensor, steps: Mapping[str, float | np.ndarray]) -> Tensor:
        """Return latents [frame, dim] moved by `steps`. Raises SdaError as `check` does."""
        self.check(steps)
        return latent + torch.from_numpy(self.directions.shift(steps, latent.cpu().numpy())).to(latent)

    def facts(self) -> list[dict[str, Any]]:
        """Return the cards as plain data for the header."""
        return [asdict(card) for card in self.cards]

    @classmethod
    def of(cls, facts: Sequence[Mapping[str, Any]], tensors: Mapping[str, Tensor], dim: int) -> SliderSet:
        """Restore sliders from `facts` and the tensors that `Directions.arrays` names.

        Raises KeyError, TypeError, ValueError or AttributeError for damaged ones.
        """
        known = [{name: fact[name] for name in SliderCard.__dataclass_fields__} for fact in facts]
        cards = tuple(SliderCard(**{**fact, "reach": tuple(fact["reach"])}) for fact in known)
        for card in cards:
            card.check()
        loudness = [card.slope for card in cards if card.name == LOUDNESS]
        if any(card.name in GESTURES for card in cards) and not (loudness and loudness[0]):
            raise ValueError("gestures without a slider of loudness")
        arrays = {name: tensor.float().cpu().numpy() for name, tensor in tensors.items()}
        axes = arrays.get("axes", np.zeros((0, dim + 1)))
        shapes = {"vectors": (len(cards), dim), "bends": (len(cards), len(axes), dim), "axes": (len(axes), dim + 1)}
        if any(array.shape != shapes[name] or not np.isfinite(array).all() for name, array in arrays.items()):
            raise ValueError("directions of another model")
        bends = Bends(arrays["bends"], axes) if "bends" in arrays else None
        return cls(Directions(tuple(card.name for card in cards), arrays["vectors"], bends), cards)
