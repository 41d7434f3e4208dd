"""Optimizer steps shared by real processes, beside those of one."""

import subprocess
import sys

import pytest
import torch

from sda_lib.training.optimizer_shards import equal_shares, optimizer_shards
from sda_lib.training.world import ALONE

SIZE = 3
# Run by each process with its rank, the file where they meet, and what memory there is.
PEER = """
import sys, pathlib, torch
from sda_lib.training import shared_memory
from sda_lib.training.optimizer_shards import optimizer_shards
from sda_lib.training.process_group import joined
from sda_lib.training.world import World

SIZE, rank, meeting, kind = 3, int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
if kind == "gloo":
    shared_memory.linked = lambda *_: None
if kind == "none":
    shared_memory.PLACES = ()
random = torch.Generator().manual_seed(0)
shapes = [(40, 30), (1,), (), (30, 8, 2), (300,), (7, 7)]
starts = [torch.randn(shape, generator=random) for shape in shapes]
gradients = torch.randn(6, SIZE, sum(one.numel() for one in starts), generator=random)  # [step, process, element]
gradients[3:] *= 1e-3  # the first steps are scaled to the largest norm, these are not

def optimizer_of(weights):
    return torch.optim.AdamW(weights, lr=0.01, fused=True)

def give(weights, flat):
    for one, part in zip(weights, flat.split([one.numel() for one in weights])):
        one.grad = part.view_as(one).clone()

def step_alone(weights, optimizer, some):
    total = some[0].clone()
    for one in some[1:]:
        total += one
    give(weights, total / SIZE)
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()

alone, own = ([torch.nn.Parameter(one.clone()) for one in starts] for _ in range(2))
optimizers = [optimizer_of(some) for some in (alone, own)]
if kind == "later":  # as in a training that goes on
    for weights, optimizer in zip((alone, own), optimizers):
        step_alone(weights, optimizer, gradients[0])
with joined(World(rank, SIZE, rank, SIZE), meeting) as world:
    with optimizer_shards(optimizers[1], own, world) as shards:
        assert (shards is None) == (kind == "none")
        for some in gradients if shards else ():
            step_alone(alone, optimizers[0], some)
            give(own, some[rank])
            loss = shards.step(torch.tensor(float(rank)), 1.0)
            assert loss.shape == () and loss.item() == 1.0
            assert all(one.equal(other) for one, other in zip(own, alone))
        sharing = sum(one.grad is not None for one in own)
        assert world.gather(torch.tensor([sharing])).sum() == (len(own) if shards else 0)
        shared = [one.data_ptr() for one in own]
    for one, other, place in zip(own, alone, shared):  # all are there, in memory of their own
        assert one.equal(other) and (one.data_ptr() != place or shards is None)
        one_state, other_state = optimizers[1].state[one], optimizers[0].state[other]
        assert one_state.keys() == other_state.keys()
        assert all(one_state[name].equal(other_state[name]) for name in one_state)
    last = own[0].detach().clone()
    own[0].data.add_(rank)
    world.gather(last)
    assert own[0].equal(last + rank)  # others' are not changed any more
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        "first",
        pytest.param("later", marks=pytest.mark.long),
        pytest.param("gloo", marks=pytest.mark.long),
        pytest.param("none", marks=pytest.mark.long),
    ],
)
def test_processes_take_the_step_of_one_to_the_last_bit(tmp_path, kind):
    command = [sys.executable, "-c", PEER]
    started = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "meeting"), kind], stderr=subprocess.PIPE)
        for rank in range(SIZE)
    ]
    said = [one.communicate(timeout=120)[1] for one in started]
    assert [one.returncode for one in started] == [0] * SIZE, said


def test_one_process_takes_whole_steps():
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([weight], fused=True)
    with optimizer_shards(optimizer, [weight], ALONE) as shards:
        assert shards is None
    assert not optimizer.state


def test_shares_are_about_equal_and_hold_every_item_once():
    assert equal_shares([5, 1, 3, 2], 2) == [[0, 1], [2, 3]]
    sizes = [262144, 131328, 65536, 65536, 65536, 65536, 8192, 512, 128, 128]
    for count in (1, 2, 3):
        shares = equal_shares(sizes, count)
        assert sorted(number for share in shares for number in share) == list(range(len(sizes)))
        sums = [sum(sizes[number] for number in share) for share in shares]
        assert max(sums) - min(sums) < 0.25 * max(sums)
    assert equal_shares([4, 2], 3) == [[0], [1], []]
