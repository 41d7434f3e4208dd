"""History: what was done to a sound, as a tree. Undo goes towards its root, redo to where one was last; what was done
is not lost when one goes another way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import Cells, Edit, mask

if TYPE_CHECKING:
    from sda_lib.sliders.settings import Shape
    from sda_lib.writers.options import GenerateOptions

Sound = TypeVar("Sound")
MOST = 400
"""Steps that are kept: those on the way to where one is, if there are more."""


@dataclass(frozen=True, eq=False)
class State:
    """A sound at one step: its codes (none for a model without), what sliders make it, and the cells kept frozen."""

    codes: Codes | None = None
    shape: Shape | None = None
    frozen: tuple[Cells, ...] = ()

    def spared(self, after: Codes) -> Codes:
        """Other codes of as many frames, but for what is frozen."""
        kept = mask(self.frozen, self.codes)
        return after.with_indices(np.where(kept, self.codes.indices, after.indices)) if kept.any() else after


@dataclass(frozen=True, eq=False)
class Step:
    """What was done, as data (an Edit; a Shape where sliders moved; GenerateOptions where a part was written anew) and
    in words, what came of it, and the number of the step before it (-1: it is where all began; its act, if there is
    one, are the options that the sound was written by). `kept` was frozen when it was done: what is frozen in the step
    before may become more or less afterwards."""

    before: int
    act: Edit | Shape | GenerateOptions | None
    words: str
    state: State
    kept: tuple[Cells, ...] = ()


@dataclass(frozen=True, eq=False)
class History:
    """Steps by number, the one where one is, and for every step the one that redo leads to (-1: none)."""

    steps: tuple[Step, ...]
    at: int
    ahead: tuple[int, ...]

    @classmethod
    def begin(cls, state: State, words: str = "", act: GenerateOptions | None = None) -> History:
        """A sound to which nothing was done yet, and the options that it was written by."""
        return cls((Step(-1, act, words, state),), 0, (-1,))

    @property
    def state(self) -> State:
        return self.steps[self.at].state

    @property
    def place(self) -> tuple[int, int]:
        """The current step and how many there are: another pair after every undo, redo and new step."""
        return self.at, len(self.steps)

    @property
    def can_undo(self) -> bool:
        return self.steps[self.at].before >= 0

    @property
    def can_redo(self) -> bool:
        return self.ahead[self.at] >= 0

    @property
    def path(self) -> tuple[int, ...]:
        """The numbers of the steps from where all began to where one is."""
        return self._path_to(self.at)

    def _path_to(self, number: int) -> tuple[int, ...]:
        found = [number]
        while self.steps[found[-1]].before >= 0:
            found.append(self.steps[found[-1]].before)
        return tuple(reversed(found))

    def done(
        self, act: Edit | Shape | GenerateOptions, words: str, state: State, kept: tuple[Cells, ...] | None = None
    ) -> History:
        """Something was done to the sound: one step further, on a way of its own if one had gone back. What was kept
        meanwhile is what is frozen now, unless somebody says otherwise."""
        steps = (*self.steps, Step(self.at, act, words, state, self.state.frozen if kept is None else kept))
        grown = History(steps, self.at, (*self.ahead, -1))._went(len(steps) - 1)
        return grown if len(steps) <= MOST else grown._shortened()

    def amended(self, act: Edit | Shape | GenerateOptions | None, state: State) -> History:
        """The last step turned out otherwise: a slider goes on being dragged, cells are frozen."""
        step = self.steps[self.at]
        now = replace(step, act=step.act if act is None else act, state=state)
        return replace(self, steps=(*self.steps[: self.at], now, *self.steps[self.at + 1 :]))

    def undo(self) -> History:
        """One step back, if there is one."""
        return replace(self, at=self.steps[self.at].before) if self.can_undo else self

    def redo(self) -> History:
        """One step forward to where one was last, if one was anywhere."""
        return replace(self, at=self.ahead[self.at]) if self.can_redo else self

    def go(self, number: int) -> History:
        """To any step; redo leads there again from now on. Unknown numbers lead nowhere."""
        return self._went(number) if 0 <= number < len(self.steps) else self

    def _went(self, number: int) -> History:
        ahead, path = list(self.ahead), self._path_to(number)
        for before, after in itertools.pairwise(path):
            ahead[before] = after
        return replace(self, at=number, ahead=tuple(ahead))

    @property
    def branches(self) -> tuple[int, ...]:
        """How many turns off the first way each step lies: 0 on it, 1 on what was done after going back, and so on."""
        found: list[int] = []
        followed: set[int] = set()  # steps after which something was done already
        for step in self.steps:
            turned = step.before in followed
            found.append((found[step.before] if step.before >= 0 else 0) + turned)
            followed.add(step.before)
        return tuple(found)

    def _shortened(self) -> History:
        """The last half of what is kept on the way to where one is."""
        kept = self.path[-(MOST // 2) :]
        steps = tuple(replace(self.steps[number], before=place - 1) for place, number in enumerate(kept))
        first = replace(steps[0], act=None)
        return History((first, *steps[1:]), len(kept) - 1, (*range(1, len(kept)), -1))


@dataclass(frozen=True, eq=False)
class Sounds(Generic[Sound]):
    """Whole sounds before and after the current one, each as it was left; the nearest is the last of `before` and the
    first of `after`."""

    before: tuple[Sound, ...] = ()
    after: tuple[Sound, ...] = ()

    def replaced(self, left: Sound) -> Sounds[Sound]:
        """A new sound takes the place of `left`. Sounds that were undone until then are kept before it."""
        return Sounds((*self.before, *self.after, left))

    def back(self, left: Sound) -> tuple[Sound, Sounds[Sound]]:
        """The sound before, and the sounds around it."""
        *before, found = self.before
        return found, Sounds(tuple(before), (left, *self.after))

    def forward(self, left: Sound) -> tuple[Sound, Sounds[Sound]]:
        """The sound after, and the sounds around it."""
        found, *after = self.after
        return found, Sounds((*self.before, left), tuple(after))

    def bounded(self, fits: Callable[[Sequence[Sound]], bool]) -> Sounds[Sound]:
        """The nearest of the sounds before, as many as fit; the nearest one always does."""
        first = next((at for at in range(len(self.before)) if fits(self.before[at:])), len(self.before) - 1)
        return replace(self, before=self.before[max(first, 0) :])
