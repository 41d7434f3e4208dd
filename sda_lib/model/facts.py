"""What a model is made of, and what it says of itself: facts, names, and in one sentence why it can't do something."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.codes import LONGEST_NAME, is_level_name, level_names
from sda_lib.config import Recipe
from sda_lib.directions.directions import Sliders
from sda_lib.errors import SdaError
from sda_lib.files import printable
from sda_lib.memory.grains import Memory
from sda_lib.model import durations
from sda_lib.prior.gaussian import Gaussian
from sda_lib.prior.network import Prior


@dataclass(frozen=True, eq=False)
class ModelFacts:
    """A trained model's parts. `usage` [level, code] counts how often the corpus uses each code; where there are no
    codes, the `gaussian` writes."""

    recipe: Recipe
    codec: Codec
    memory: Memory | None
    usage: Tensor
    manifest: dict[str, Any]
    prior: Prior | None = None
    sliders: Sliders | None = None
    gaussian: Gaussian | None = None

    def __repr__(self) -> str:
        memory = "no recordings" if self.memory is None else f"{len(self.memory)} grains of recordings"
        codes = f"{self.levels} x {self.codebook_size} codes" if self.discrete else "continuous latents"
        return f"SdaModel({self.name!r}, {self.sample_rate} Hz, {self.frame_rate:.1f} frames/s, {codes}, {memory})"

    @property
    def name(self) -> str:
        return printable(str(self.manifest.get("name", "")))

    @property
    def metrics(self) -> dict[str, float]:
        return dict(self.manifest.get("metrics", {}))

    @property
    def sample_rate(self) -> int:
        return self.recipe.audio.sample_rate

    @property
    def hop(self) -> int:
        return self.recipe.codec.hop

    @property
    def frame_rate(self) -> float:
        """Code frames per second."""
        return self.sample_rate / self.hop

    @property
    def levels(self) -> int:
        return self.recipe.codec.levels

    @property
    def codebook_size(self) -> int:
        return self.recipe.codec.codebook_size

    @cached_property
    def durations(self) -> np.ndarray:
        """[n] seconds that new sounds may last where nobody says how long (durations.py)."""
        if self.memory is not None:
            return durations.of_memory(self.memory)
        if self.prior is not None and self.prior.lengths is not None:
            return durations.of_frames(self.prior.lengths.cpu().numpy(), self.frame_rate)
        return durations.of_report(self.manifest.get("corpus"))

    @property
    def discrete(self) -> bool:
        """Whether it turns sound into codes; a continuous one has latents instead."""
        return self.codec.bottleneck.discrete

    @property
    def why_no_codes(self) -> str:
        """One sentence for a continuous model, nothing for one with codes."""
        if self.discrete:
            return ""
        return (
            f"{self.name or 'This model'} has a continuous bottleneck, so there are no codes; "
            "train with --set codec.bottleneck=rvq to edit and write codes."
        )

    @property
    def why_no_writing(self) -> str:
        """One sentence for a model that can't write new sounds, nothing for one that can."""
        if self.discrete:
            return self.why_no_recordings if self.memory is None and self.prior is None else ""
        if self.gaussian is not None:
            return ""
        return (
            f"{self.name or 'This model'} has a continuous bottleneck and was saved without its recordings before SDA "
            "learned to write with one; train it again."
        )

    @property
    def why_no_wishes(self) -> str:
        """One sentence on what can't be asked of a continuous model's writing, nothing for a model with codes."""
        if self.discrete:
            return ""
        return (
            f"{self.name or 'This model'} has a continuous bottleneck, so a Gaussian writes its sounds, which has no "
            "levels, controls or contour; move sliders, or train with --set codec.bottleneck=rvq."
        )

    @property
    def why_no_recordings(self) -> str:
        """One sentence for a model without memory, nothing for one that has it."""
        if self.memory is not None:
            return ""
        way = "use --writer prior" if self.prior else "train with memory, or run `sda prior` with --corpus, to generate"
        return (
            f"{self.name or 'This model'} was saved without its recordings, through which new sounds are walks; {way}."
        )

    # --- what the manifest keeps

    def with_metrics(self, metrics: dict[str, float]) -> Self:
        """The same model with other figures of how it does."""
        return dataclasses.replace(self, manifest={**self.manifest, "metrics": metrics})

    def with_curve(self, curve: Sequence[Sequence[float]]) -> Self:
        """The same model with what was measured while it was trained: (step, held-out, train) points."""
        return dataclasses.replace(self, manifest={**self.manifest, "curve": [list(point) for point in curve]})

    @property
    def curve(self) -> tuple[tuple[float, ...], ...]:
        """What was measured while it was trained, (step, held-out, train) points; what is none is left out."""
        found = self.manifest.get("curve")
        rows = found if isinstance(found, list) else []
        return tuple(tuple(map(float, row)) for row in rows if is_point(row))

    @property
    def level_names(self) -> tuple[str, ...]:
        """What the levels are called, level 0 first."""
        return level_names(self.levels, self._given_names)

    @property
    def _given_names(self) -> list[str]:
        """The names that somebody gave levels, "" for the others; a stranger's file may hold anything."""
        kept = self.manifest.get("level_names")
        found = [name if is_level_name(name) else "" for name in (kept if isinstance(kept, list) else [])]
        return [*found, *[""] * self.levels][: self.levels]

    def with_level_name(self, level: int, name: str) -> Self:
        """The same model with another name for a level ("": the usual one). Raises SdaError for one that is too long
        or can't be shown."""
        if not is_level_name(name.strip()) or not 0 <= level < self.levels:
            raise SdaError(f"A level's name has up to {LONGEST_NAME} letters; choose another one.")
        names = self._given_names
        names[level] = name.strip()
        return dataclasses.replace(self, manifest={**self.manifest, "level_names": names})


def is_point(row: object) -> bool:
    """Whether it is (step, distance) or (step, distance, distance) in finite numbers."""
    numbers = row if isinstance(row, list) and len(row) in (2, 3) else [None]
    return all(isinstance(one, int | float) and math.isfinite(one) for one in numbers)
