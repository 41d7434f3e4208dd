"""How a model grows, and whether it can, without loading torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sda_lib.config import GROW_KEEP, GROW_MINUTES
from sda_lib.errors import SdaError
from sda_lib.fields import option, options_of


@dataclass(frozen=True)
class GrowOptions:
    """How to grow the model at `base`: with `steps` instead of `minutes` a run is reproducible."""

    base: Path
    minutes: float = GROW_MINUTES
    steps: int | None = None
    keep: float = option(
        GROW_KEEP, "Share of old level-0 codes to keep at least; at 0.8 saved codes may sound different", 0, 1
    )
    seed: int = 0


def check_growable(name: str, has_recordings: bool, keep: float) -> None:
    """Raise SdaError unless a model holds its recordings and the share of codes to keep lies in 0..1."""
    if not has_recordings:
        raise SdaError(
            f"{name} was saved without its recordings, and new ones alone would make it forget them; grow the copy "
            "that has them, or train on all files."
        )
    options_of(GrowOptions)["keep"].check(keep)
