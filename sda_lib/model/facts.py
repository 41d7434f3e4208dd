"""The parts of a model and the facts derived from them: names, metrics, and the reasons why it can't do something."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.codes import LONGEST_NAME, is_level_name, level_names
from sda_lib.config import Recipe
from sda_lib.controls.controls import Ranges
from sda_lib.decoder_version import decoder_of
from sda_lib.directions.directions import SliderSet
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.memory.exemplars import Exemplars
from sda_lib.memory.grains import Memory
from sda_lib.memory.recorded_parts import RecordedParts
from sda_lib.model import durations
from sda_lib.prior.gaussian import Gaussian
from sda_lib.prior.network import Prior


@dataclass(frozen=True, eq=False)
class ModelFacts:
    """The parts of a trained model.

    `usage` [level, code] counts how often the corpus uses each code; the `gaussian` writes sounds where the bottleneck
    is continuous; `header` holds the facts of its file.
    """

    recipe: Recipe
    codec: Codec
    memory: Memory | None
    usage: Tensor
    header: dict[str, Any]
    prior: Prior | None = None
    sliders: SliderSet | None = None
    gaussian: Gaussian | None = None

    def __repr__(self) -> str:
        memory = "no recordings" if self.memory is None else f"{len(self.memory)} grains of recordings"
        codes = f"{self.levels} x {self.codebook_size} codes" if self.discrete else "continuous latents"
        return f"SdaModel({self.name!r}, {self.sample_rate} Hz, {self.frame_rate:.1f} frames/s, {codes}, {memory})"

    @property
    def name(self) -> str:
        """The model's name as printable text; empty without one."""
        return printable(str(self.header.get("name", "")))

    @property
    def title(self) -> str:
        """The name as the subject of a sentence."""
        return self.name or "This model"

    @property
    def metrics(self) -> dict[str, float]:
        """What the training measured, by name: `held_out` is the mel distance of held-out sounds."""
        return dict(self.header.get("metrics", {}))

    @property
    def decoder(self) -> int:
        """The decoder version that the model was made with (`sda_lib.decoder_version`); it decodes with today's."""
        return decoder_of(self.header)

    @property
    def sample_rate(self) -> int:
        """Sample rate in Hz."""
        return self.recipe.audio.sample_rate

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        return self.recipe.codec.hop

    @property
    def frame_rate(self) -> float:
        """Code frames per second."""
        return self.sample_rate / self.hop

    @property
    def levels(self) -> int:
        """Number of levels of codes."""
        return self.recipe.codec.levels

    @property
    def codebook_size(self) -> int:
        """Codes of a level to choose from."""
        return self.recipe.codec.codebook_size

    @cached_property
    def parts(self) -> RecordedParts | None:
        """The sounding parts of the recordings (recorded_parts.py); None without recordings."""
        return None if self.memory is None else RecordedParts.of(self.memory)

    @cached_property
    def _exemplars(self) -> Exemplars | None:
        """The spectral detail of the recordings for the decoder alone; None without recordings, or if it is off.

        A model that was made before there was any has none.
        """
        scale = self.recipe.memory.detail
        return Exemplars(self.memory, scale) if self.memory is not None and scale else None

    @cached_property
    def ranges(self) -> Ranges:
        """The ranges of the controls in the model's recordings. Raises SdaError without recordings."""
        if self.memory is None:
            raise SdaError(f"Controls are measured in recordings. {self.why_no_recordings}")
        return Ranges.of(self.memory)

    @cached_property
    def durations(self) -> np.ndarray:
        """Durations in seconds [n] to choose from for new sounds when none is given (durations.py)."""
        if self.parts is not None and len(self.parts):
            return durations.of_parts(self.parts)
        if self.prior is not None and self.prior.lengths is not None:
            return durations.of_frames(self.prior.lengths.cpu().numpy(), self.frame_rate)
        return durations.of_report(self.header.get("corpus"))

    @property
    def discrete(self) -> bool:
        """Whether sounds are encoded as codes; a continuous model has latents instead."""
        return self.codec.bottleneck.discrete

    # --- reasons: a sentence, or an empty string where there is none

    @property
    def why_no_codes(self) -> str:
        """Why the model has no codes."""
        train = "train with --set codec.bottleneck=rvq to edit and write codes"
        return "" if self.discrete else f"{self.title} has a continuous bottleneck and no codes; {train}."

    def need_codes(self) -> None:
        """Do nothing for a model with codes. Raises SdaError for a continuous one."""
        if not self.discrete:
            raise SdaError(self.why_no_codes)

    @property
    def why_no_controls(self) -> str:
        """Why the model does not support controls and contours."""
        if self.discrete or self.memory is not None:
            return ""
        lacking = "has a continuous bottleneck and no recordings, and so neither controls nor contour"
        return f"{self.title} {lacking}; move sliders, or train with memory."

    @property
    def why_no_recordings(self) -> str:
        """Why the model has no memory."""
        if self.memory is not None:
            return ""
        fix = "use --writer prior" if self.prior else "train with memory, or run `sda prior` with --corpus, to generate"
        return f"{self.title} was saved without its recordings, through which new sounds are walks; {fix}."

    @property
    def why_no_writing(self) -> str:
        """Why the model can't write new sounds."""
        if self.discrete:
            return self.why_no_recordings if self.memory is None and self.prior is None else ""
        cause = "was saved without its recordings by an older SDA and only decodes"
        writes = self.gaussian is not None or self.memory is not None
        return "" if writes else f"{self.title} {cause}; generate with a copy that has them."

    def sliders_for(self, steps: Mapping[str, object]) -> SliderSet:
        """Return the model's sliders. Raises SdaError when it has none."""
        if self.sliders is None:
            raise SdaError(f"{self.title} has no sliders yet; make them with `sda sliders MODEL`.")
        return self.sliders

    # --- facts of the header

    def with_header(self, **facts: object) -> Self:
        """Return the model with other facts in its header."""
        return dataclasses.replace(self, header={**self.header, **facts})

    @property
    def curve(self) -> tuple[tuple[float, ...], ...]:
        """The training curve, (step, held-out, train) points; invalid ones are left out."""
        return tuple(tuple(map(float, row)) for row in self._list("curve") if is_point(row))

    @property
    def level_names(self) -> tuple[str, ...]:
        """The names of the levels, level 0 first."""
        return level_names(self.levels, self._given_names)

    @property
    def _given_names(self) -> list[str]:
        """The names that users gave levels, "" for the others; invalid names in the header are ignored."""
        found = [name if is_level_name(name) else "" for name in self._list("level_names")]
        return [*found, *[""] * self.levels][: self.levels]

    def _list(self, key: str) -> list[Any]:
        """Return a list of the header, empty if there is none."""
        found = self.header.get(key)
        return found if isinstance(found, list) else []

    def with_level_name(self, level: int, name: str) -> Self:
        """Return the model with another name for a level.

        Args:
            level: from 0 to `levels` - 1.
            name: up to 14 printable letters; "" for the default.

        Raises SdaError for a name that is too long or not printable, and for an unknown level.

        Example:
            >>> model.with_level_name(0, "Hull").level_names[0]
            'Hull'
        """
        if not is_level_name(name.strip()) or not 0 <= level < self.levels:
            raise SdaError(f"A level's name has up to {LONGEST_NAME} letters; choose another one.")
        names = self._given_names
        names[level] = name.strip()
        return self.with_header(level_names=names)


def is_point(row: object) -> bool:
    """Return whether the row is (step, distance) or (step, distance, distance) in finite numbers."""
    numbers = row if isinstance(row, list) and len(row) in (2, 3) else [None]
    return all(isinstance(one, int | float) and math.isfinite(one) for one in numbers)
