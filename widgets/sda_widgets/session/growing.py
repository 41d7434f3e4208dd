"""Grow verbs of a session: add sounds to a model or retrain it, each as a run of its own."""

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

# How many exported sounds are offered, newest first.
MOST_SAVED = 500


class GrowVerbs(HasTraits):
    """Session mixin for adding sounds to models and for acting on proposals of a health check."""

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
        """Add sounds to the model at `origin` in a separate process; the result is a new model."""
        from sda_lib.runs import manage

        path = self._model_path(name)
        growing = manage.GrowOptions(Path(origin), minutes, keep=keep)
        job = manage.Job(name, tuple(map(Path, sounds)), path, growing=growing).checked()
        sda_lib.Corpus.from_paths(job.sounds)  # raises SdaError now if the sounds are unusable
        self._watch(manage.start(self.places.runs, job))

    @verb
    def propose(self, proposal: Any) -> None:
        """Show a Retraining in the training window for review."""
        self.set(proposal=None)  # so that the same proposal triggers observers again
        self.set(proposal=proposal, tab="train" if self.tab else "")

    @verb
    def play_trained(self) -> None:
        """Open the model made by this page's run."""
        self._open(self.run.model_path)
        self.tab = "play" if self.tab else ""

    @property
    def saved_sounds(self) -> tuple[Path, ...]:
        """Paths of the exported sounds, newest first, at most MOST_SAVED."""
        found = [path for path in self.places.exports.rglob("*") if folders.is_sound(path.name) and _is_shown(path)]
        return tuple(sorted(found, key=modified, reverse=True)[:MOST_SAVED])

    @observe("events")
    def _something_ended(self, change: Any) -> None:
        """Read the growth report once the run is done."""
        last = change.new[-1] if change.new else None
        self.growth = self._growth() if last is not None and last.kind == "done" else None

    def _growth(self) -> Any:
        if self.run is None or self.run.growing is None:
            return None
        from sda_lib.growing.report import Growth
        from sda_lib.model.header import peek

        with contextlib.suppress(SdaError):  # stopped before a model was written
            return Growth.last_of(peek(self.run.model_path))
        return None


def _is_shown(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")
