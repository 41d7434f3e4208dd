"""What a session does about models that are to grow or to be trained again: runs of their own, as any training."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits, Unicode, observe

import sda_lib
from sda_lib.config import GROW_KEEP, GROW_MINUTES
from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.session.guard import verb
from sda_widgets.session.saving import modified

MOST_SAVED = 500
"""Saved sounds that are offered, the newest ones."""


class GrowVerbs(HasTraits):
    """The part of a session that adds sounds to models, and takes up what a health check proposes."""

    growth = AnyTrait(None, allow_none=True, help="Growth of the model of this page's run, once that has ended")
    proposal = AnyTrait(None, allow_none=True, help="Retraining that is to be looked over; nothing starts by itself")
    tab = Unicode(help="the side of the page that is shown: play or train; nothing where there is one side only")

    @verb
    def grow(
        self,
        origin: str | Path,
        sounds: Sequence[str | Path],
        name: str,
        minutes: float = GROW_MINUTES,
        keep: float = GROW_KEEP,
    ) -> None:
        """Add sounds to the model at `origin` in a process of its own; what comes of it is a new model."""
        from sda_lib.runs import manage

        path = self._model_path(name)
        growing = manage.Growing(Path(origin), minutes, keep=keep)
        job = manage.Job(name, tuple(map(Path, sounds)), path, growing=growing).checked()
        sda_lib.Corpus.from_paths(job.sounds)  # says at once what is wrong with them
        self._watch(manage.start(self.places.runs, job))

    @verb
    def propose(self, proposal: Any) -> None:
        """Have a Retraining looked over in the training window."""
        self.set(proposal=None)  # the same once more is news too
        self.set(proposal=proposal, tab="train" if self.tab else "")

    @verb
    def play_trained(self) -> None:
        """Open the model that this page's run has made."""
        self._open(self.run.model_path)
        self.tab = "play" if self.tab else ""

    @property
    def saved_sounds(self) -> tuple[Path, ...]:
        """The sounds that were exported here, the newest first."""
        found = [path for path in self.places.exports.rglob("*") if folders.is_sound(path.name) and _is_shown(path)]
        return tuple(sorted(found, key=modified, reverse=True)[:MOST_SAVED])

    @observe("events")
    def _something_ended(self, change: Any) -> None:
        """The last word of a run in which a model grew: what did it do?"""
        last = change.new[-1] if change.new else None
        self.growth = self._growth() if last is not None and last.kind == "done" else None

    def _growth(self) -> Any:
        if self.run is None or self.run.growing is None:
            return None
        from sda_lib.growing.report import Growth
        from sda_lib.model.header import peek

        with contextlib.suppress(SdaError):  # it was stopped before there was a model
            return Growth.last_of(peek(self.run.model_path))
        return None


def _is_shown(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")
