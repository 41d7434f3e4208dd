"""Optimizer steps that the processes of one computer share: each updates its part of the weights (its shard).

As in ZeRO's first stage (Rajbhandari et al., "ZeRO: Memory optimizations toward training trillion parameter models",
2020), with two differences: whole tensors belong to a process, so that the optimizer and the norms of gradients are
those of PyTorch; and weights and moments lie in shared memory, so that nothing is copied between processes after a
step, and the leader has all of them for a checkpoint at any time. All processes take the step that one alone would
take, to the last bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from sda_lib.training.shared_memory import Kind, add_up
from sda_lib.training.world import World

# Tensors of AdamW for each weight, besides the number of its steps, and the type of that.
MOMENTS, STEP_DTYPE = ("exp_avg", "exp_avg_sq"), torch.float32


@dataclass(frozen=True)
class OptimizerShards:
    """What one process needs to take its part of an optimizer's steps.

    `own` are the numbers of the `weights` that this process updates. The others are in shared memory: `slots`
    [process][weight] for gradients, `losses` [process], and `norms` [weight] of the mean gradients.
    """

    world: World
    optimizer: torch.optim.Optimizer
    weights: Sequence[Tensor]
    own: frozenset[int]
    slots: Sequence[Sequence[Tensor]]
    losses: Tensor
    norms: Tensor

    @torch.no_grad()
    def step(self, loss: Tensor, largest: float) -> Tensor:
        """Take a step with the mean gradients, scaled to a norm of at most `largest` together; return the mean loss.

        All processes call it together, with gradients of all weights; then own weights have the mean ones, and others
        have none. Raises LostProcessError.
        """
        self._write(loss)
        self.world.wait()
        for number in self.own:
            self._find_mean(number)
        mean_loss = add_up(self.losses, torch.empty_like(loss)).div_(self.world.size)
        self.world.wait()
        own = [self.weights[number] for number in self.own]
        torch.nn.utils.clip_grads_with_norm_(own, largest, torch.linalg.vector_norm(self.norms))
        self.optimizer.step()  # leaves weights alone that have no gradient
        self.world.wait()
        return mean_loss

    def _write(self, loss: Tensor) -> None:
        """Write the loss and the gradients of others' weights where the others read them."""
        self.losses[self.world.rank] = loss
        for number, (one, slot) in enumerate(zip(self.weights, self.slots[self.world.rank], strict=True)):
            if number not in self.own:
                slot.copy_(_gradient(one))
                one.grad = None

    def _find_mean(self, number: int) -> None:
        """Give an own weight the mean of its gradients over the processes, and write its norm."""
        weight, rank = self.weights[number], self.world.rank
        parts = [slots[number] if other != rank else _gradient(weight) for other, slots in enumerate(self.slots)]
        weight.grad = add_up(parts, self.slots[rank][number]).div_(self.world.size)
        torch.linalg.vector_norm(weight.grad, out=self.norms[number])


@contextlib.contextmanager
def optimizer_shards(
    optimizer: torch.optim.Optimizer, weights: Sequence[Tensor], world: World
) -> Iterator[OptimizerShards | None]:
    """Yield what a process takes its part of AdamW's steps on `weights` with; None where it has to take them whole.

    That is on GPUs, and where processes share no memory. All processes call it together; they go on with the leader's
    weights and moments, which are in shared memory until the context ends. Raises LostProcessError.
    """
    on_cpu = weights[0].device.type == "cpu"
    found = world.shared_tensors(_kinds(weights, world.size)) if on_cpu else None
    if found is None:
        yield None
        return
    held = _tensors(optimizer, weights)
    shared, gradients, (losses, norms) = found[: len(held)], found[len(held) : -2], found[-2:]
    if world.leads:
        for one, other in zip(shared, held, strict=True):
            one.copy_(other)
    world.wait()
    _set_tensors(optimizer, weights, shared)
    own = frozenset(equal_shares([one.numel() for one in weights], world.size)[world.rank])
    slots = [gradients[rank :: world.size] for rank in range(world.size)]
    try:
        yield OptimizerShards(world, optimizer, weights, own, slots, losses, norms)
    finally:
        _set_tensors(optimizer, weights, [one.clone() for one in shared])
        for one in weights:
            one.grad = None  # would keep the shared memory


def equal_shares(sizes: Sequence[int], count: int) -> list[list[int]]:
    """Divide items of these sizes into `count` shares of about equal sums; return the numbers of the items of each.

    The largest items are given away first, each to the smallest share so far.

    Example:
        >>> equal_shares([5, 1, 3, 2], 2)
        [[0, 1], [2, 3]]
    """
    shares: list[list[int]] = [[] for _ in range(count)]
    sums = [0] * count
    for number in sorted(range(len(sizes)), key=lambda number: -sizes[number]):
        smallest = sums.index(min(sums))
        shares[smallest].append(number)
        sums[smallest] += sizes[number]
    return [sorted(share) for share in shares]


def _gradient(weight: Tensor) -> Tensor:
    return cast(Tensor, weight.grad)


def _kinds(weights: Sequence[Tensor], size: int) -> list[Kind]:
    """Return what has to be in shared memory: `_tensors`, gradients of all processes, losses, and norms."""
    kinds, dtype = [(tuple(one.shape), one.dtype) for one in weights], weights[0].dtype
    moments = [kind for one in kinds for kind in (((), STEP_DTYPE), *(one for _ in MOMENTS))]
    gradients = [one for one in kinds for _ in range(size)]
    return [*kinds, *moments, *gradients, ((size,), dtype), ((len(weights),), dtype)]


def _tensors(optimizer: torch.optim.Optimizer, weights: Sequence[Tensor]) -> list[Tensor]:
    """Return the weights, and for each the optimizer's number of steps and moments, which are zero before the first."""
    found = [one.detach() for one in weights]
    for one in weights:
        state = optimizer.state[one]
        if not state:
            state["step"] = torch.zeros((), dtype=STEP_DTYPE, device=one.device)
            state.update({name: torch.zeros_like(one) for name in MOMENTS})
        found += [state[name] for name in ("step", *MOMENTS)]
    return found


def _set_tensors(optimizer: torch.optim.Optimizer, weights: Sequence[Tensor], tensors: Sequence[Tensor]) -> None:
    """Replace what `_tensors` returns by other tensors of the same shapes."""
    rest = iter(tensors)
    for one in weights:
        one.data = next(rest)
    for one in weights:
        optimizer.state[one].update({name: next(rest) for name in ("step", *MOMENTS)})
