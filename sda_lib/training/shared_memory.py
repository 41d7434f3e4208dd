"""Sums of tensors over the processes of one computer, through memory that they share.

Gloo sends everything through sockets, which copies it four times; for the gradients of a small network that takes a
tenth of a step (docs/DECISIONS.md). Here every process writes its tensor, waits for the others, and adds up all of
them in the order of their ranks, so that all processes have the same sum to the last bit.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

# Elements from which on a sum goes through shared memory; fewer are sent.
LEAST = 10_000
# Where the memory comes from, the best place first: a file system in memory, or else a file that is mapped.
PLACES = (Path("/dev/shm"), Path(tempfile.gettempdir()))
LONGEST_PATH = 4096


class SharedMemory:
    """Memory of `size` processes; this one is number `rank`. All of them take the same sums in the same order."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size
        self._slots: dict[tuple[torch.dtype, int], Tensor | None] = {}
        self._turn = 0

    def sum(self, flat: Tensor) -> None:
        """Replace a tensor [n] on the CPU by the sum of those of all processes. Raises RuntimeError if one is lost."""
        key = (flat.dtype, len(flat))
        if len(flat) >= LEAST and key not in self._slots:
            self._slots[key] = self._mapped(flat)
        slots = self._slots.get(key)
        if slots is None:
            dist.all_reduce(flat)
            return
        # Two slots by turns: whoever writes to one again has waited once since all have read it.
        self._turn = 1 - self._turn
        slots[self._turn, self.rank] = flat
        _wait_for_all()
        torch.sum(slots[self._turn], 0, out=flat)

    def _mapped(self, like: Tensor) -> Tensor | None:
        """Return memory [slot, rank, n] that all processes have mapped; None where the leader finds no room for it."""
        shape, size = (2, self.size, len(like)), 2 * self.size * like.nbytes
        path = _shared_text(_reserved(size) if self.rank == 0 else "")
        if not _all_agree(bool(path) and os.path.exists(path) and os.path.getsize(path) == size):
            return None  # no room, or the processes see different files
        slots = torch.from_file(path, shared=True, size=shape[0] * shape[1] * shape[2], dtype=like.dtype).view(shape)
        _wait_for_all()
        if self.rank == 0:
            os.unlink(path)  # the memory is there until the last process ends, however it ends
        return slots


def _reserved(size: int) -> str:
    """Return the path of a new file of so many bytes; empty if there is no room.

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


def _wait_for_all() -> None:
    """Wait until all processes are here."""
    dist.all_reduce(torch.zeros(1))
