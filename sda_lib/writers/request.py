"""Request: the parameters of writing new codes, and the Protocol of writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
from numpy.random import Generator

from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError


@dataclass(frozen=True)
class Request:
    """Parameters of a writer. Raises SdaError when `frames` is below 1.

    `frames` is the number of frames to write. `novelty` 0..1: 0 copies long stretches of the corpus, 1 jumps often and
    varies the codes. `temperature`, `top_k` and `top_p` set the randomness of each jump; `level_temperatures` (level 0
    first, missing ones 0) set how far the codes of a level may deviate from the chosen ones. `controls` maps names of
    CONTROLS to quantiles 0..1 of the corpus' range. `contour` holds the points of a loudness contour
    (loudness_contour.py) over the frames that `write` writes; empty: unconstrained. `before` holds the codes to
    continue. `levels` is a half-open range of levels that `fill` may change (None: all). `ends` sets whether the sound
    ends by itself; None decides by its length.

    A sound begins with the grain `first` if it is given. It ends like an event after which its recording goes on for
    `beyond` frames. `quiet_end` sets whether a sound that ends does so in quiet;
    None decides by how most recordings end. `followed`: more frames are written after these, so that none may be
    partly filled. `last` is the share of the last frame that the sound fills. `recording` is the number of the
    recording that a sound begins with (pattern.py); None: any. A walk follows a recording for `longest_run` frames at
    most (None: any number).
    """

    frames: int = 1
    novelty: float = 0.5
    temperature: float = 0.5
    top_k: int = 48
    top_p: float = 1.0
    level_temperatures: tuple[float, ...] = ()
    controls: Mapping[str, float] = field(default_factory=dict)
    contour: tuple[tuple[float, float], ...] = ()
    before: Codes | None = None
    levels: tuple[int, int] | None = None
    ends: bool | None = None
    first: int | None = None
    beyond: int = 0
    quiet_end: bool | None = None
    followed: bool = False
    recording: int | None = None
    last: float = 1.0
    longest_run: int | None = None

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise SdaError("A sound needs at least one frame; ask for a longer duration.")


class Writer(Protocol):
    """A writer of codes. Equal requests and generator states give equal codes."""

    def write(self, request: Request, generator: Generator) -> Codes:
        """Return new codes of `request.frames` frames, without the codes before them."""

    def fill(self, codes: Codes, first: int, end: int, request: Request, generator: Generator) -> Codes:
        """Return the codes with frames first..end of the request's levels regenerated to fit both sides.

        Every other cell stays unchanged. `request.frames` is ignored.
        """

    def leaning(self, cost: np.ndarray, penalty: np.ndarray | None) -> Self:
        """Return the writer with an additional cost [grain] of each grain, in typical distances.

        `penalty` [code] are nats that it has on codes of level 0 where it draws codes (None: none).
        """
