"""The processes that a training is spread over, and what they exchange: averages, gathered rows and messages.

Every process computes an equal share of each batch; what is a mean over the batch is averaged over the processes, so
that all of them take the same step as one process with the whole batch would, up to rounding. The first process (rank
0) leads: it decides, and its messages tell the others. With one process every exchange is an identity.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import safetensors.torch
import torch
import torch.distributed as dist
from torch import Tensor

from sda_lib import safe_json
from sda_lib.errors import SdaError
from sda_lib.training.shared_memory import Kind, SharedMemory

# Name of the JSON of a message among its tensors.
FACTS = "facts"
# What the leader sends instead of the progress of a step when no further step follows.
END = -1.0
# The leader's message before a step: progress of the run, and whether the codec is renewed.
STEP = struct.Struct("d?")


class LostProcessError(SdaError):
    """Another process of the training has ended, or can't be reached."""


@dataclass(frozen=True)
class World:
    """This process (`rank`, 0..size - 1) among the `size` processes of a training; rank 0 is the leader.

    `local_rank` and `local_size` count those on the same computer; where these are all, they can share `memory`.
    `gpus` is the group that exchanges tensors on GPUs. Exchanges raise LostProcessError.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    memory: SharedMemory | None = field(default=None, compare=False)
    gpus: dist.ProcessGroup | None = field(default=None, compare=False)

    @property
    def leads(self) -> bool:
        """Whether this process decides and writes files."""
        return self.rank == 0

    def share(self, count: int, part: int = 0, parts: int = 1) -> tuple[slice, tuple[int, int]]:
        """Return the rows of a batch of `count` that this process computes as its `part` of `parts`; and which part of
        the batch that is, of how many.

        Raises SdaError when the batch can't be divided equally: shares of other sizes would have other means.
        """
        number, shares = self.rank * parts + part, self.size * parts
        if count % shares:
            more = -(-count // shares) * shares
            among = f"{self.size} processes" if parts == 1 else f"{self.size} processes, {parts} parts each"
            raise SdaError(
                f"A batch of {count} can't be divided equally among {among}; "
                f"use another number of them, or --set train.batch={more}."
            )
        size = count // shares
        return slice(number * size, (number + 1) * size), (number, shares)

    @torch.no_grad()
    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors by their means over the processes, in one exchange."""
        if self.size == 1:
            return
        flat = torch.cat([one.reshape(-1) for one in tensors])
        with _exchange():
            if self.memory is not None and flat.device.type == "cpu":
                self.memory.sum(flat)
            else:
                dist.all_reduce(flat, group=self._group(flat))
        flat /= self.size
        for one, mean in zip(tensors, flat.split([one.numel() for one in tensors]), strict=True):
            one.copy_(mean.view_as(one))

    def mean(self, local: Tensor) -> Tensor:
        """Return the mean of a tensor over the processes; its gradient is that of the local tensor.

        Averaged over the processes, gradients of any function of the result are those of the mean.
        """
        if self.size == 1:
            return local
        mean = local.detach().clone()
        self.average([mean])
        return local + (mean - local).detach() if local.requires_grad else mean

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows [n, ...] of all processes, in the order of the batch [size * n, ...]."""
        if self.size == 1:
            return rows
        found = [torch.empty_like(rows) for _ in range(self.size)]
        with _exchange():
            dist.all_gather(found, rows.contiguous(), group=self._group(rows))
        return torch.cat(found)

    @torch.no_grad()
    def copy_from_leader(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors by those of the leader."""
        if self.size > 1:
            with _exchange():
                for one in tensors:
                    whole = one.detach().contiguous()
                    dist.broadcast(whole, 0, group=self._group(whole))
                    one.copy_(whole)

    def shared_tensors(self, kinds: Sequence[Kind]) -> list[Tensor] | None:
        """Return tensors of zeros on the CPU that all processes share; None where these have no room in common."""
        if self.memory is None:
            return None
        with _exchange():
            return self.memory.mapped(kinds)

    def wait(self) -> None:
        """Return when all processes have called it, and what they wrote to shared tensors can be read."""
        if self.memory is not None:
            with _exchange():
                self.memory.wait()

    def tell_step(self, progress: float, renewed: bool = False) -> None:
        """Tell the others to take a step at this progress of the run; `renewed`: the codec is copied to them first."""
        if self.size > 1:
            self._broadcast_bytes(STEP.pack(progress, renewed), STEP.size)

    def next_step(self) -> tuple[float, bool] | None:
        """Return what the leader says about the next step, None if it was the last one."""
        progress, renewed = STEP.unpack(self._broadcast_bytes(b"", STEP.size))
        return None if progress == END else (progress, renewed)

    def send(self, facts: Mapping[str, Any], tensors: Mapping[str, Tensor] | None = None) -> None:
        """Send JSON data, and tensors on the CPU, from the leader to the others."""
        if self.size == 1:
            return
        text = torch.frombuffer(bytearray(json.dumps(facts).encode()), dtype=torch.uint8)
        data = torch.frombuffer(bytearray(safetensors.torch.save({FACTS: text, **(tensors or {})})), dtype=torch.uint8)
        self._broadcast(torch.tensor([len(data)]))
        self._broadcast(data)

    def receive(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """Return the leader's next message."""
        length = torch.empty(1, dtype=torch.int64)
        self._broadcast(length)
        data = torch.empty(int(length), dtype=torch.uint8)
        self._broadcast(data)
        tensors = safetensors.torch.load(data.numpy().tobytes())
        return safe_json.parse(tensors.pop(FACTS).numpy().tobytes()), tensors

    def _group(self, tensor: Tensor) -> dist.ProcessGroup | None:
        """Return the group that exchanges a tensor: None is all processes, by gloo on the CPU."""
        return self.gpus if tensor.device.type == "cuda" else None

    def _broadcast(self, tensor: Tensor) -> None:
        with _exchange():
            dist.broadcast(tensor, 0)

    def _broadcast_bytes(self, data: bytes, size: int) -> bytes:
        """Return this many bytes of `data` of the leader."""
        links = self.memory.links if self.memory is not None else None
        if links is None:
            tensor = torch.frombuffer(bytearray(data or bytes(size)), dtype=torch.uint8)
            self._broadcast(tensor)
            return tensor.numpy().tobytes()
        with _exchange():
            if not self.leads:
                return links.receive(size)
            links.send(data)
            return data


ALONE = World()


@contextlib.contextmanager
def _exchange() -> Iterator[None]:
    """Raise LostProcessError for what is raised when another process can't be reached."""
    try:
        yield
    except (RuntimeError, ConnectionError) as error:  # the former is also the base of torch.distributed.DistError
        raise LostProcessError(
            "A process of the training has ended, or can't be reached; the best model and the last checkpoint are "
            "kept. Continue with: sda train --resume last, with any number of --processes."
        ) from error
