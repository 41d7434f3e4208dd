"""Frames of a sound that are made where they are needed, so that a long sound is decoded in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.bottlenecks import Bottleneck
from sda_lib.codec.codes import Codes
from sda_lib.codec.placement import Placement


class Frames(Protocol):
    """Latents [frame, dim] of a sound, as slices of successive frames. A tensor is one."""

    def __len__(self) -> int:
        """Return the number of frames."""

    def __getitem__(self, frames: slice, /) -> Tensor:
        """Return the latents [n, dim] of a slice with a step of 1."""


@dataclass(frozen=True)
class EmbeddedFrames:
    """The latents of codes, which are looked up for each slice.

    `codes` returns the codes [level, n] of frames first..end of a sound of `count` frames. `muted` levels are left out.
    The latents are on the `device`.
    """

    bottleneck: Bottleneck
    codes: Callable[[int, int], np.ndarray]
    count: int
    device: torch.device
    muted: Sequence[int] = ()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, frames: slice, /) -> Tensor:
        first, end, _ = frames.indices(self.count)
        indices = torch.tensor(self.codes(first, max(first, end)), device=self.device)
        return self.bottleneck.embed(indices, self.muted)


@dataclass(frozen=True, eq=False)
class CodeStream(Placement):
    """A sound whose codes are made part by part, each independent of what was asked before.

    `part(first, end)` returns the codes [level, n] of frames first..end, of `count` frames. The other fields are those
    of `Codes`; no level is muted.
    """

    part: Callable[[int, int], np.ndarray]
    count: int
    like: Codes
    length: int
    rate: float = 1.0
    lead: int = 0
    gain: float = 1.0
    fraction: float = 0.0

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.count

    @property
    def hop(self) -> int:  # type: ignore[override]
        """Samples per frame."""
        return self.like.hop

    @property
    def sample_rate(self) -> int:  # type: ignore[override]
        """Samples per second."""
        return self.like.sample_rate

    @property
    def kind(self) -> tuple[int, int, int, int]:
        """What all codes of one model have in common (`Codes.kind`)."""
        return self.like.kind

    def codes(self) -> Codes:
        """Return the codes of the whole sound, which take 8 bytes for each level of a frame."""
        return replace(self.like, indices=self.part(0, self.count), length=self.length, **self.placement)
