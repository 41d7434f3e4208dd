"""A sweep from its plan to its tables: in this process, on worker processes of this computer, or on a scheduler's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster.cluster import open_cluster
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.files import unwritable
from sda_lib.runs import locks
from sda_lib.sweeps.outcome import Outcome, save_winners, write_tables
from sda_lib.sweeps.plan import SweepPlan, begin_plan
from sda_lib.sweeps.store import SweepFolder
from sda_lib.sweeps.sweep import (
    Here,
    OnCluster,
    SweepEvent,
    Workers,
    check_results,
    read_results,
    shared_corpora,
    sweep,
)

# Called with the name of a training, its step and all its steps while workers train.
Observer = Callable[[str, int, int], object]


@dataclass(frozen=True)
class SweepOptions:
    """How a sweep is carried out.

    Args:
        workers: worker processes on this computer; 0 trains in this process.
        scheduler: address of a Dask scheduler; empty for this computer.
        everything: whether all arms are trained to the end.
        device: "auto", "cpu", "cuda" or "mps".
    """

    workers: int = 0
    scheduler: str = ""
    everything: bool = False
    device: str = "auto"


def run_sweep(
    plan: SweepPlan, corpora: Sequence[Corpus], out: Path, options: SweepOptions, observe: Observer = lambda *_: None
) -> Iterator[SweepEvent]:
    """Carry out a sweep in a folder, or continue it there; yield every part that is done.

    The tables are written after each. Raises SdaError for a folder with another sweep or one that is being carried out,
    for a corpus with which no training succeeds, and where the workers are gone.
    """
    folder = SweepFolder(out)
    with _held(out):
        begin_plan(plan, out)
        with _workers(options, observe) as (workers, shared), shared(tuple(corpora)) as sounds:
            for event in sweep(plan, folder, workers, sounds, options.everything, options.device):
                write_tables(outcome_in(plan, out), out)
                yield event
        results = read_results(plan, folder)
        check_results(plan, results)
        outcome = Outcome.of(plan, results)
        write_tables(outcome, out)
        save_winners(outcome, folder, results)


def outcome_in(plan: SweepPlan, out: Path) -> Outcome:
    """Return the outcome of the results in a sweep's folder. Raises SdaError where they can't be read."""
    return Outcome.of(plan, read_results(plan, SweepFolder(out)))


@contextlib.contextmanager
def _held(out: Path) -> Iterator[None]:
    """Hold a folder for one process. Raises SdaError where another one has it, and for one that can't be made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(out, error) from error
    lock = locks.lock_if_free(out / "sweep")
    if lock is None:
        raise SdaError(
            f"Another process carries out the sweep in {printable(out)}; wait for it, or choose another --out."
        )
    try:
        yield
    finally:
        os.close(lock)


Shared = Callable[[tuple[Corpus, ...]], contextlib.AbstractContextManager[dict[int, str]]]


@contextlib.contextmanager
def _workers(options: SweepOptions, observe: Observer) -> Iterator[tuple[Workers, Shared]]:
    """Open what trains, and how corpora are given to it."""
    if not options.workers and not options.scheduler:
        yield Here(), lambda corpora: shared_corpora(corpora, None)
        return
    with open_cluster(max(1, options.workers), options.scheduler) as cluster:
        workers = OnCluster(cluster, observe)
        try:
            yield workers, lambda corpora: shared_corpora(corpora, cluster)
        finally:
            workers.tasks.cancel()
