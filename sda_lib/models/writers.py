"""Writers of new code sequences, by name."""

from __future__ import annotations

from typing import Protocol

from numpy.random import Generator

from sda_lib.models.codes import Codes
from sda_lib.models.walk import Walk


class Writer(Protocol):
    """What every writer can do: write that many frames of codes; the same generator state gives the same codes."""

    def write(self, frames: int, *, novelty: float, temperature: float, top_k: int, generator: Generator) -> Codes: ...


WRITERS: dict[str, type[Writer]] = {"walk": Walk}
