"""Corpus with the verb that people look for: train."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sda_lib.api.model import SdaModel
from sda_lib.audio import corpus as core
from sda_lib.config import DEFAULT_PRESET, Recipe
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.file_names import checked_name, without_unprintable
from sda_lib.files import part_folder
from sda_lib.home import Home
from sda_lib.runs import manage
from sda_lib.runs.worker import run_here
from sda_lib.training.device import choose_device


class Corpus(core.Corpus):
    """A folder's usable sounds, sorted by name, and the files that were skipped, each with the reason."""

    def train(
        self,
        minutes: float | None = None,
        name: str = "",
        preset: str = DEFAULT_PRESET,
        device: str = "auto",
        force: bool = False,
        on_event: Callable[[Event], object] | None = None,
        **settings: Any,
    ) -> SdaModel:
        """Train a model on the sounds. An interrupt (Ctrl-C, or that of the cell) keeps the best model so far.

        Args:
            minutes: time budget instead of the preset's; 0 gives the closed-form model alone.
            name: file name of the model in the library; without one it is kept in memory alone.
            preset: "quick", "balanced", "best" or "studio".
            device: "cpu", "cuda", "mps", or "auto".
            force: whether a model of that name is replaced.
            on_event: called with every progress event.
            **settings: values of the recipe, e.g. `codec__levels=5`, `train__steps=100`.

        Raises SdaError for settings out of range, and for a name that is taken.
        """
        recipe = Recipe.for_corpus(self, minutes, preset).override(**settings)
        with _places(name, force) as (runs, path):
            title = name or without_unprintable(self.folder.resolve().name)
            job = manage.Job(title, (self.folder,), path, recipe, device=choose_device(device))
            with manage.create_run(runs, job) as (run, _), contextlib.closing(run_here(run, self)) as events:
                _follow(events, on_event)
            if not path.exists():
                raise SdaError("The training was interrupted before there was a model; start it again.")
            return SdaModel.load(path)

    def __repr__(self) -> str:
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"Corpus({self.folder.name!r}, {len(self)} files, {self.minutes:.1f} min{skipped})"


def _follow(events: Iterable[Event], on_event: Callable[[Event], object] | None) -> None:
    """Go through the events of a training until it ends or is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        for event in events:
            if on_event is not None:
                on_event(event)


@contextlib.contextmanager
def _places(name: str, force: bool) -> Iterator[tuple[Path, Path]]:
    """Yield the folder of the run and the path of the model; temporary ones for a model without a name."""
    if not name:
        with part_folder(Path(tempfile.gettempdir()) / "sda-training") as folder:
            yield folder / "runs", folder / "model.sda"
        return
    home = Home.from_environment()
    path = home.models / f"{checked_name(name)}.sda"
    if path.exists() and not force:
        raise SdaError(f"There is a model {name} already; give force=True to replace it, or another name.")
    yield home.runs, path
