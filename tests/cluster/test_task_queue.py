"""Jobs on a cluster: all are done, also where a worker is killed; errors of tasks and of the cluster are sentences."""

import os
import signal
import sys
import time

import cloudpickle
import pytest
from distributed import get_worker

from sda_lib.cluster import task_queue
from sda_lib.cluster.cluster import open_cluster
from sda_lib.cluster.task_queue import TaskQueue
from sda_lib.errors import SdaError

pytestmark = pytest.mark.slow
cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers can't import tests


def square(number, seconds=0.0):
    time.sleep(seconds)
    return number * number


def refuse(words):
    raise SdaError(words)


def end_worker(_):
    os.kill(os.getpid(), signal.SIGKILL)


def worker_number(_):
    return os.getpid(), get_worker().address


def all_of(tasks):
    found = []
    while tasks.pending:
        found += tasks.finished()
    return found


def test_all_jobs_are_done_by_all_workers(cluster):
    tasks = TaskQueue(cluster)
    for number in range(20):
        tasks.submit(number, square, number)
    assert sorted(all_of(tasks)) == [(number, number * number) for number in range(20)]
    for number in range(8):
        tasks.submit(number, worker_number, number)
    assert len({place for _, place in all_of(tasks)}) >= 1


def test_it_is_busy_with_some_jobs_per_worker_and_does_not_wait_when_told(cluster):
    tasks = TaskQueue(cluster)
    while not tasks.is_busy:
        tasks.submit(len(tasks.pending), square, 2, 1.0)
    assert len(tasks.pending) == task_queue.QUEUED_PER_WORKER * cluster.size
    assert list(tasks.finished(0)) == []
    assert len(all_of(tasks)) == task_queue.QUEUED_PER_WORKER * cluster.size
    assert not tasks.is_busy


def test_the_first_error_of_a_task_is_raised_as_it_is(cluster):
    tasks = TaskQueue(cluster)
    tasks.submit(0, refuse, "There is no such writer; choose another.")
    with pytest.raises(SdaError, match=r"^There is no such writer; choose another\.$"):
        all_of(tasks)


def test_a_killed_worker_is_replaced_and_its_jobs_are_done_again(cluster):
    tasks = TaskQueue(cluster)
    for number in range(12):
        tasks.submit(number, square, number, 0.2)
    found = list(tasks.finished())
    victim = next(iter(cluster.client.cluster.workers.values())).pid
    os.kill(victim, signal.SIGKILL)
    found += all_of(tasks)
    assert sorted(found) == [(number, number * number) for number in range(12)]
    cluster.client.wait_for_workers(2, 60)


def test_a_task_that_kills_every_worker_ends_with_a_sentence(monkeypatch):
    monkeypatch.setattr(task_queue, "WITHOUT_WORKERS", 600.0)  # four starts of a process on a busy machine
    with open_cluster(1) as own:
        tasks = TaskQueue(own)
        tasks.submit(0, end_worker, None)
        with pytest.raises(SdaError, match=r"were killed 4 times over one task \(out of memory\?\)"):
            all_of(tasks)


def test_a_scheduler_that_ends_is_said(machines):
    machines.start_worker()
    with open_cluster(scheduler=machines.address) as cluster:
        tasks = TaskQueue(cluster)
        tasks.submit(0, square, 3, 600)
        time.sleep(0.5)
        os.killpg(machines.started[0].pid, signal.SIGKILL)
        with pytest.raises(SdaError, match="was lost; check that it runs, and run the command again"):
            all_of(tasks)


def test_workers_that_are_gone_are_waited_for_and_then_missed(machines, monkeypatch):
    monkeypatch.setattr(task_queue, "LOOK_SECONDS", 0.2)
    first = machines.start_worker()
    with open_cluster(scheduler=machines.address) as cluster:
        tasks = TaskQueue(cluster)
        tasks.submit(0, square, 3, 1.0)
        os.killpg(first.pid, signal.SIGKILL)
        second = machines.start_worker()
        assert all_of(tasks) == [(0, 9)]
        tasks.submit(0, square, 3, 600)
        monkeypatch.setattr(task_queue, "WITHOUT_WORKERS", 1.0)
        os.killpg(second.pid, signal.SIGKILL)
        with pytest.raises(SdaError, match=r"The scheduler at \S+ has had no workers for 1 s; start some"):
            all_of(tasks)
