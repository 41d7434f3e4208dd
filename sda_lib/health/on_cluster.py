"""Health of several models at once, on the workers of a cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster.cluster import Cluster
from sda_lib.cluster.shared import one_task_at_a_time, shared_path
from sda_lib.cluster.task_queue import TaskQueue
from sda_lib.health.diagnose import HealthReport, diagnose
from sda_lib.model.model import SdaModel


def diagnose_on_cluster(
    cluster: Cluster, models: Sequence[Path], corpus: Corpus | None = None
) -> Iterator[HealthReport]:
    """Measure models as `diagnose` does, one on each worker, and yield the reports in the order of the models.

    Raises SdaError as `diagnose` does, and where the workers are gone.
    """
    with contextlib.ExitStack() as stack:
        sounds = "" if corpus is None else stack.enter_context(cluster.share_corpus(corpus))
        tasks: TaskQueue[int] = TaskQueue(cluster)
        stack.callback(tasks.cancel)
        for number, path in enumerate(models):
            tasks.submit(number, diagnose_in_worker, stack.enter_context(cluster.share(path)), sounds)
        held: dict[int, HealthReport] = {}
        for number in range(len(models)):
            while number not in held:
                held.update(tasks.finished())
            yield held.pop(number)


def diagnose_in_worker(model: str, sounds: str) -> HealthReport:
    """Measure a model that was sent to this worker, on a folder that was sent if it is named. Raises SdaError."""
    with one_task_at_a_time():
        corpus = Corpus.from_folder(shared_path(sounds)) if sounds else None
        return diagnose(SdaModel.load(shared_path(model)), corpus)
