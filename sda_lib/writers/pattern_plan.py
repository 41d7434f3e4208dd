"""Plan patterns: events of natural length one after another, with rests, over a number of frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

# An event is stretched by up to this factor where that spares a fragment of another one.
STRETCH = 1.25
# Longest rest in seconds where no density is requested.
LONGEST_REST = 2.0
# Factor of the time from event to event at density 0, and its inverse at density 1; deviation (natural log) of
# candidates from the requested density.
SPARSE, STRAY_DENSITY = 4.0, 0.25
# Limits of the period of a pulse in seconds, and deviation in periods of events of a pulse that is not regular.
SHORTEST, LONGEST, STRAY = 0.16, 0.64, 0.5
# Fewest frames of an event that is cut short.
FEWEST = 2


class Slot(NamedTuple):
    """Frames that an event takes up: quiet before it, the event itself, and quiet after it."""

    lead: int
    frames: int
    rest: int


@dataclass(frozen=True)
class PatternStep:
    """A stretch of a pattern: some frames of the event number `part`, or of the quiet before (-1) or after (1) it."""

    part: int
    frames: int
    quiet: int = 0


@dataclass(frozen=True)
class Tempo:
    """The times between events: `factor` of the natural ones; multiples of `period` frames, less a `stray` share.

    A period of 0 is none.
    """

    factor: float = 1.0
    period: int = 0
    stray: float = 0.0

    @classmethod
    def drawn(cls, density: float | None, pulse: float | None, frame_rate: float, generator: Generator) -> Tempo:
        """Draw a tempo for requested controls 0..1 (None: not requested). Density 0.5 keeps the natural times."""
        factor, period, stray = 1.0, 0, 0.0
        if density is not None:
            factor = SPARSE ** (1 - 2 * density) * float(np.exp(STRAY_DENSITY * generator.normal()))
        if pulse is not None and generator.random() < pulse:
            period = max(FEWEST, round(frame_rate * SHORTEST * (LONGEST / SHORTEST) ** generator.random()))
            stray = STRAY * generator.random() ** 2
        return cls(factor, period, stray)

    def times(self, natural: Slot, generator: Generator) -> Slot:
        """Return the slot of an event whose natural one is given. With a period, it begins with the event."""
        if self.factor == 1 and not self.period:
            return natural
        interval = max(FEWEST, round(sum(natural) * self.factor))
        if self.period:
            regular = max(1, round(interval / self.period)) * self.period
            interval = max(FEWEST, round(regular + self.stray * self.period * generator.normal()))
        frames = min(natural.frames, interval)
        quiet = interval - frames
        lead = 0 if self.period or not natural.lead else quiet * natural.lead // (natural.lead + natural.rest)
        return Slot(lead, frames, quiet - lead)


def plan_pattern(
    natural: Sequence[Slot],
    first: int,
    frames: int,
    tempo: Tempo,
    draw: Callable[[int, int], int],
    generator: Generator,
) -> list[PatternStep]:
    """Return the steps of a pattern of `frames` frames that begins with the event `first`.

    `natural` [part] are the slots of the events by nature. `draw(frame, left)` draws an event for a frame with `left`
    frames left. At the end an event is stretched or shortened, or a rest prolonged. A sound too short for the lead of
    its first event begins with the event.
    """
    steps: list[PatternStep] = []
    done, part = 0, first
    while done < frames:
        left = frames - done
        slot = tempo.times(natural[part], generator)
        lead = slot.lead if slot.lead + slot.frames <= left else 0
        if left <= max(STRETCH * slot.frames, slot.frames + FEWEST - 1):
            rest = max(0, left - slot.frames) if slot.rest else 0
            return [*steps, PatternStep(part, left - rest), *([PatternStep(part, rest, 1)] if rest else [])]
        rest = min(slot.rest, left - lead - slot.frames)
        over = left - lead - slot.frames - rest
        if rest and over <= max(FEWEST, (STRETCH - 1) * slot.frames):
            rest += over
        stretches = PatternStep(part, lead, -1), PatternStep(part, slot.frames), PatternStep(part, rest, 1)
        steps += [step for step in stretches if step.frames]
        done += lead + slot.frames + rest
        part = draw(done, frames - done) if done < frames else part
    return steps


def rest_path(runs: Sequence[tuple[int, int]] | np.ndarray, frames: int, draw: Callable[[], int]) -> np.ndarray:
    """Return the grains [frame] of a rest: runs of quiet grains (first, frames), the next one always `draw()`'s."""
    path: list[int] = []
    while len(path) < frames:
        first, size = map(int, runs[draw()])
        path += range(first, first + min(size, frames - len(path)))
    return np.array(path, int)
