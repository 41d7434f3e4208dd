"""Clusters: of this computer and of a scheduler; what they share; what can be wrong with either, in one sentence."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import cloudpickle
import psutil
import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster import cluster as clusters
from sda_lib.cluster.cluster import check_address, open_cluster
from sda_lib.cluster.shared import shared_path
from sda_lib.cluster.task_queue import TaskQueue
from sda_lib.errors import SdaError

pytestmark = pytest.mark.slow
cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers can't import tests


def content_of(name):
    return shared_path(name).read_bytes()


def names_in(name):
    folder = shared_path(name)
    return folder.name, sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.wav"))


def place_of(name):
    return str(shared_path(name))


def results(cluster, work, *arguments):
    tasks = TaskQueue(cluster)
    tasks.submit("job", work, *arguments)
    found = []
    while tasks.pending:
        found += tasks.finished()
    return found


def test_workers_of_this_computer_use_the_files_themselves(cluster, tiny_model_path):
    with cluster.share(tiny_model_path) as name:
        assert results(cluster, place_of, name) == [("job", str(tiny_model_path))]


def test_workers_of_a_scheduler_get_files_and_corpora_and_delete_them(by_hand, tiny_model_path, tiny_corpus):
    with open_cluster(scheduler=by_hand) as cluster:
        assert (cluster.size, cluster.address) == (1, by_hand)
        with cluster.share(tiny_model_path) as name, cluster.share_corpus(Corpus.from_folder(tiny_corpus)) as sounds:
            ((_, place),) = results(cluster, place_of, name)
            assert Path(place).name == tiny_model_path.name
            assert place != str(tiny_model_path)
            assert results(cluster, content_of, name) == [("job", tiny_model_path.read_bytes())]
            assert results(cluster, names_in, sounds) == [("job", ("tiny", ["pluck.wav", "rain.wav", "sweep.wav"]))]
            assert Path(place).exists()
        assert not Path(place).exists()
        with pytest.raises(SdaError, match="lacks the files"):
            results(cluster, content_of, name)


def test_more_than_can_be_sent_is_refused(by_hand, tiny_model_path, monkeypatch):
    monkeypatch.setattr(clusters, "MOST_SHARED", 1000)
    with (
        open_cluster(scheduler=by_hand) as cluster,
        pytest.raises(SdaError, match="more than can be sent"),
        cluster.share(tiny_model_path),
    ):
        pass


@pytest.mark.parametrize(
    "address", ["nonsense", "inproc://x", "tcp://", "tcp://host", "host:port", "file:///etc", "a b:1"]
)
def test_what_is_no_address(address):
    with pytest.raises(SdaError, match="no address of a scheduler"):
        check_address(address)


@pytest.mark.parametrize("address", ["", "local", "tcp://10.0.0.5:8786", "tls://host.example:1", "localhost:8786"])
def test_addresses(address):
    check_address(address)


@pytest.mark.parametrize("said", [None, b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.0 400 Bad Request\r\n"])
def test_a_scheduler_that_is_not_there(said, monkeypatch):
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.5)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if said is not None:  # another program is there
            listening.listen()
            threading.Thread(target=lambda: listening.accept()[0].sendall(said), daemon=True).start()
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(SdaError, match=f"no scheduler at {address}"), open_cluster(scheduler=address):
            pass


def test_a_scheduler_without_workers(machines, monkeypatch):
    monkeypatch.setattr(clusters, "FIRST_WORKER_SECONDS", 0.5)
    words = f"{machines.address} has no workers; start some with: dask worker {machines.address}"
    with pytest.raises(SdaError, match=words), open_cluster(scheduler=machines.address):
        pass


def test_other_versions_are_refused(by_hand, monkeypatch):
    monkeypatch.setattr(clusters, "__version__", "0.0.7")
    with (
        pytest.raises(SdaError, match=r"The worker tcp://\S+ has SDA \S+, this computer 0\.0\.7; install the same"),
        open_cluster(scheduler=by_hand),
    ):
        pass
    monkeypatch.undo()
    monkeypatch.setattr(clusters, "_dask_version", lambda facts: str(facts["host"]["python"])[:0] + str(id(facts)))
    with (
        pytest.raises(SdaError, match=r"Dask is .* on the scheduler at .*; install the same"),
        open_cluster(scheduler=by_hand),
    ):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SdaError, match=r"pip install 'sda\[cluster\]'"), open_cluster(1):
        pass


HELD = """
import sys, time
from sda_lib.cluster.cluster import open_cluster
if __name__ == "__main__":
    with open_cluster(2) as cluster:
        cluster.client.wait_for_workers(2, 60)
        tasks = [cluster.client.submit(time.sleep, 600 + number) for number in range(2)]
        print("open", flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_cluster_that_is_ended(ending, tmp_path, interruptible):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", HELD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout.readline() == "open\n"
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    assert {address.ip for child in children for address in listening(child)} <= {"127.0.0.1"}
    assert {address.ip for address in listening(psutil.Process(process.pid))} <= {"127.0.0.1"}
    if ending == signal.SIGINT:
        os.killpg(process.pid, ending)  # as Ctrl-C in a terminal, to all of them
    else:
        process.kill()
    _, said = process.communicate(timeout=60)
    assert said.count("Traceback") <= 1  # that of the script itself
    assert "distributed" not in said.replace("distributed/", "")
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert (len(gone), alive) == (len(children), [])
    left = list(tmp_path.glob("sda-cluster*"))
    assert bool(left) == (ending == signal.SIGKILL)
    if left:  # the next cluster deletes it
        subprocess.run(
            [sys.executable, "-c", "from sda_lib.scratch import scratch_folder; scratch_folder('sda-cluster').rmdir()"],
            env=environment, check=True,
        )  # fmt: skip
        assert not list(tmp_path.glob("sda-cluster*"))


def listening(process):
    return [one.laddr for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]


def test_the_environment_stays_as_it_was():
    before = dict(os.environ)
    with open_cluster(1):
        time.sleep(0.1)
    assert dict(os.environ) == before
