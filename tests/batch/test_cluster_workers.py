"""Batches on a cluster: the files of one process, in order, none twice and none missing though a worker is killed."""

import os
import signal

import pytest

from sda_lib.batch.batch import Batch, BatchItem, manifest_row, resolve_paths, run_batch
from sda_lib.batch.cluster_workers import cluster_workers
from sda_lib.batch.manifest import read_manifest, update_manifest
from sda_lib.cluster.cluster import open_cluster
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.model.model import SdaModel
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    with open_cluster(2) as opened:
        yield opened


@pytest.fixture(scope="module")
def batch(tiny_model_path):
    return Batch(SdaModel.load(tiny_model_path))


def items(folder, count, **more):
    return [
        BatchItem(folder / f"{seed:03d}.wav", GenerateOptions(0.3, seed, **more), Finish()) for seed in range(count)
    ]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*.wav"))}


def test_a_cluster_writes_the_files_of_one_process_in_order(batch, cluster, tiny_model_path, tmp_path):
    here, there, both = (tmp_path / name for name in ("here", "there", "both"))
    list(run_batch(batch, resolve_paths(batch, items(here, 6))))
    for folder, only_workers in ((there, True), (both, False)):
        with cluster_workers(cluster, tiny_model_path) as tasks:
            made = list(run_batch(batch, resolve_paths(batch, items(folder, 6)), tasks, only_workers))
        assert [one.path.name for one in made] == [f"{seed:03d}.wav" for seed in range(6)]
    assert contents(here) == contents(there) == contents(both)
    assert len(set(contents(here).values())) == 6


def test_workers_with_other_disks_return_files(batch, cluster, tiny_model_path, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    list(run_batch(batch, resolve_paths(batch, items(here, 3))))
    with cluster_workers(cluster, tiny_model_path) as tasks:
        tasks.returns_files = True
        list(run_batch(batch, resolve_paths(batch, items(there, 3)), tasks, only_workers=True))
    assert contents(here) == contents(there)


def test_a_given_sound_goes_with_its_task(batch, cluster, tiny_model_path, tiny_corpus, tmp_path):
    from sda_lib.audio.clip import read_clip

    given = Batch(batch.model, batch.model.encode(read_clip(tiny_corpus / "rain.wav")))
    here, there = tmp_path / "here", tmp_path / "there"
    list(run_batch(given, resolve_paths(given, items(here, 2))))
    with cluster_workers(cluster, tiny_model_path) as tasks:
        list(run_batch(given, resolve_paths(given, items(there, 2)), tasks, only_workers=True))
    assert contents(here) == contents(there)


def test_a_killed_worker_loses_and_doubles_nothing(batch, cluster, tiny_model_path, tmp_path):
    count = 30
    with cluster_workers(cluster, tiny_model_path) as tasks:
        made = run_batch(batch, resolve_paths(batch, items(tmp_path, count)), tasks, only_workers=True)
        done = [next(made) for _ in range(5)]
        os.kill(next(iter(cluster.client.cluster.workers.values())).pid, signal.SIGKILL)
        done += made
    names = [f"{seed:03d}.wav" for seed in range(count)]
    assert [one.path.name for one in done] == names
    update_manifest(tmp_path, [manifest_row(batch, item) for item in done])
    assert [row["file"] for row in read_manifest(tmp_path)] == names == [*contents(tmp_path)]
    assert len(set(contents(tmp_path).values())) == count
    assert not list(tmp_path.glob(".*"))
    cluster.client.wait_for_workers(2, 60)


def test_an_error_ends_the_batch_and_keeps_finished_files(batch, cluster, tiny_model_path, tmp_path):
    wrong = [*items(tmp_path, 3), BatchItem(tmp_path / "x.wav", GenerateOptions(0.3, writer="unknown"), Finish())]
    with cluster_workers(cluster, tiny_model_path) as tasks, pytest.raises(SdaError, match="unknown"):
        list(run_batch(batch, resolve_paths(batch, wrong), tasks, only_workers=True))
    assert "x.wav" not in contents(tmp_path)
    assert not list(tmp_path.glob(".*"))
