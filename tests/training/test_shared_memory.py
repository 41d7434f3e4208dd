"""Sums through shared memory, in two real processes, and without room for it."""

import subprocess
import sys

import pytest

from sda_lib.training import shared_memory

PEER = """
import sys, pathlib, torch
from sda_lib.training import shared_memory
from sda_lib.training.process_group import joined
from sda_lib.training.world import World

rank, meeting, room = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3] == "room"
if not room:
    shared_memory.PLACES = ()
with joined(World(rank, 2, rank, 2), meeting) as world:
    for turn in range(5):
        for count in (10, 20_000, 30_000):  # by turns, so that slots are used again
            one = torch.arange(count, dtype=torch.float32) * (1 + rank) + turn
            world.average([one[: count // 2], one[count // 2 :]])
            assert one.equal(torch.arange(count) * 1.5 + turn), (turn, count)
    made = [one is not None for one in world.memory._slots.values()]
    assert made == [room, room], made
"""


@pytest.mark.slow
@pytest.mark.parametrize("room", ["room", "none"])
def test_two_processes_have_the_same_sums(tmp_path, room):
    command = [sys.executable, "-c", PEER]
    both = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "meeting"), room], stderr=subprocess.PIPE)
        for rank in range(2)
    ]
    said = [one.communicate(timeout=120)[1] for one in both]
    assert [one.returncode for one in both] == [0, 0], said


def test_room_is_taken_where_there_is_some(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_memory, "PLACES", (tmp_path / "missing", tmp_path))
    path = shared_memory._reserved(5000)
    assert path.startswith(str(tmp_path))
    assert (tmp_path / path).stat().st_size == 5000
    monkeypatch.setattr(shared_memory, "PLACES", (tmp_path / "missing",))
    assert shared_memory._reserved(5000) == ""
