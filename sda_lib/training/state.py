"""State of a training run: everything that changes from step to step, for writing and restoring checkpoints.

Batches are drawn with the learner's own generator, so its state determines the order of the data from here on. numpy's
global generator is never used in training.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.config import TrainConfig
from sda_lib.errors import SdaError
from sda_lib.training.adversarial import Adversary

BETAS = (0.8, 0.99)


class TrainerState:
    """A codec, its optimizer, the discriminator with its own optimizer if the recipe has one, and the batch generator.

    `step` counts the steps taken; `progress` is the share of the run completed, 0..1.
    """

    def __init__(self, codec: Codec, train: TrainConfig) -> None:
        self.codec = codec
        self.generator = torch.Generator().manual_seed(train.seed)
        self.weights = [*codec.encoder.parameters(), *codec.bottleneck.parameters(), *codec.decoder.parameters()]
        self.optimizer = torch.optim.AdamW(self.weights, lr=train.learning_rate, betas=BETAS, fused=True)
        self.adversary = Adversary(codec, train) if train.adversarial else None
        self.step, self.progress = 0, 0.0

    def tensors(self) -> dict[str, Tensor]:
        """Return the whole state as named copies on the CPU."""
        parts = {
            **_named("codec", _everything(self.codec)),
            **_named("optimizer", _moments(self.optimizer)),
            "random.batches": self.generator.get_state(),
            "random.torch": torch.get_rng_state(),
            "progress": torch.tensor([self.step, self.progress], dtype=torch.float64),
        }
        if self.adversary is not None:
            parts |= _named("discriminator", _everything(self.adversary.discriminator))
            parts |= _named("discriminator_optimizer", _moments(self.adversary.optimizer))
        return {name: one.detach().cpu().clone().contiguous() for name, one in parts.items()}

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from tensors that `tensors` returned. Raises SdaError when they belong to another codec."""
        _fill(_everything(self.codec), _part("codec", tensors))
        _refill(self.optimizer, _part("optimizer", tensors))
        if self.adversary is not None:
            _fill(_everything(self.adversary.discriminator), _part("discriminator", tensors))
            _refill(self.adversary.optimizer, _part("discriminator_optimizer", tensors))
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
    return {f"{place}.{name}": value for place, one in state.items() for name, value in one.items()}


def _refill(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load an optimizer's state from tensors that `_moments` returned."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        place, _, name = key.partition(".")
        state.setdefault(int(place), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _fill(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Copy tensors by name. Raises SdaError when names or shapes differ."""
    shapes = ({name: one.shape for name, one in some.items()} for some in (wanted, found))
    if next(shapes) != next(shapes):
        raise SdaError("The checkpoint is of another codec than the recipe's; start the training anew.")
    for name, one in wanted.items():
        one.copy_(found[name])


def _named(part: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{part}.{name}": one for name, one in tensors.items()}


def _part(part: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): one for name, one in tensors.items() if name.startswith(f"{part}.")}
