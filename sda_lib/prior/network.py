"""The prior: small recurrent networks that predict the next code, one network for each level that can be predicted.

A network of level l receives, frame by frame, the sum of levels 0..l of the previous frame and of the levels below l of
the current one, as vectors of the codebooks; the remaining duration; and the requested controls. It predicts a point in
the same space, and a code is more likely the nearer it is to the point: so codes that sound alike are learned together,
which suits small data. Each level has a separate network, so that each can stop training on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sda_lib.codec.bottlenecks import zeroed
from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError

# Limits of a prior's number of levels and network width.
MAX_LEVELS, MAX_WIDTH = 32, 1024
# Scale of the logits, which sets the effective step size of the output layers.
GAIN = 2.0
# Name of the input weights.
INPUT_WEIGHTS = "recur.weight_ih_l0"
# Number of inputs that encode the remaining duration.
CLOCK_INPUTS = 4
# Number of controls of a prior whose file does not specify it.
OLD_CONTROLS = 4
# A network input marks this many last frames of a sound.
LAST_FRAMES = 3


@dataclass(frozen=True)
class PriorConfig:
    """Configuration of a prior. Raises ValueError when a value is not an integer within its limits.

    `levels`: number of levels predicted; `width`: width of the networks (0: an n-gram); `longest`: length in frames
    that nine of ten recordings do not exceed; `frames` and `sounds`: number of frames and recordings that an n-gram
    holds; `controls`: number of the first CONTROLS that the networks have inputs for.
    """

    levels: int
    width: int
    longest: int
    frames: int = 0
    sounds: int = 0
    controls: int = len(CONTROLS)

    def __post_init__(self) -> None:
        limits = {"levels": (1, MAX_LEVELS), "width": (0, MAX_WIDTH), "longest": (1, 10**9)}
        limits["controls"] = (OLD_CONTROLS, len(CONTROLS))
        for name, (low, high) in {**limits, "frames": (0, 10**9), "sounds": (0, 10**9)}.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ValueError(f"{name} {value!r}")


class LevelNetwork(nn.Module):
    """Network of one level, for latents of `dim` numbers and codebooks of `size` codes."""

    scale: Tensor
    center: Tensor

    def __init__(self, dim: int, size: int, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dim, self.dropout = dim, dropout
        self.recur = nn.LSTM(input_count(dim), width, batch_first=True)
        self.point = zeroed(nn.Linear(width, dim))
        self.straight = zeroed(nn.Linear(2 * dim, dim, bias=False))
        self.stay = zeroed(nn.Linear(width, 1))
        self.shrink = nn.Parameter(torch.zeros(1))
        self.bias = nn.Parameter(torch.zeros(size))
        self.register_buffer("scale", torch.ones(2))  # of latents, and of this level's codes
        self.register_buffer("center", torch.zeros(dim))

    @torch.no_grad()
    def fit_scale(self, latents: Tensor, book: Tensor) -> None:
        """Set center and scale from latents [frame, dim] and this level's codebook [code, dim]."""
        self.center.copy_(book.mean(0))
        own = (book - self.center).square().sum(1).mean().sqrt()
        self.scale.copy_(torch.stack([latents.var(0).mean().sqrt(), own]).clamp_min(1e-6))

    def codes(self, book: Tensor) -> Tensor:
        """Return the codebook [code, dim], centered and scaled to a mean size of one."""
        return (book - self.center) / self.scale[1]

    def forward(self, inputs: Tensor, book: Tensor, last: Tensor) -> Tensor:
        """Return logits [batch, frame, code].

        `inputs` [batch, frame, number] are those of `network_inputs`; `last` [batch, frame] is the level's code in the
        previous frame (-1: none).
        """
        scaled = torch.cat([inputs[..., : 2 * self.dim] / self.scale[0], inputs[..., 2 * self.dim :]], -1)
        hidden = F.dropout(self.recur(scaled)[0], self.dropout, self.training)
        codes = self.codes(book)
        point = self.point(hidden) + self.straight(scaled[..., : 2 * self.dim])
        is_last = F.one_hot(last.clamp_min(0), len(codes)) * (last >= 0)[..., None]
        near = GAIN * (point @ codes.T - self.shrink * codes.square().sum(1) / 2)
        return near + GAIN * self.stay(hidden) * is_last + self.bias


def input_count(dim: int, controls: int = len(CONTROLS)) -> int:
    """Return the number of inputs per frame of a network with the first `controls` of CONTROLS as inputs."""
    return 2 * dim + 1 + CLOCK_INPUTS + 2 * controls


def _with_all_controls(state: dict[str, Tensor], dim: int, controls: int) -> dict[str, Tensor]:
    """Return the tensors of a network with inputs for the first `controls` controls, extended to all controls.

    The added weights are zero.
    """
    if controls == len(CONTROLS):
        return state
    into, missing = state[INPUT_WEIGHTS], len(CONTROLS) - controls
    wanted = input_count(dim, controls) - controls
    nothing = into.new_zeros(len(into), missing)
    return {**state, INPUT_WEIGHTS: torch.cat([into[:, :wanted], nothing, into[:, wanted:], nothing], 1)}


