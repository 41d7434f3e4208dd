"""Memory that the processes of one computer share, and sums of tensors through it.

Gloo sends everything through sockets, which copies it four times; for the gradients of a small network that takes a
tenth of a step (docs/DECISIONS.md). Here every process writes its tensor, waits for the others, and adds up all of
them in the order of their ranks, so that all processes have the same sum to the last bit.
"""

from __future__ import annotations

import math
import mmap
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from sda_lib.scratch import scratch_folder
from sda_lib.training.links import Links, linked

# Elements from which on a sum goes through shared memory; fewer are sent.
LEAST = 10_000
# Where the memory comes from, the best place first: a file system in memory, or else a file that is mapped.
PLACES = (Path("/dev/shm"), Path(tempfile.gettempdir()))
LONGEST_PATH = 4096
# Every tensor begins at a multiple of this size in bytes of the memory.
ALIGNMENT = 64

# Shape and type of a tensor.
Kind = tuple[tuple[int, ...], torch.dtype]


class SharedMemory:
    """Memory of `size` processes; this one is number `rank`. All of them make the same calls in the same order.

    `links` are what they wait at, None where only gloo connects them. ConnectionError and RuntimeError are raised when
    a process is lost.
    """

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size
        self.links = _linked(rank, size)
        self._slots: dict[tuple[torch.dtype, int], Tensor | None] = {}
        self._turn = 0

    def wait(self) -> None:
        """Return when all processes have called it."""
        if self.links is not None:
            self.links.wait()
        else:
            dist.all_reduce(torch.zeros(1))

    def close(self) -> None:
        """End the exchanges of this process; those of others that wait for it raise ConnectionError."""
        if self.links is not None:
            self.links.close()

    def sum(self, flat: Tensor) -> None:
        """Replace a tensor [n] on the CPU by the sum of those of all processes."""
        key = (flat.dtype, len(flat))
        if len(flat) >= LEAST and key not in self._slots:
            mapped = self.mapped([((2, self.size, len(flat)), flat.dtype)])
            self._slots[key] = mapped[0] if mapped else None
        slots = self._slots.get(key)
        if slots is None:
            dist.all_reduce(flat)
            return
        # Two slots by turns: whoever writes to one again has waited once since all have read it.
        self._turn = 1 - self._turn
        slots[self._turn, self.rank] = flat
        self.wait()
        add_up(slots[self._turn], flat)

    def mapped(self, kinds: Sequence[Kind]) -> list[Tensor] | None:
        """Return tensors of zeros that all processes share; None where the leader finds no room for them.

        The memory is there until no process has it any more, however they end.
        """
        sizes = [math.prod(shape) * dtype.itemsize for shape, dtype in kinds]
        starts = [0]
        for size in sizes:
            starts.append(-(-(starts[-1] + size) // ALIGNMENT) * ALIGNMENT)
        block = self._block(starts[-1])
        if block is None:
            return None
        return [
            torch.frombuffer(block, dtype=dtype, count=math.prod(shape), offset=start).view(shape)
            for (shape, dtype), start in zip(kinds, starts[:-1], strict=True)
        ]

    def _block(self, size: int) -> mmap.mmap | None:
        """Return this many bytes that all processes have mapped; None where the leader finds no room for them."""
        path = _shared_text(_reserved(size) if self.rank == 0 else "")
        if not _all_agree(bool(path) and os.path.exists(path) and os.path.getsize(path) == size):
            return None  # no room, or the processes see different files
        with open(path, "r+b") as file:
            block = mmap.mmap(file.fileno(), size)
        self.wait()
        if self.rank == 0:
            os.unlink(path)
        return block


def add_up(parts: Sequence[Tensor] | Tensor, out: Tensor) -> Tensor:
    """Write the sum of the processes' tensors to `out` and return it; added in the order in which one process adds."""
    torch.add(parts[0], parts[1], out=out)
    for part in parts[2:]:
        out += part
    return out


def _linked(rank: int, size: int) -> Links | None:
    """Return the links between all processes, which meet in a folder of the leader; None where they can't."""
    folder = _shared_text(_new_folder() if rank == 0 else "")
    if not folder:
        return None
    try:
        return linked(rank, size, Path(folder), _all_agree)
    finally:
        if rank == 0:
            shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> str:
    """Return the path of a new temporary folder; empty if none can be made."""
    try:
        return str(scratch_folder("sda-links"))
    except OSError:
        return ""


def _reserved(size: int) -> str:
    """Return the path of a new file of this size in bytes; empty if there is no room.

    The room is reserved: writing to mapped memory that can't be provided would end the process.
    """
    for folder in PLACES:
        try:
            file, path = tempfile.mkstemp(prefix="sda-", dir=folder)
        except OSError:
            continue
        try:
            os.posix_fallocate(file, 0, size)
            return path
        except (OSError, AttributeError):  # no room, or no such function on macOS
            os.unlink(path)
        finally:
            os.close(file)
    return ""


def _shared_text(text: str) -> str:
    """Return the leader's text."""
    data = torch.zeros(LONGEST_PATH, dtype=torch.uint8)
    encoded = torch.frombuffer(bytearray(os.fsencode(text) or b"\0"), dtype=torch.uint8)
    data[: len(encoded)] = encoded
    dist.broadcast(data, 0)
    return os.fsdecode(data.numpy().tobytes().rstrip(b"\0"))


def _all_agree(yes: bool) -> bool:
    """Return whether all processes say yes."""
    least = torch.tensor([int(yes)])
    dist.all_reduce(least, dist.ReduceOp.MIN)
    return bool(least)
