"""Sockets between processes: three of them as threads, which meet in a folder."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sda_lib.training.links import linked

SIZE = 3


def met(folders):
    """Return what each of several processes has after they met, each in its own idea of the folder."""
    barrier, votes = threading.Barrier(len(folders)), [True] * len(folders)

    def meet(rank):
        def all_agree(yes):
            votes[rank] = yes
            barrier.wait()
            agreed = all(votes)
            barrier.wait()
            return agreed

        return linked(rank, len(folders), folders[rank], all_agree)

    with ThreadPoolExecutor(len(folders)) as threads:
        return list(threads.map(meet, range(len(folders))))


@pytest.fixture
def links(tmp_path):
    found = met([tmp_path] * SIZE)
    yield found
    for one in found:
        one.close()


def test_nobody_goes_on_before_all_are_there(links):
    passed = threading.Event()
    waiting = [threading.Thread(target=lambda one=one: (one.wait(), passed.set())) for one in links[:2]]
    for one in waiting:
        one.start()
    assert not passed.wait(0.1)
    links[2].wait()
    assert passed.wait(10)
    for one in waiting:
        one.join()


def test_messages_of_the_leader_reach_all_in_order(links):
    for text in (b"first", b"second"):
        links[0].send(text)
    for one in links[1:]:
        assert (one.receive(5), one.receive(6)) == (b"first", b"second")


def test_the_end_of_one_process_is_noticed_by_all(links):
    links[1].close()
    for one in (links[0], links[2]):
        with pytest.raises(ConnectionError):
            one.wait()


def test_processes_that_do_not_meet_have_no_links(tmp_path):
    assert met([tmp_path / "missing"] * 2) == [None, None]
    other = tmp_path / "other"
    other.mkdir()
    assert met([tmp_path, other]) == [None, None]  # the second finds no process to call
    assert met([tmp_path / ("long" * 50)] * 2) == [None, None]
