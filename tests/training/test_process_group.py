"""Where a process stands among others: torchrun's variables, GPUs, and followers that can't start."""

import sys

import pytest
import torch

from sda_lib.errors import SdaError
from sda_lib.training import process_group
from sda_lib.training.process_group import device_of, launched, on_device, own_threads, training_world
from sda_lib.training.world import ALONE, LostProcessError, World


def test_the_variables_of_torchrun_are_read():
    assert launched({}) == launched({"RANK": "0"}) == ALONE
    assert launched({"RANK": "1", "WORLD_SIZE": "4"}) == World(1, 4, 0, 1)  # who else is on this computer is unknown
    two_computers = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}
    assert launched(two_computers) == World(5, 8, 1, 4)
    for wrong in (
        {"RANK": "4", "WORLD_SIZE": "4"},
        {"RANK": "x", "WORLD_SIZE": "2"},
        {"RANK": "-1", "WORLD_SIZE": "2"},
    ):
        with pytest.raises(SdaError, match="torchrun"):
            launched(wrong)


def test_only_the_first_process_leads(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SdaError, match="process 1 of 2"), training_world(None, "cpu", 8):
        pass


def test_each_process_has_a_gpu_of_its_own(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    assert device_of(World(3, 4, 1, 2), "cuda") == "cuda:1"
    assert device_of(ALONE, "mps") == "mps"
    assert device_of(World(0, 2), "cpu") == "cpu"
    with pytest.raises(SdaError, match="3 processes need as many GPUs, and there are 2"):
        device_of(World(0, 3, 0, 3), "cuda")
    with pytest.raises(SdaError, match="not on mps"):
        device_of(World(0, 2, 0, 2), "mps")


def test_processes_divide_the_threads(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert [own_threads(one) for one in (ALONE, World(0, 4, 0, 2), World(0, 9, 0, 9))] == [8, 4, 1]


def test_one_process_joins_nothing():
    for processes in (None, 1):
        with training_world(processes, "cpu", 7) as world:
            assert world is ALONE


def test_the_number_of_processes_is_held(monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SdaError, match="torchrun has started 2 processes, not 4"), training_world(4, "cpu", 8):
        pass


def test_a_batch_that_cannot_be_divided_is_refused_before_anything_starts(monkeypatch):
    monkeypatch.setattr(process_group, "_start_follower", lambda *_: pytest.fail("started"))
    with pytest.raises(SdaError, match="batch of 8"), training_world(3, "cpu", 8):
        pass


def test_followers_that_end_at_once_are_noticed(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(LostProcessError, match="could not start"), training_world(2, "cpu", 8):
        pass


def test_gpus_have_a_group_of_their_own(monkeypatch):
    made = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    monkeypatch.setattr(torch.distributed, "new_group", lambda **how: made.append(how) or "gpus")
    world, device = on_device(World(1, 2, 1, 2), "cuda")
    assert (device, world.gpus) == ("cuda:1", "gpus")
    assert world._group(torch.zeros(1, device="meta")) is None
    assert [how["backend"] for how in made] == ["nccl"]
    assert on_device(World(1, 2, 1, 2), "cpu") == (World(1, 2, 1, 2), "cpu")
    assert on_device(ALONE, "cuda") == (ALONE, "cuda")
    assert len(made) == 1
