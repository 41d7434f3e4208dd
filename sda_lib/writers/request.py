"""Request: what a writer of new code sequences is given, and the Protocol that every writer fulfils."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from numpy.random import Generator

from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError


@dataclass(frozen=True)
class Request:
    """What a writer is asked for. Raises SdaError for what no writer can do.

    `novelty` 0..1 goes from long stretches of the corpus to ever new turns. `temperature`, `top_k` and `top_p` say how
    freely a turn is chosen; `level_temperatures` (level 0 first, missing ones 0) how far the codes of a level may stray
    from what was chosen. `controls` are names of CONTROLS with quantiles 0..1 of the corpus' own range.
    `contour` is the points of a loudness contour (contour.py) over the frames that `write` writes; none: as it comes.
    `before` is what the new codes continue. `levels` is a half-open range of levels that `fill` may change (None: all).
    `ends` says whether the sound shall end by itself; None decides by its length.
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

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise SdaError("A sound needs at least one frame; ask for a longer duration.")


class Writer(Protocol):
    """Equal requests and states of the generator give equal codes."""

    def write(self, request: Request, generator: Generator) -> Codes:
        """New codes of `request.frames` frames; the codes before them are not repeated."""
        ...

    def fill(self, codes: Codes, first: int, end: int, request: Request, generator: Generator) -> Codes:
        """The codes with frames first..end of the request's levels written anew, to fit what stands on both sides.
        Every other cell stays. `request.frames` does not count."""
        ...
