"""SynthesisOptions: what procedural sounds are made. Light to import, for options and help texts."""

from __future__ import annotations

from dataclasses import dataclass

from sda_lib.errors import SdaError
from sda_lib.fields import check_options, documented, option

# Shortest and longest sound in seconds.
SHORTEST, LONGEST = 0.02, 60.0


@documented
@dataclass(frozen=True)
class SynthesisOptions:
    """What procedural sounds are made. Raises SdaError for a value out of range and for an unknown family."""

    seed: int = option(0, "Random seed; the same seed and options give the same sounds", 0, 2**63 - 1)
    families: tuple[str, ...] = option((), "Families to choose from; none: all")
    sample_rate: int = option(44100, "Sample rate", 8000, 192_000, "Hz")
    stereo: bool = option(False, "Make stereo sounds")
    shortest: float = option(0.2, "Shortest sound", SHORTEST, LONGEST, "s")
    longest: float = option(4.0, "Longest sound", SHORTEST, LONGEST, "s")

    def __post_init__(self) -> None:
        from sda_lib.synthesis.families import FAMILIES  # imported late: it needs NumPy, and help texts don't

        check_options(self)
        for name in self.families:
            if name not in FAMILIES:
                raise SdaError(f"There is no family {name!r}; there are {', '.join(FAMILIES)}.")
        if self.shortest > self.longest:
            raise SdaError(f"shortest must be at most longest ({self.longest:g} s), not {self.shortest:g}.")
