"""Shares of a batch, and exchanges between two real processes."""

import subprocess
import sys

import pytest
import torch

from sda_lib.errors import SdaError
from sda_lib.training.world import ALONE, END, World

# Run by two processes, each with its rank and the file where they meet.
PEER = """
import sys, pathlib, torch
from sda_lib.training.process_group import joined
from sda_lib.training.world import END, LostProcessError, World

rank = int(sys.argv[1])
world = World(rank, 2, rank, 2)
with joined(world, pathlib.Path(sys.argv[2])) as sharing:  # the same one, with memory in common
    one, two = torch.tensor([1.0 + rank, 5.0]), torch.full((2, 2), 4.0 * rank, dtype=torch.float32)
    world.average([one, two])
    assert one.tolist() == [1.5, 5.0] and two.eq(2.0).all()

    weight = torch.tensor([1.0 + 2 * rank], requires_grad=True)
    mean = world.mean(weight)
    mean.square().sum().backward()  # d(mean^2) / d(own) before it is averaged: 2 * mean
    assert mean.item() == 2.0 and weight.grad.item() == 4.0
    assert world.mean(torch.zeros(0)).numel() == 0

    assert world.gather(torch.tensor([[rank, 7]])).tolist() == [[0, 7], [1, 7]]
    assert world.shared_tensors([((2,), torch.int64)]) is None
    counts, notes = sharing.shared_tensors([((2,), torch.int64), ((2, 3), torch.float32)])
    counts[rank], notes[rank] = rank + 5, rank + 0.5
    sharing.wait()
    assert counts.tolist() == [5, 6] and notes[1 - rank].eq(1.5 - rank).all()

    kept = [torch.full((3,), float(rank)), torch.arange(2) + rank]
    world.copy_from_leader(kept)
    assert kept[0].eq(0).all() and kept[1].tolist() == [0, 1]

    if world.leads:
        world.send({"name": "é"}, {"state": torch.arange(3), "step": torch.tensor(2.5, dtype=torch.float64)})
        for one in (world, sharing):  # by gloo, and at sockets
            one.tell_step(0.25, renewed=True)
            one.tell_step(END)
    else:
        facts, tensors = world.receive()
        assert facts == {"name": "é"} and tensors["state"].tolist() == [0, 1, 2] and tensors["step"].item() == 2.5
        for one in (world, sharing):
            assert one.next_step() == (0.25, True) and one.next_step() is None
        sys.exit(0)  # the other one is left alone
    for exchange in (lambda: world.average([kept[0]]), sharing.wait):
        try:
            while True:
                exchange()
        except LostProcessError as error:
            print(error)
"""


def test_shares_are_equal_and_cover_the_batch():
    rows = list(range(12))
    assert [rows[World(rank, 3).share(12)[0]] for rank in range(3)] == [rows[:4], rows[4:8], rows[8:]]
    assert rows[ALONE.share(12)[0]] == rows
    assert World(1, 2).share(12, 1, 3) == (slice(8, 10), (4, 6))
    with pytest.raises(SdaError, match=r"batch of 8 .* 3 processes.*train\.batch=9"):
        World(0, 3).share(8)


def test_one_process_exchanges_nothing():
    one = torch.tensor([2.0], requires_grad=True)
    ALONE.average([one])
    ALONE.copy_from_leader([one])
    ALONE.tell_step(END)
    ALONE.send({})
    ALONE.wait()
    assert ALONE.shared_tensors([((2,), torch.float32)]) is None
    assert ALONE.mean(one) is one
    assert ALONE.gather(one) is one
    assert ALONE.leads


@pytest.mark.slow
def test_two_processes_exchange_tensors_and_notice_an_end(tmp_path):
    command = [sys.executable, "-c", PEER]
    both = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path / "meeting")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for rank in range(2)
    ]
    said = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert said[0][0].decode().count("A process of the training has ended") == 2