def network_inputs(
    before: np.ndarray, below: np.ndarray, begins: np.ndarray, left: np.ndarray, controls: np.ndarray
) -> np.ndarray:
    """Return the inputs of a network [..., number].

    `before` [..., dim]: latent of the previous frame (ignored where a sound begins); `below` [..., dim]: latent of the
    levels below; `begins` [...]: whether a sound begins; `left` [...]: frames left including this one, 0 for unknown;
    `controls` [..., control]: requested controls, NaN for none.
    """
    known = left > 0
    frames = np.maximum(left, 1)
    clock = np.stack([known, known * np.log2(frames) / 6, known / frames, known & (frames <= LAST_FRAMES)], -1)
    requested = ~np.isnan(controls)
    amounts = np.where(requested, 2 * np.nan_to_num(controls) - 1, 0.0)
    parts = [before * ~begins[..., None], below, begins[..., None], clock, requested, amounts]
    return np.concatenate([part.astype(np.float32) for part in parts], -1)


@dataclass(frozen=True, eq=False)
class Prior:
    """A prior as an `.sda` holds it.

    `networks`: one per level (none: an n-gram of the `codes` [level, frame] of sounds of those `lengths`);
    `loudness`: mean loudness in dB of every code of level 0; `measured`: the measurements of each level.
    """

    config: PriorConfig
    networks: tuple[LevelNetwork, ...]
    loudness: Tensor
    measured: tuple[dict[str, float], ...] = ()
    codes: Tensor | None = None
    lengths: Tensor | None = None

    @property
    def is_ngram(self) -> bool:
        """Whether the prior holds the recordings' codes."""
        return not self.networks

    def sounds(self) -> list[np.ndarray]:
        """Return the codes [level, frame] of each sound that an n-gram holds."""
        if self.codes is None or self.lengths is None:
            return []
        return np.split(self.codes.cpu().numpy(), np.cumsum(self.lengths.cpu().numpy())[:-1], axis=1)

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors by name, without the prefix."""
        found = {"loudness": self.loudness}
        if self.codes is not None and self.lengths is not None:
            found |= {"known": self.codes.to(torch.int16), "lengths": self.lengths}
        for level, network in enumerate(self.networks):
            found |= {f"{level}.{name}": tensor for name, tensor in network.state_dict().items()}
        return found

    def facts(self) -> dict[str, Any]:
        """Return the entries of the header."""
        return {**asdict(self.config), "measured": list(self.measured)}

    @classmethod
    def of_tensors(cls, facts: dict[str, Any], tensors: dict[str, Tensor], dim: int, size: int) -> Prior:
        """Restore a prior from `facts` and `tensors`.

        Raises KeyError, TypeError, ValueError or RuntimeError when they are invalid.
        """
        config = config_of(facts)
        networks = tuple(LevelNetwork(dim, size, config.width) for _ in range(config.levels if config.width else 0))
        for level, network in enumerate(networks):
            begin = f"{level}."
            own = {name[len(begin) :]: tensor for name, tensor in tensors.items() if name.startswith(begin)}
            network.load_state_dict(_with_all_controls(own, dim, config.controls))
            network.eval().requires_grad_(False)
        if not all(tensor.isfinite().all() for tensor in tensors.values()):
            raise ValueError("numbers that are none")
        codes, lengths = tensors.get("known"), tensors.get("lengths")
        if codes is not None and lengths is not None:
            codes = codes.long()
            if codes.min() < 0 or codes.max() >= size or lengths.min() < 1 or int(lengths.sum()) != codes.shape[1]:
                raise ValueError("codes out of range")
        config = replace(config, controls=len(CONTROLS))
        return cls(config, networks, tensors["loudness"], tuple(facts.get("measured", ())), codes, lengths)


def config_of(facts: dict[str, Any]) -> PriorConfig:
    """Return the configuration in a header. Raises KeyError, TypeError or ValueError when it is invalid."""
    names = PriorConfig.__dataclass_fields__
    return PriorConfig(**{"controls": OLD_CONTROLS, **{name: facts[name] for name in names if name in facts}})


def prior_shapes(facts: dict[str, Any], dim: int, size: int) -> dict[str, list[int]]:
    """Return the shapes by name of the tensors that a header's prior needs.

    Raises TypeError or ValueError when the header is invalid.
    """
    config = config_of(facts)
    found = {"loudness": [size]}
    if not config.width:
        return {**found, "known": [config.levels, config.frames], "lengths": [config.sounds]}
    with torch.device("meta"):
        blank = LevelNetwork(dim, size, config.width).state_dict()
    own = {name: list(tensor.shape) for name, tensor in blank.items()}
    own[INPUT_WEIGHTS][1] = input_count(dim, config.controls)
    return found | {f"{level}.{name}": shape for level in range(config.levels) for name, shape in own.items()}


def control_values(controls: Mapping[str, float]) -> np.ndarray:
    """Return the requested values [control] in the order of CONTROLS, NaN for controls without a request."""
    return np.array([controls.get(name, np.nan) for name in CONTROLS], np.float32)


def no_prior(name: str) -> SdaError:
    """Return the error for a model without a prior."""
    return SdaError(f"{name or 'This model'} has no prior yet; make one with `sda prior MODEL`, or use --writer walk.")
