"""Steps of a fit of sliders: what it does, and how much of it is done."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")
Step = TypeVar("Step")


@dataclass(frozen=True)
class FitStep:
    """What begins now, and the share of the whole time that was spent before, 0..1."""

    share: float
    words: str

    @property
    def line(self) -> str:
        """The step as a line of text, which `parse` reads."""
        return f"{self.share:4.0%}  {self.words}"

    @classmethod
    def parse(cls, line: str) -> FitStep | None:
        """Read a line; None for one that is no step."""
        share, mark, words = line.strip().partition("%  ")
        return cls(int(share) / 100, words) if mark and share.isdecimal() else None


# Share of the work from which the rest of the time is told from the time so far.
TELLING = 0.05


def seconds_left(share: float, seconds: float) -> float | None:
    """Return how long the rest of some work takes, of which a share was done in `seconds`; None before TELLING."""
    return None if share < TELLING else seconds * (1 - share) / share


# A fit that yields its steps, and returns its result.
Steps = Generator[FitStep, None, Result]


def drained(steps: Generator[Step, None, Result], report: Callable[[Step], object] = lambda _step: None) -> Result:
    """Carry out all steps, each reported before it begins, and return the result."""
    while True:
        try:
            report(next(steps))
        except StopIteration as end:
            result: Result = end.value
            return result


def spread_over(words: Sequence[str], begin: float, end: float) -> Iterator[FitStep]:
    """Return steps of equal length between two shares of the whole."""
    for number, one in enumerate(words):
        yield FitStep(begin + (end - begin) * number / len(words), one)
