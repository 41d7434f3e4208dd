"""State of an optimizer between two steps: everything that changes from step to step, for writing checkpoints.

Batches are drawn with the state's own generator, so it determines the order of the data from here on. numpy's global
generator is never used in training.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.config import TrainConfig
from sda_lib.errors import SdaError
from sda_lib.training.adversarial import Adversary
from sda_lib.training.optimizer_shards import OptimizerShards

BETAS = (0.8, 0.99)


class TrainerState:
    """A codec, its optimizer, the discriminator with its own optimizer if the recipe has one, and the batch generator.

    `step` counts the steps taken; `progress` is the share of the run completed, 0..1. `shards` are there while several
    processes share the steps of the codec's optimizer.
    """

    def __init__(self, codec: Codec, train: TrainConfig) -> None:
        self.codec = codec
        self.generator = torch.Generator().manual_seed(train.seed)
        self.weights = [*codec.encoder.parameters(), *codec.bottleneck.parameters(), *codec.decoder.parameters()]
        self.optimizer = torch.optim.AdamW(self.weights, lr=train.learning_rate, betas=BETAS, fused=True)
        self.adversary = Adversary(codec, train) if train.adversarial else None
        self.step, self.progress = 0, 0.0
        self.shards: OptimizerShards | None = None
        self._parts: list[tuple[str, torch.nn.Module, str, torch.optim.Optimizer]] = [
            ("codec", codec, "optimizer", self.optimizer)
        ]
        if self.adversary is not None:
            own = self.adversary.discriminator, "discriminator_optimizer", self.adversary.optimizer
            self._parts.append(("discriminator", *own))

    def tensors(self) -> dict[str, Tensor]:
        """Return the whole state as named copies on the CPU."""
        tensors = {
            "random.batches": self.generator.get_state(),
            "random.torch": torch.get_rng_state(),
            "progress": torch.tensor([self.step, self.progress], dtype=torch.float64),
        }
        for name, module, optimizer_name, optimizer in self._parts:
            own = {name: _everything(module), optimizer_name: _moments(optimizer)}
            tensors |= {f"{part}.{key}": one for part, some in own.items() for key, one in some.items()}
        return {name: one.detach().cpu().clone().contiguous() for name, one in tensors.items()}

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from tensors that `tensors` returned. Raises SdaError when they belong to another codec."""
        for name, module, optimizer_name, optimizer in self._parts:
            _fill(_everything(module), _part(name, tensors))
            _refill(optimizer, _part(optimizer_name, tensors))
        step, self.progress = tensors["progress"].tolist()
        self.step = int(step)
        self.generator.set_state(tensors["random.batches"])
        torch.set_rng_state(tensors["random.torch"])


def _everything(module: torch.nn.Module) -> dict[str, Tensor]:
    """Return weights and buffers by name, including those that a model file omits (moving averages, counters)."""
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimizer's state tensors as `PARAMETER.NAME`."""
    state = optimizer.state_dict()["state"]
    return {f"{number}.{name}": value for number, one in state.items() for name, value in one.items()}


def _refill(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load an optimizer's state from tensors that `_moments` returned."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _fill(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Copy tensors by name. Raises SdaError when names or shapes differ."""
    shapes, own = ({name: one.shape for name, one in some.items()} for some in (wanted, found))
    if shapes != own:
        raise SdaError("The checkpoint is of another codec than the recipe's; start a new training.")
    for name, one in wanted.items():
        one.copy_(found[name])


def _part(part: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): one for name, one in tensors.items() if name.startswith(f"{part}.")}
