"""Frames of a sound that are made where they are needed, so that a long sound is decoded in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.bottlenecks import Bottleneck


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
