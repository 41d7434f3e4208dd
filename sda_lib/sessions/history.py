"""History of a sound as a tree of steps. Undo moves towards the root, redo to the child visited last; other branches
are kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import Cells, Edit, mask

if TYPE_CHECKING:
    from sda_lib.sliders.settings import SliderSettings
    from sda_lib.writers.options import GenerateOptions

Sound = TypeVar("Sound")
# Maximum number of steps; beyond it, only steps on the path to the current one are kept.
MOST = 400


@dataclass(frozen=True, eq=False)
class SoundState:
    """A sound at one step: its codes (None for a continuous model), its slider settings, and the frozen cells."""

    codes: Codes | None = None
    shape: SliderSettings | None = None
    frozen: tuple[Cells, ...] = ()

    def keep_frozen(self, after: Codes) -> Codes:
        """Return codes `after` of as many frames, with frozen cells kept from this state."""
        kept = mask(self.frozen, self.codes)
        return after.with_indices(np.where(kept, self.codes.indices, after.indices)) if kept.any() else after


@dataclass(frozen=True, eq=False)
class Step:
    """What was done, as data and in words, the resulting state, and the number of the parent step (-1 for the root).

    `action` is an Edit, a Shape for slider moves, or GenerateOptions where a part was regenerated; at the root the options
    that the sound was written by, if any. `kept` are the cells that were frozen when the step was done; those of the
    parent's state may change afterwards.
    """

    before: int
    action: Edit | SliderSettings | GenerateOptions | None
    description: str
    state: SoundState
    kept: tuple[Cells, ...] = ()


@dataclass(frozen=True, eq=False)
class History:
    """Steps by number, the current one (`at`), and for every step the one that redo leads to (`ahead`; -1: none)."""

    steps: tuple[Step, ...]
    at: int
    ahead: tuple[int, ...]

    @classmethod
    def begin(cls, state: SoundState, description: str = "", action: GenerateOptions | None = None) -> History:
        """Return the history of a new sound, with the options that it was written by."""
        return cls((Step(-1, action, description, state),), 0, (-1,))

    @property
    def state(self) -> SoundState:
        return self.steps[self.at].state

    @property
    def place(self) -> tuple[int, int]:
        """The current step and the number of steps; the pair changes with every undo, redo and new step."""
        return self.at, len(self.steps)

    @property
    def can_undo(self) -> bool:
        return self.steps[self.at].before >= 0

    @property
    def can_redo(self) -> bool:
        return self.ahead[self.at] >= 0

    @property
    def path(self) -> tuple[int, ...]:
        """The numbers of the steps from the root to the current one."""
        return self._path_to(self.at)

    def _path_to(self, number: int) -> tuple[int, ...]:
        found = [number]
        while self.steps[found[-1]].before >= 0:
            found.append(self.steps[found[-1]].before)
        return tuple(reversed(found))

    def done(
        self,
        action: Edit | SliderSettings | GenerateOptions,
        description: str,
        state: SoundState,
        kept: tuple[Cells, ...] | None = None,
    ) -> History:
        """Add a step after the current one; a new branch if the current step has children. `kept` defaults to the cells
        frozen now."""
        steps = (*self.steps, Step(self.at, action, description, state, self.state.frozen if kept is None else kept))
        grown = History(steps, self.at, (*self.ahead, -1))._went(len(steps) - 1)
        return grown if len(steps) <= MOST else grown._shortened()

    def with_current_step(self, action: Edit | SliderSettings | GenerateOptions | None, state: SoundState) -> History:
        """Replace the state, and the act if given, of the current step, e.g. while a slider is dragged or when cells
        are frozen."""
        step = self.steps[self.at]
        now = replace(step, action=step.action if action is None else action, state=state)
        return replace(self, steps=(*self.steps[: self.at], now, *self.steps[self.at + 1 :]))

    def undo(self) -> History:
        """Move one step back, if there is one."""
        return replace(self, at=self.steps[self.at].before) if self.can_undo else self

    def redo(self) -> History:
        """Move to the child visited last, if there is one."""
        return replace(self, at=self.ahead[self.at]) if self.can_redo else self

    def go(self, number: int) -> History:
        """Move to any step and let redo lead there from its ancestors; unknown numbers are ignored."""
        return self._went(number) if 0 <= number < len(self.steps) else self

    def _went(self, number: int) -> History:
        ahead, path = list(self.ahead), self._path_to(number)
        for before, after in itertools.pairwise(path):
            ahead[before] = after
        return replace(self, at=number, ahead=tuple(ahead))

    @property
    def branches(self) -> tuple[int, ...]:
        """For each step, how often its path leaves the first branch: 0 on it, 1 on steps added after going back, and so
        on."""
        found: list[int] = []
        followed: set[int] = set()  # steps that already have a child
        for step in self.steps:
            turned = step.before in followed
            found.append((found[step.before] if step.before >= 0 else 0) + turned)
            followed.add(step.before)
        return tuple(found)

    def _shortened(self) -> History:
        """Return the last MOST // 2 steps of the current path."""
        kept = self.path[-(MOST // 2) :]
        steps = tuple(replace(self.steps[number], before=place - 1) for place, number in enumerate(kept))
        first = replace(steps[0], action=None)
        return History((first, *steps[1:]), len(kept) - 1, (*range(1, len(kept)), -1))


@dataclass(frozen=True, eq=False)
class SoundHistory(Generic[Sound]):
    """Whole sounds before and after the current one, each as it was left; the nearest is the last of `before` and the
    first of `after`."""

    before: tuple[Sound, ...] = ()
    after: tuple[Sound, ...] = ()

    def replaced(self, left: Sound) -> SoundHistory[Sound]:
        """Return the sounds after a new one replaces `left`; sounds that had been undone are kept before it."""
        return SoundHistory((*self.before, *self.after, left))

    def back(self, left: Sound) -> tuple[Sound, SoundHistory[Sound]]:
        """Return the previous sound, and the sounds around it."""
        *before, found = self.before
        return found, SoundHistory(tuple(before), (left, *self.after))

    def forward(self, left: Sound) -> tuple[Sound, SoundHistory[Sound]]:
        """Return the next sound, and the sounds around it."""
        found, *after = self.after
        return found, SoundHistory((*self.before, left), tuple(after))

    def bounded(self, fits: Callable[[Sequence[Sound]], bool]) -> SoundHistory[Sound]:
        """Drop the oldest previous sounds until the rest fit; the nearest one is always kept."""
        first = next((at for at in range(len(self.before)) if fits(self.before[at:])), len(self.before) - 1)
        return replace(self, before=self.before[max(first, 0) :])
