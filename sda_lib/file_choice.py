"""Which files of a corpus are learned from, and how much each counts: a section of the recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.fields import documented, option

# Most names that choose files or recordings, and most letters of one.
MOST_PATTERNS, LONGEST_PATTERN = 64, 200


@documented
@dataclass(frozen=True)
class FilesConfig:
    """Which files of the folder are learned from, and how much each counts.

    Names are those of folders and tags, or patterns (audio/categories.py).

    Raises SdaError for more than 64 names, and for ones longer than 200 letters.

    Example:
        >>> sda_lib.FilesConfig(include=("drums",), weights={"drums/loud": 2}).is_everything
        False
    """

    include: tuple[str, ...] = option((), "Only the files in these folders and tags, or of these patterns; none: all")
    exclude: tuple[str, ...] = option((), "Without the files in these folders and tags, or of these patterns")
    weights: Mapping[str, float] = option(
        {}, "How many times as much the files in a folder or tag count; of several weights the product", 0.1, 10
    )

    def __post_init__(self) -> None:
        names = (*self.include, *self.exclude, *self.weights)
        if len(names) > MOST_PATTERNS or not all(0 < len(one) <= LONGEST_PATTERN for one in names):
            raise SdaError(
                f"Choose files by at most {MOST_PATTERNS} names of 1 to {LONGEST_PATTERN} letters; `*` finds many."
            )

    @property
    def is_everything(self) -> bool:
        """Whether every file is learned from, each as much as any other."""
        return not (self.include or self.exclude or self.weights)


EVERYTHING = FilesConfig()


def patterns_of(value: Any) -> tuple[str, ...]:
    """Return names from a list, or from text with commas between them. Raises ValueError for anything else."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise ValueError(value)
    return tuple(one.strip() for one in found if one.strip())


def weights_of(value: Any) -> dict[str, float]:
    """Return numbers by name from a mapping, or from text like "loud=2,drums=0.5".

    Raises ValueError, TypeError or AttributeError for anything else.
    """
    if isinstance(value, str):
        value = dict(one.split("=", 1) for one in value.split(",") if one.strip())
    return {str(name).strip(): float(weight) for name, weight in value.items()}
