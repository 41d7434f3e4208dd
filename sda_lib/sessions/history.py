"""History of a sound as a tree of steps: undo moves to the parent, redo to the child visited last.

Branches that undo left are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar, Union

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import Cells, Edit, mask

if TYPE_CHECKING:
    from sda_lib.sliders.settings import SliderSettings
    from sda_lib.writers.options import GenerateOptions

Sound = TypeVar("Sound")
# What a step does, as data.
Action = Union["Edit", "SliderSettings", "GenerateOptions"]
# Maximum number of steps; beyond it, only steps on the path to the current one are kept.
MOST_STEPS = 400


@dataclass(frozen=True, eq=False)
class SoundState:
    """State of a sound at one step: codes (None for a continuous model), slider settings and frozen cells."""

    codes: Codes | None = None
    settings: SliderSettings | None = None
    frozen: tuple[Cells, ...] = ()

    def keep_frozen(self, after: Codes) -> Codes:
        """Return the codes `after`, of as many frames, with the frozen cells of this state."""
        if not self.frozen or self.codes is None:
            return after
        return after.with_indices(np.where(mask(self.frozen, self.codes), self.codes.indices, after.indices))


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a history.

    Args:
        parent: number of the step before this one; -1 for the root.
        action: what was done, as data: an edit, slider settings, or options where a part was regenerated. Where closer
            codes were found, it is slider settings with these as their base. At the root, the options that the sound
            was generated with, if any.
        description: the action in words.
        state: the state after the action.
        frozen_before: cells that were frozen during the action; the parent's state can change afterwards.
    """

    parent: int
    action: Action | None
    description: str
    state: SoundState
    frozen_before: tuple[Cells, ...] = ()


@dataclass(frozen=True, eq=False)
class History:
    """Steps by number, the number of the current one, and for each step the one that redo leads to (-1: none)."""

    steps: tuple[Step, ...]
    current: int
    redo_to: tuple[int, ...]

    @classmethod
    def begin(cls, state: SoundState, description: str = "", action: GenerateOptions | None = None) -> History:
        """Return the history of a new sound, with the options that it was generated with."""
        return cls((Step(-1, action, description, state),), 0, (-1,))

    @property
    def state(self) -> SoundState:
        """The current state."""
        return self.steps[self.current].state

    @property
    def position(self) -> tuple[int, int]:
        """The current step and the number of steps; the pair changes with every undo, redo and new step."""
        return self.current, len(self.steps)

    @property
    def can_undo(self) -> bool:
        return self.steps[self.current].parent >= 0

    @property
    def can_redo(self) -> bool:
        return self.redo_to[self.current] >= 0

    @property
    def path(self) -> tuple[int, ...]:
        """The numbers of the steps from the root to the current one."""
        found = [self.current]
        while (parent := self.steps[found[-1]].parent) >= 0:
            found.append(parent)
        return tuple(reversed(found))

    def add(
        self, action: Action, description: str, state: SoundState, frozen_before: tuple[Cells, ...] | None = None
    ) -> History:
        """Add a step after the current one; this starts a new branch if the current step has children.

        `frozen_before` defaults to the cells frozen now.
        """
        frozen = self.state.frozen if frozen_before is None else frozen_before
        steps = (*self.steps, Step(self.current, action, description, state, frozen))
        grown = History(steps, self.current, (*self.redo_to, -1)).go_to(len(steps) - 1)
        return grown if len(steps) <= MOST_STEPS else grown._shortened()

    def with_current_step(self, action: Action | None, state: SoundState, description: str = "") -> History:
        """Replace the state of the current step, and its action and description if given.

        Used while a slider is dragged and when cells are frozen.
        """
        step = self.steps[self.current]
        words = description or step.description
        new = replace(step, action=step.action if action is None else action, state=state, description=words)
        return replace(self, steps=(*self.steps[: self.current], new, *self.steps[self.current + 1 :]))

    def undo(self) -> History:
        """Move to the parent of the current step, if it has one."""
        return replace(self, current=self.steps[self.current].parent) if self.can_undo else self

    def redo(self) -> History:
        """Move to the child visited last, if there is one."""
        return replace(self, current=self.redo_to[self.current]) if self.can_redo else self

    def go_to(self, number: int) -> History:
        """Move to any step; redo from its ancestors then leads back to it. Unknown numbers are ignored."""
        if not 0 <= number < len(self.steps):
            return self
        moved, redo_to = replace(self, current=number), list(self.redo_to)
        for before, after in itertools.pairwise(moved.path):
            redo_to[before] = after
        return replace(moved, redo_to=tuple(redo_to))

    @property
    def branches(self) -> tuple[int, ...]:
        """How often the path to each step leaves the first branch: 0 on it, 1 on a branch from it, and so on."""
        found: list[int] = []
        with_child: set[int] = set()
        for step in self.steps:
            found.append((found[step.parent] if step.parent >= 0 else 0) + (step.parent in with_child))
            with_child.add(step.parent)
        return tuple(found)

    def _shortened(self) -> History:
        """Return the last MOST_STEPS // 2 steps of the current path."""
        kept = self.path[-(MOST_STEPS // 2) :]
        steps = [replace(self.steps[number], parent=place - 1) for place, number in enumerate(kept)]
        steps[0] = replace(steps[0], action=None)
        return History(tuple(steps), len(kept) - 1, (*range(1, len(kept)), -1))


@dataclass(frozen=True, eq=False)
class SoundHistory(Generic[Sound]):
    """Whole sounds before and after the current one, oldest first, each as it was when it was replaced."""

    before: tuple[Sound, ...] = ()
    after: tuple[Sound, ...] = ()

    def replaced(self, left: Sound) -> SoundHistory[Sound]:
        """Return the history after a new sound replaced `left`; sounds that had been undone come before it."""
        return SoundHistory((*self.before, *self.after, left))

    def back(self, left: Sound) -> tuple[Sound, SoundHistory[Sound]]:
        """Return the previous sound, and the history around it."""
        *before, found = self.before
        return found, SoundHistory(tuple(before), (left, *self.after))

    def forward(self, left: Sound) -> tuple[Sound, SoundHistory[Sound]]:
        """Return the next sound, and the history around it."""
        found, *after = self.after
        return found, SoundHistory((*self.before, left), tuple(after))

    def bounded(self, fits: Callable[[Sequence[Sound]], bool]) -> SoundHistory[Sound]:
        """Drop the oldest previous sounds until the rest fit; the last one is always kept."""
        first = next((at for at in range(len(self.before)) if fits(self.before[at:])), len(self.before) - 1)
        return replace(self, before=self.before[max(first, 0) :])
