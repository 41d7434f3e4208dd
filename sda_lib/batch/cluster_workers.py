"""Workers of a cluster that make sounds of one model: it is sent to each once, and files come back as bytes.

Names of files are the caller's, so a sound that two workers made, because one died, is there once. Workers on this
computer write files themselves, beside and renamed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sda_lib.batch.batch import NumberedItem, load_in_worker
from sda_lib.cluster.cluster import Cluster
from sda_lib.cluster.task_queue import TaskQueue


@contextlib.contextmanager
def cluster_workers(cluster: Cluster, model_path: Path) -> Iterator[TaskQueue[NumberedItem]]:
    """Send a model to the workers of a cluster, which begin to load it, and yield a queue for sounds of it.

    The jobs that are left on exit are given up. Raises SdaError for a model that can't be read or is too large to be
    sent.
    """
    with cluster.share(model_path) as name:
        tasks: TaskQueue[NumberedItem] = TaskQueue(cluster, sent_model=name)
        warm_up = [cluster.client.submit(load_in_worker, name, pure=False) for _ in range(cluster.size)]
        try:
            yield tasks
        finally:
            tasks.cancel()
            del warm_up
