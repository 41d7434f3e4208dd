"""How a model grows, and whether it can, without loading torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sda_lib.config import GROW_KEEP, GROW_MINUTES
from sda_lib.errors import SdaError
from sda_lib.fields import check_options, option


@dataclass(frozen=True)
class GrowOptions:
    """How to grow the model at `base`: with `steps` instead of `minutes` a run is reproducible.

    Raises SdaError for a value outside its limits.
    """

    base: Path
    minutes: float = GROW_MINUTES
    steps: int | None = None
    keep: float = option(
        GROW_KEEP, "Share of old level-0 codes to keep at least; at 0.8 saved codes may sound different", 0, 1
    )
    seed: int = 0

    def __post_init__(self) -> None:
        check_options(self)


def check_growable(name: str, has_recordings: bool) -> None:
    """Raise SdaError unless a model holds its recordings."""
    if not has_recordings:
        raise SdaError(
            f"{name} was saved without its recordings, and new ones alone would make it forget them; grow the copy "
            "that has them, or train on all files."
        )
