"""Carry out a sweep: give workers the trainings that are due, note what they did, until none is due."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster.cluster import Cluster
from sda_lib.cluster.shared import new_name, shared_here
from sda_lib.errors import SdaError
from sda_lib.sweeps.halving import Due, due, steps_left
from sda_lib.sweeps.plan import SweepPlan, Trial
from sda_lib.sweeps.store import SweepFolder, TrialResult
from sda_lib.sweeps.trial import Part, PartDone, train_part, train_part_in_worker

Results = Mapping[Trial, TrialResult]


@dataclass(frozen=True)
class SweepEvent:
    """A part of a training is done: which, its result so far, and the share of all steps that are done, 0..1."""

    trial: Trial
    result: TrialResult
    share: float


class Workers(Protocol):
    """Where trainings are done: in this process, or on a cluster."""

    def submit(self, due: Due, part: Part) -> None:
        """Have a part of a training done."""

    def finished(self) -> Iterator[tuple[Due, PartDone]]:
        """Yield parts that are done, waiting for the first."""

    @property
    def is_busy(self) -> bool:
        """Whether no more parts should be given now."""


def sweep(
    plan: SweepPlan, folder: SweepFolder, workers: Workers, sounds: Mapping[int, str], everything: bool = False,
    device: str = "auto",
) -> Iterator[SweepEvent]:  # fmt: skip
    """Train what is due until nothing is, and yield what was done.

    Args:
        plan: the trainings.
        folder: where results are kept, and found again after a stop.
        workers: where the trainings are done.
        sounds: names of the shared corpora (`cluster.shared`) by number.
        everything: whether all arms are trained to the end.
        device: "auto", "cpu", "cuda" or "mps".

    Raises SdaError where the workers are gone, and where results can't be written.
    """
    results = read_results(plan, folder)
    begun = steps_left(plan, states_of(results), everything)
    working: set[Trial] = set()
    while True:
        waiting = [one for one in due(plan, states_of(results), everything) if one.trial not in working]
        for one in waiting:
            if workers.is_busy:
                break
            workers.submit(one, _part(plan, folder, one, results, sounds, device))
            working.add(one.trial)
        if not working:
            return
        for one, done in workers.finished():
            working.discard(one.trial)
            results[one.trial] = folder.add(one.trial, results.get(one.trial, TrialResult()), done)
            left = steps_left(plan, states_of(results), everything)
            yield SweepEvent(one.trial, results[one.trial], 1 - left / begun if begun else 1.0)


def read_results(plan: SweepPlan, folder: SweepFolder) -> dict[Trial, TrialResult]:
    """Return the results of all trainings that have begun. Raises SdaError where one can't be read."""
    found = ((trial, folder.result(trial)) for arm in plan.arms for trial in plan.trials(arm))
    return {trial: result for trial, result in found if result.folder or result.problem}


def states_of(results: Results) -> dict[Trial, Any]:
    """Return what rungs are decided by."""
    return {trial: result.state for trial, result in results.items()}


def _part(
    plan: SweepPlan, folder: SweepFolder, one: Due, results: Results, sounds: Mapping[int, str], device: str
) -> Part:
    trial = one.trial
    files = folder.files(trial, results[trial]) if trial in results else {}
    corpus = trial.arm.corpus
    return Part(sounds[corpus], plan.recipe(trial).to_json(), plan.names[corpus], device, one.until, files)


class Here:
    """Trainings in this process, one after the other."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Due, Part]] = []

    @property
    def is_busy(self) -> bool:
        """Whether a training waits."""
        return bool(self._waiting)

    def submit(self, due: Due, part: Part) -> None:
        """Take a part, which is done by `finished`."""
        self._waiting.append((due, part))

    def finished(self) -> Iterator[tuple[Due, PartDone]]:
        """Do what waits, and yield it."""
        while self._waiting:
            due, part = self._waiting.pop(0)
            yield due, train_part(part)


class OnCluster:
    """Trainings on a cluster; `observe` is called with (trial, step, of all steps) as Dask's events come in."""

    def __init__(self, cluster: Cluster, observe: Callable[[str, int, int], object]) -> None:
        from sda_lib.cluster.task_queue import TaskQueue

        self.tasks: TaskQueue[Due] = TaskQueue(cluster)
        self.topic = new_name()
        cluster.client.subscribe_topic(
            self.topic, lambda event: observe(event[1]["trial"], event[1]["step"], event[1]["of"])
        )

    @property
    def is_busy(self) -> bool:
        """Whether the workers have enough to do."""
        return self.tasks.is_busy

    def submit(self, due: Due, part: Part) -> None:
        """Queue a part. Raises SdaError where the cluster is gone."""
        self.tasks.submit(due, train_part_in_worker, part, self.topic, due.trial.name)

    def finished(self) -> Iterator[tuple[Due, PartDone]]:
        """Yield parts that are done. Raises SdaError where the cluster is gone."""
        yield from self.tasks.finished()


@contextlib.contextmanager
def shared_corpora(corpora: tuple[Corpus, ...], cluster: Cluster | None) -> Iterator[dict[int, str]]:
    """Share corpora with the workers of a cluster, or with this process; yields their names by number."""
    with contextlib.ExitStack() as stack:
        found = {}
        for number, corpus in enumerate(corpora):
            shared = shared_here(corpus.folder.absolute()) if cluster is None else cluster.share_corpus(corpus)
            found[number] = stack.enter_context(shared)
        yield found


def check_results(plan: SweepPlan, results: Results) -> None:
    """Raise SdaError where every training of a corpus has failed."""
    for corpus, name in enumerate(plan.names):
        found = [result for trial, result in results.items() if trial.arm.corpus == corpus]
        if found and all(result.problem for result in found):
            raise SdaError(f"No training of {name} succeeded: {found[0].problem}")
