"""Steps of long work: what it does, and how much of it is done."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")
Step = TypeVar("Step")

# Share of the work from which on the remaining time is estimated from the elapsed time.
ESTIMATED_FROM = 0.05


@dataclass(frozen=True)
class WorkStep:
    """What begins now, and the share of the whole time that was spent before, 0..1."""

    share: float
    words: str

    @property
    def line(self) -> str:
        """The step as a line of text, which `parse` reads."""
        return f"{self.share:4.0%}  {self.words}"

    @classmethod
    def parse(cls, line: str) -> WorkStep | None:
        """Read a line; None for one that is no step."""
        share, mark, words = line.strip().partition("%  ")
        return cls(int(share) / 100, words) if mark and share.isdecimal() else None


# Work that yields its steps, and returns its result.
Steps = Generator[WorkStep, None, Result]


def drained(steps: Generator[Step, None, Result], report: Callable[[Step], object] = lambda _step: None) -> Result:
    """Carry out all steps, each reported before it begins, and return the result."""
    while True:
        try:
            report(next(steps))
        except StopIteration as end:
            result: Result = end.value
            return result


def part_of(steps: Steps[Result], begin: float, end: float) -> Steps[Result]:
    """Do work that is a part of other work: from one share of the whole to another."""
    while True:
        try:
            step = next(steps)
        except StopIteration as done:
            result: Result = done.value
            return result
        yield WorkStep(begin + (end - begin) * step.share, step.words)


def counted(parts: Generator[object, None, Result], count: int, words: str) -> Steps[Result]:
    """Do work that yields after each of about `count` equal parts, with a step before each."""
    done = 0
    while True:
        yield WorkStep(min(1.0, done / max(1, count)), words)
        try:
            next(parts)
        except StopIteration as end:
            result: Result = end.value
            return result
        done += 1


def ends_of(number: int, count: int, begin: float = 0.0, end: float = 1.0) -> tuple[float, float]:
    """Return the shares of the whole at which one of `count` equal parts begins and ends, between two shares."""
    step = (end - begin) / count
    return begin + number * step, begin + (number + 1) * step


def spread_over(words: Sequence[str], begin: float, end: float) -> Iterator[WorkStep]:
    """Return steps of equal length between two shares of the whole."""
    for number, one in enumerate(words):
        yield WorkStep(begin + (end - begin) * number / len(words), one)


def seconds_left(share: float, seconds: float) -> float | None:
    """Return how long the rest of work takes, of which a share was done in `seconds`; None before ESTIMATED_FROM."""
    return None if share < ESTIMATED_FROM else seconds * (1 - share) / share


def time_left(share: float, seconds: float) -> str:
    """Return how long the rest takes, judged by the time so far, in words; empty where that is not known yet."""
    left = seconds_left(share, seconds)
    return "" if left is None else rest_in_words(left)


def rest_in_words(left: float) -> str:
    """Return some seconds that are left, rounded as an estimate is."""
    return f"about {f'{max(5, 5 * round(left / 5))} s' if left < 90 else f'{round(left / 60)} min'} left"
