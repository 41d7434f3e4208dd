"""Join the processes of a training: those that torchrun has started, or others that this one starts.

The leader starts its followers with the variables of torchrun's environment (RANK, WORLD_SIZE, LOCAL_RANK,
LOCAL_WORLD_SIZE), so that both ways are one from there on. Only where they meet differs: torchrun's processes at
MASTER_ADDR:MASTER_PORT, the leader's own at a file, so that a training on one computer opens no port to the network.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import torch
import torch.distributed as dist

from sda_lib.errors import SdaError
from sda_lib.scratch import scratch_folder
from sda_lib.training.shared_memory import SharedMemory
from sda_lib.training.world import ALONE, LostProcessError, World

# Environment variable with the file at which followers meet the leader that started them.
MEETING = "SDA_MEETING"
# Longest that a process waits for another one: the leader alone fits the closed form and measures the model. The end of
# a process is noticed at once; this is for computers that vanish from the network.
PATIENCE = timedelta(hours=2)
# Longest that a GPU waits for another one. A step begins on all of them at once, so this is short: a GPU that waits for
# a lost one can do nothing else until then.
GPU_PATIENCE = timedelta(minutes=5)
# Seconds that followers may take to start, and to end.
START_SECONDS, END_SECONDS = 300.0, 10.0
POLL_SECONDS = 0.05
# Environment variable with the interface that gloo uses, and that of this computer alone by platform.
INTERFACE = "GLOO_SOCKET_IFNAME"
LOOPBACK = {"linux": "lo", "darwin": "lo0"}


def launched(environment: Mapping[str, str] = os.environ) -> World:
    """Return this process's place among the processes that were started together, by torchrun or by a leader.

    Raises SdaError for variables that don't fit together.
    """
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        return ALONE
    try:
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        local_rank = int(environment.get("LOCAL_RANK", 0))
        local_size = int(environment.get("LOCAL_WORLD_SIZE", local_rank + 1))
    except ValueError as error:
        raise SdaError(
            "RANK and WORLD_SIZE must be numbers; start the training with torchrun, or unset them."
        ) from error
    if not 0 <= rank < size or not 0 <= local_rank < local_size <= size:
        raise SdaError(f"RANK is {rank} of WORLD_SIZE {size}; start the training with torchrun, or unset both.")
    return World(rank, size, local_rank, local_size)


def device_of(world: World, device: str) -> str:
    """Return the device of this process: on "cuda" a GPU of its own, which becomes the current one.

    Raises SdaError when there are too few.
    """
    if world.size == 1 or device == "cpu":
        return device
    if device != "cuda":
        raise SdaError(f"Several processes train on cpu or cuda, not on {device}; leave out --processes.")
    if torch.cuda.device_count() < world.local_size:
        raise SdaError(
            f"{world.local_size} processes need as many GPUs, and there are {torch.cuda.device_count()}; "
            "use fewer processes, or --device cpu."
        )
    torch.cuda.set_device(world.local_rank)
    return f"cuda:{world.local_rank}"


def on_device(world: World, device: str) -> tuple[World, str]:
    """Return the world and the device of this process, with a group of all GPUs if these are trained on.

    All processes call it together. Raises SdaError as `device_of` does.
    """
    own = device_of(world, device)
    if world.size > 1 and device == "cuda":
        group = dist.new_group(backend="nccl", timeout=GPU_PATIENCE)
        world = replace(world, gpus=cast(dist.ProcessGroup, group))  # every process is a member
    return world, own


def own_threads(world: World) -> int:
    """Return the number of threads that this process may use: its share of those of torch."""
    return max(1, torch.get_num_threads() // world.local_size)


@contextlib.contextmanager
def training_world(processes: int | None, device: str, batch: int, parts: int = 1) -> Iterator[World]:
    """Join the processes of a training as its leader, and yield the world; followers end with the context.

    `processes` is their number; None is one, or those that torchrun has started. Each computes its share of a batch in
    `parts` of equal size. Raises SdaError when torchrun has started another number, when the batch or the GPUs can't be
    divided among them, or when they can't be joined.
    """
    found = launched()
    if not found.leads:
        raise SdaError(f"This is process {found.rank} of {found.size}: only the first one trains; use `sda train`.")
    if processes not in (None, found.size) and found.size > 1:
        raise SdaError(f"torchrun has started {found.size} processes, not {processes}; leave out --processes.")
    world = found if found.size > 1 else World(0, processes or 1, 0, processes or 1)
    world.share(batch, 0, parts)
    device_of(world, device)
    if world.size > 1 and not dist.is_available():
        raise SdaError("This PyTorch can't train in several processes; leave out --processes.")
    if world.size == 1:
        yield ALONE
    elif found.size > 1:
        with joined(found) as world:
            yield world
    else:
        with _meeting_place() as meeting, _followers(world, meeting), joined(world, meeting) as world:
            yield world


@contextlib.contextmanager
def joined(world: World, meeting: Path | None = None) -> Iterator[World]:
    """Join the group of all processes, check that it has as many as wanted, and yield the world. Raises SdaError.

    This group exchanges messages and tensors on the CPU, by gloo; `on_device` adds one for GPUs.
    """
    meeting = meeting or (Path(os.environ[MEETING]) if MEETING in os.environ else None)
    store = dist.FileStore(str(meeting), world.size) if meeting is not None else None
    where = _on_loopback() if meeting is not None else contextlib.nullcontext()
    try:
        with where:
            dist.init_process_group("gloo", store=store, rank=world.rank, world_size=world.size, timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise SdaError(f"The {world.size} processes of the training can't reach each other: {error}") from error
    with contextlib.ExitStack() as joining:
        joining.callback(_leave_group)
        _check_size(world)
        if world.local_size == world.size:
            memory = SharedMemory(world.rank, world.size)
            joining.callback(memory.close)
            world = replace(world, memory=memory)
        yield world


def _leave_group() -> None:
    with contextlib.suppress(RuntimeError):
        dist.destroy_process_group()


@contextlib.contextmanager
def _on_loopback() -> Iterator[None]:
    """Let gloo use the interface of this computer alone, unless the user has chosen one."""
    if INTERFACE in os.environ or sys.platform not in LOOPBACK:
        yield
        return
    os.environ[INTERFACE] = LOOPBACK[sys.platform]
    try:
        yield
    finally:
        del os.environ[INTERFACE]


def _check_size(world: World) -> None:
    """Raise SdaError unless all processes take part: where each is alone, each would train a model of its own."""
    present = world.gather(torch.tensor([world.rank]))
    if present.tolist() != list(range(world.size)):
        raise SdaError(f"The training has {len(present)} processes instead of {world.size}; start it again.")


@contextlib.contextmanager
def _meeting_place() -> Iterator[Path]:
    """Yield the path of a file at which processes of this computer can meet, in a folder of its own."""
    folder = scratch_folder("sda-processes")
    try:
        yield folder / "meeting"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _followers(world: World, meeting: Path) -> Iterator[None]:
    """Start the other processes of a world, which are to meet at a file, and wait until they are there."""
    started = [_start_follower(world, rank, meeting) for rank in range(1, world.size)]
    try:
        _wait_for(started, meeting)
        yield
    finally:
        _end(started)


def _start_follower(world: World, rank: int, meeting: Path) -> subprocess.Popen[bytes]:
    """Start a process that follows this one; it belongs to the same group of processes, so both can be stopped."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world.size, "LOCAL_WORLD_SIZE": world.size}
    environment = {**os.environ, **{name: str(value) for name, value in place.items()}, MEETING: str(meeting)}
    command = [sys.executable, "-m", "sda_lib", "train"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment)


def announce(world: World) -> None:
    """Tell the leader that started this process that it is about to join."""
    if MEETING in os.environ:
        _sign(Path(os.environ[MEETING]), world.rank).touch()


def _sign(meeting: Path, rank: int) -> Path:
    return meeting.with_name(f"follower-{rank}")


def _wait_for(started: list[subprocess.Popen[bytes]], meeting: Path) -> None:
    """Wait until every follower has announced itself. Raises LostProcessError when one ends, or takes too long."""
    began = time.monotonic()
    while not all(_sign(meeting, rank).exists() for rank in range(1, len(started) + 1)):
        if any(one.poll() is not None for one in started) or time.monotonic() - began > START_SECONDS:
            raise LostProcessError("A process of the training could not start; try fewer --processes.")
        time.sleep(POLL_SECONDS)


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    """Wait for followers to end by themselves, and end those that don't."""
    until = time.monotonic() + END_SECONDS
    for one in started:
        try:
            one.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()
