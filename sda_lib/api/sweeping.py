"""Sweeps as a value: try settings on corpora, look at the table, load the winners."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from sda_lib.api.corpus import Corpus
from sda_lib.api.model import SdaModel
from sda_lib.api.names import PublicNames
from sda_lib.audio import corpus as core
from sda_lib.config import DEFAULT_EFFORT
from sda_lib.display.page import page
from sda_lib.display.sweeps import sweep_view, write_sweep_page
from sda_lib.errors import SdaError
from sda_lib.sweeps.outcome import Outcome
from sda_lib.sweeps.plan import plan_sweep
from sda_lib.sweeps.running import SweepOptions, outcome_in, run_sweep

AnySounds = core.Corpus | str | PathLike[str]


class Sweep(PublicNames):
    """What a sweep has found: a row per combination of settings and corpus, and the winner of each corpus.

    Args:
        outcome: rows and curves.
        folder: the folder with tables, report and models.

    Example:
        >>> tried = sda_lib.sweep(corpus, {"codec.levels": [1, 2]}, "tried", seeds=1, minutes=0)
        >>> len(tried.rows), tried.folder.name
        (2, 'tried')
        >>> tried.winners["sounds"]["codec.levels"] in (1, 2)
        True
    """

    _unlisted = frozenset({"outcome"})

    def __init__(self, outcome: Outcome, folder: Path) -> None:
        self.outcome, self.folder = outcome, folder

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All combinations, best first within each corpus: settings, mean, standard error, steps, seconds."""
        return [row.facts() for row in self.outcome.rows]

    @property
    def winners(self) -> dict[str, dict[str, Any]]:
        """The row with the smallest mean held-out distance at the end, by corpus."""
        return {row.corpus: row.facts() for row in self.outcome.winners}

    def model(self, corpus: str = "") -> SdaModel:
        """Load the best model of a corpus.

        Args:
            corpus: its name; not needed with one corpus.

        Raises SdaError for an unknown name, and where no training has ended.

        Example:
            >>> tried = sda_lib.sweep(corpus, {"codec.levels": [1, 2]}, "tried", seeds=1, minutes=0)
            >>> tried.model().levels == tried.winners["sounds"]["codec.levels"]
            True
        """
        names = self.outcome.plan.names
        name = corpus or names[0]
        if name not in names or (not corpus and len(names) > 1):
            raise SdaError(f"Name one of the corpora: {', '.join(names)}.")
        return SdaModel.load(self.folder / f"{name}.sda")

    def __repr__(self) -> str:
        best = ", ".join(f"{row.corpus}: {row.title} ({row.distance_in_words})" for row in self.outcome.winners)
        return f"Sweep({len(self.outcome.rows)} rows; best: {best or 'none yet'})"

    def _repr_html_(self) -> str:
        return page(sweep_view(self.outcome))


def sweep(
    sounds: AnySounds | Sequence[AnySounds],
    grid: Mapping[str, Sequence[Any]],
    out: str | PathLike[str],
    seeds: int = 3,
    minutes: float | None = None,
    effort: str = DEFAULT_EFFORT,
    workers: int = 0,
    scheduler: str = "",
    everything: bool = False,
    device: str = "auto",
    on_part: Callable[[str, int, float], object] | None = None,
    **settings: Any,
) -> Sweep:
    """Train every combination of settings on every corpus, and find the one with the smallest held-out distance.

    Combinations are compared at equal steps: after a ninth and a third of them, the best third goes on. The same call
    continues a sweep that was stopped.

    Args:
        sounds: a folder or corpus, or several.
        grid: values to try by setting, e.g. `{"codec.levels": [4, 8]}`.
        out: folder for tables, report and models.
        seeds: trainings of every combination, each with other held-out sounds and other initial weights (1 to 100).
        minutes: time budget of each training instead of the effort's, as steps of an ordinary computer.
        effort: "quick", "balanced", "best" or "studio".
        workers: worker processes on this computer (extra `cluster`); 0 trains in this process.
        scheduler: address of a Dask scheduler whose workers train, e.g. "tcp://10.0.0.5:8786".
        everything: whether all combinations are trained to the end.
        device: "auto", "cpu", "cuda" or "mps", of the workers.
        on_part: called with the name of a training, its step, and the share of the sweep that is done, 0..1.
        **settings: settings of all trainings, e.g. `train__steps=500`.

    Raises SdaError for settings that can't be tried, for a folder with another sweep, and where workers are gone.

    Example:
        >>> sda_lib.sweep("sounds", {"codec.levels": [1, 2]}, "sweep of levels", seeds=1, minutes=0)
        Sweep(2 rows; best: sounds: codec.levels=... (...))
    """
    given = [sounds] if isinstance(sounds, core.Corpus | str | PathLike) else list(sounds)
    corpora = [Corpus.of(one) for one in given]
    common = {key.replace("__", "."): value for key, value in settings.items()}
    plan, folder = plan_sweep(corpora, grid, seeds, minutes, effort, common), Path(out)
    for event in run_sweep(plan, corpora, folder, SweepOptions(workers, scheduler, everything, device)):
        if on_part is not None:
            on_part(event.trial.name, event.result.step, event.share)
    outcome = outcome_in(plan, folder)
    write_sweep_page(outcome, folder)
    return Sweep(outcome, folder)
