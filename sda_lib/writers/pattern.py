"""Patterns: a sound longer than the events of the corpus is a row of them; a texture stays a texture.

A new sound begins with one of the recordings, whatever its length. If that is an event and about as long as the sound
or longer, the sound is this one event, shortened to end by itself if need be. If it is shorter, other events follow,
each as long as it is by nature, with the rests that the recordings have between theirs (none where every recording is
one event). Rests consist of the recordings' own quiet. The controls density and pulse set the times between events;
the other controls and a contour choose the events. If the sound begins with a texture, it is one walk, as long as
wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.random import Generator

from sda_lib.codec.codes import Codes
from sda_lib.memory.recorded_parts import RecordedParts
from sda_lib.writers.loudness_contour import contour_levels
from sda_lib.writers.pattern_plan import LONGEST_REST, STRETCH, PatternStep, Slot, Tempo, plan_pattern, rest_path
from sda_lib.writers.request import Request, Writer
from sda_lib.writers.sampling import sample_softmax
from sda_lib.writers.walk import Walk
from sda_lib.writers.walk_plan import LOUDNESS_SLACK

# Controls that set the times between events; the others choose events.
IN_TIME = {"density", "pulse"}
# Tolerance (natural log) of the length of the event that a sound with controls begins with.
LENGTH_SPREAD = 0.4
# Cost per dB of an event's mean deviation from a contour in its first seconds, and the quantiles of the events' levels
# from which the contour's peak is drawn.
CONTOUR_WEIGHT, CONTOUR_SECONDS, CONTOUR_TOPS = 1.0, 2.0, (0.6, 0.98)
# Shares of its recording's duration from which on, and up to which, a sound that is a texture is the whole of it.
WHOLE = (0.8, STRETCH)
# Deviation in dB of a rest's level from the end of the event before it that costs one unit.
REST_DB = 3.0
# A last frame of a rest that needs at most this share has no room for a joint; share of it that may be missing.
LITTLE, FILL_TOLERANCE = 0.25, 0.1
# Fall in dB from an event's loudest grain at which it has died away.
DIED_AWAY = 50.0
# Share of the grains that serve as quiet in recordings without any.
QUIETEST = 0.05
# Range in dB of the levels at which a texture may begin.
MOST_DB = 60.0


@dataclass(frozen=True, eq=False)
class PatternWriter:
    """Write patterns of events with another writer, and textures as that does.

    `walk` is the walk over the same recordings, `parts` are the parts of these.
    """

    writer: Writer
    walk: Walk
    parts: RecordedParts

    def leaning(self, cost: np.ndarray, penalty: np.ndarray | None) -> Self:
        """Return the writer of patterns and textures with a cost [grain] of each grain."""
        return replace(self, writer=self.writer.leaning(cost, penalty), walk=self.walk.leaning(cost, penalty))

    def write(self, request: Request, generator: Generator) -> Codes:
        """Return new codes of `request.frames` frames."""
        graph = self.walk.graph
        written = [
            graph.codes[:, one] if isinstance(one, np.ndarray) else self.writer.write(one, generator).indices
            for one in self.stretches(request, generator)
        ]
        return graph.like.with_indices(np.concatenate(written, axis=1))

    def fill(self, codes: Codes, first: int, end: int, request: Request, generator: Generator) -> Codes:
        """Return the codes with frames first..end of the request's levels regenerated to fit both sides."""
        return self.writer.fill(codes, first, end, request, generator)

    def stretches(self, request: Request, generator: Generator) -> list[Request | np.ndarray]:
        """Return what a sound consists of, in order: requests for the writer, and rests as grains [frame].

        A request that says whether the sound ends is returned as it is.
        """
        if request.ends is not None:
            return [request]
        contour = self._contour(request, generator)
        if request.before is not None:
            return self._continued(request, request.before, contour, generator)
        part = self._first(request, contour, generator)
        if not self.parts.event[part]:
            return self._texture(request, part, generator)
        most = int(self.parts.frames[part]) if self._rests[part] else STRETCH * self.parts.frames[part] + 1
        if request.frames <= most and not request.controls.keys() & IN_TIME:
            return [request if request.contour else self._event(request, PatternStep(part, request.frames))]
        return self._pattern(request, self._natural, part, contour, generator)

    def _continued(
        self, request: Request, before: Codes, contour: np.ndarray | None, generator: Generator
    ) -> list[Request | np.ndarray]:
        """Return what continues codes: the rest of the event that they end with, then other events."""
        parts, here = self.parts, self.walk.nearest(before)
        part = int(np.searchsorted(parts.first, here, "right")) - 1
        if part < 0 or not parts.events[self.walk.graph.recording[here]] or not len(parts.patterned):
            return [request]
        left = int(parts.ahead[here]) - 1
        if not left:
            part = self._next(request, contour, generator)(0, request.frames)
            return self._pattern(request, self._natural, part, contour, generator)
        natural = list(self._natural)
        natural[part] = Slot(0, left, natural[part].rest)
        if request.frames <= STRETCH * left + 1:
            return [replace(self._event(request, PatternStep(part, request.frames)), first=None, before=before)]
        begun, *others = self._pattern(request, natural, part, contour, generator)
        assert isinstance(begun, Request)
        return [replace(begun, first=None, before=before), *others]

    def _first(self, request: Request, contour: np.ndarray | None, generator: Generator) -> int:
        """Return the part that a sound begins with: of the request's recording, or of any that fits the controls."""
        parts = self.parts
        if request.recording is not None:
            return int(generator.choice(parts.of_recording(request.recording)))
        usable = np.concatenate([parts.of_recording(recording) for recording in parts.sounding])
        costs = self._costs(request, usable, contour, 0)
        if not (request.contour or request.controls.keys() & IN_TIME):
            miss = np.log(parts.frames[usable] / request.frames) / LENGTH_SPREAD
            costs = costs + 0.5 * np.where(parts.event[usable], miss, 0) ** 2
        return int(usable[sample_softmax(costs, generator)])

    def _texture(self, request: Request, part: int, generator: Generator) -> list[Request | np.ndarray]:
        """Return a texture: all of a recording that is about as long, with the quiet around it, else an excerpt."""
        slot = self._natural[part]
        if request.controls or request.contour:
            return [request]
        if WHOLE[0] <= request.frames / sum(slot) <= WHOLE[1]:
            lead, rest = (slot.lead, slot.rest) if request.frames > slot.frames + slot.rest else (0, 0)
            steps = (
                PatternStep(part, lead, -1),
                PatternStep(part, request.frames - lead - rest),
                PatternStep(part, rest, 1),
            )
            return self._stretches(request, [step for step in steps if step.frames], generator)
        return [replace(request, first=self.texture_start(part, generator), ends=False)]

    def texture_start(self, part: int, generator: Generator, level: float | None = None) -> int:
        """Return a grain of a part with which a texture begins: a loud one, or one of about this level in dB."""
        first, frames = int(self.parts.first[part]), int(self.parts.frames[part])
        own = self.walk.planner.level[first : first + frames]
        costs = np.minimum(own.max() - own, MOST_DB) / 20 * np.log(10)
        if level is not None:
            costs = np.maximum(np.abs(own - level) - LOUDNESS_SLACK, 0)
        costs[self.walk.graph.tail[first : first + frames]] = np.inf
        return first + sample_softmax(costs, generator)

    def first_part(self, request: Request, generator: Generator) -> int:
        """Return the part that a sound begins with."""
        return self._first(request, self._contour(request, generator), generator)

    def next_part(self, request: Request, generator: Generator) -> int:
        """Return an event that a pattern goes on with, with all frames of the request left."""
        return self._next(request, None, generator)(0, request.frames)

    def slot(self, part: int) -> Slot:
        """Return the frames that a part takes up by nature."""
        return self._natural[part]

    def _pattern(
        self, request: Request, natural: Sequence[Slot], first: int, contour: np.ndarray | None, generator: Generator
    ) -> list[Request | np.ndarray]:
        """Return events and rests from the event `first` on; `natural` [part] are their slots."""
        tempo = Tempo.drawn(
            request.controls.get("density"), request.controls.get("pulse"), self.walk.graph.like.frame_rate, generator
        )
        draw = self._next(request, contour, generator)
        return self._stretches(request, plan_pattern(natural, first, request.frames, tempo, draw, generator), generator)

    def _stretches(
        self, request: Request, steps: Sequence[PatternStep], generator: Generator
    ) -> list[Request | np.ndarray]:
        """Return the events and rests of a plan."""
        last = len(steps) - 1
        return [
            self._rest(step, generator, request.last if number == last else 1.0)
            if step.quiet
            else self._event(request, step, number < last)
            for number, step in enumerate(steps)
        ]

    def _event(self, request: Request, step: PatternStep, followed: bool = False) -> Request:
        """Return the request for an event."""
        controls = {name: amount for name, amount in request.controls.items() if name not in IN_TIME}
        first, quiet_end = int(self.parts.first[step.part]), bool(self.parts.fades[step.part])
        beyond = int(self.walk.graph.remaining[first] - self.parts.frames[step.part])
        kept = replace(request, frames=step.frames, controls=controls, contour=(), before=None, followed=followed)
        return replace(kept, first=first, beyond=beyond, ends=True, quiet_end=quiet_end)

    def _next(self, request: Request, contour: np.ndarray | None, generator: Generator) -> Callable[[int, int], int]:
        """Return what draws the event for a frame, with this many frames left: one that fits, if the first does not."""
        usable = self.parts.patterned

        def draw(frame: int, left: int) -> int:
            costs = self._costs(request, usable, contour, frame)
            found = int(usable[sample_softmax(costs, generator)])
            frames = np.array([slot.frames for slot in self._natural])
            fits = frames[usable] <= STRETCH * left
            if frames[found] <= STRETCH * left or not fits.any():
                return found
            return int(usable[sample_softmax(np.where(fits, costs, np.inf), generator)])

        return draw

    def _costs(self, request: Request, parts: np.ndarray, contour: np.ndarray | None, frame: int) -> np.ndarray:
        """Return the costs [n] of parts [n] for a frame; every recording is as likely as any other."""
        recording = self.parts.recording[parts]
        costs = np.log(np.bincount(recording)[recording])
        controls = {name: amount for name, amount in request.controls.items() if name not in IN_TIME}
        costs = costs + self.walk.planner.control_cost(controls)[self.parts.first[parts]]
        if contour is not None:
            wanted = contour[frame : frame + self._courses.shape[1]]
            away = np.abs(self._courses[parts, : len(wanted)] - wanted)
            costs = costs + CONTOUR_WEIGHT * np.nanmean(away, axis=1)
        return costs

    def _contour(self, request: Request, generator: Generator) -> np.ndarray | None:
        """Return the level of a contour in dB [frame], its peak at a random one of the events' higher levels."""
        if not request.contour:
            return None
        top = float(np.quantile(self.parts.level, generator.uniform(*CONTOUR_TOPS)))
        return top + contour_levels(request.contour, request.frames)

    def _rest(self, step: PatternStep, generator: Generator, filled: float) -> np.ndarray:
        """Return the grains [frame] of a rest: the quiet around the event, or quiet as loud as its end.

        Of its last frame, a share `filled` is needed.
        """
        runs, graph = self._quiet, self.walk.graph
        first, size = int(self.parts.first[step.part]), int(self.parts.frames[step.part])
        lead = int(self.parts.lead[step.part])
        if step.quiet < 0 and step.frames <= lead:
            return np.arange(first - step.frames, first)
        rest = np.arange(first + size, first + size + step.frames)
        if step.quiet > 0 and graph.remaining[first] == len(rest) + size and self._ends(first, rest, filled):
            return rest
        same = graph.recording[runs[:, 0]] == graph.recording[first]
        own = np.flatnonzero(same & (runs[:, 0] == (first + size if step.quiet > 0 else first - lead)))
        # What follows the recording's own quiet is as loud as its end, otherwise as the event's.
        before = runs[own[0]].sum() - 1 if len(own) and step.quiet > 0 else first + size - 1
        level = np.array([graph.loudness[begin : begin + count].mean() for begin, count in runs])
        costs = np.abs(level - graph.loudness[before]) / REST_DB - np.log(runs[:, 1])
        left = own.tolist()
        return rest_path(runs, step.frames, lambda: left.pop() if left else sample_softmax(costs, generator))

    def _ends(self, first: int, rest: np.ndarray, filled: float) -> bool:
        """Return whether a sound may end with the last grain of a recording whose event begins at `first`.

        That grain has to have the share `filled` of a frame. It is used where that is little, or where the recording
        has died away.
        """
        graph = self.walk.graph
        died = graph.loudness[rest[:-1]].min(initial=0.0) < graph.loudness[first : rest[0]].max() - DIED_AWAY
        enough = filled - FILL_TOLERANCE <= self.parts.fill[graph.recording[first]]
        return bool(enough and (filled <= LITTLE or died))

    @cached_property
    def _natural(self) -> list[Slot]:
        """The slot of each part, without its recording's last grain.

        Fading parts whose last grain is mostly filled keep its frame, or patterns of short ones would be too dense.
        """
        parts, graph = self.parts, self.walk.graph
        tail, most = graph.tail[parts.first + parts.frames - 1], round(LONGEST_REST * graph.like.frame_rate)
        omitted = tail & ~(parts.fades & (parts.fill[parts.recording] > 0.5))
        columns = np.minimum(parts.lead, most), np.maximum(parts.frames - omitted, 1), np.minimum(self._rests, most)
        return [Slot(*map(int, row)) for row in zip(*columns, strict=True)]

    @cached_property
    def _rests(self) -> np.ndarray:
        """The frames of quiet after each part [part]; of a row of events, the last one has the median rest."""
        parts, rest = self.parts, self.parts.rest.copy()
        for recording in np.unique(parts.recording[parts.rest > 0]):
            own = parts.recording == recording
            rest[own & (rest == 0)] = np.median(rest[own & (rest > 0)])
        return rest

    @cached_property
    def _courses(self) -> np.ndarray:
        """The level in dB of the first frames of each part [part, frame], NaN after its end."""
        level, parts = self.walk.planner.near_level, self.parts
        most = min(int(parts.frames.max()), round(CONTOUR_SECONDS * self.walk.graph.like.frame_rate))
        here = np.arange(max(1, most))
        inside = here < parts.frames[:, None]
        return np.where(inside, level[np.minimum(parts.first[:, None] + here, len(level) - 1)], np.nan)

    @cached_property
    def _quiet(self) -> np.ndarray:
        """Runs of quiet grains, first and number [run, 2]; where there are none, of the quietest that there are."""
        graph = self.walk.graph
        quiet = self.parts.quiet & ~graph.tail
        if not quiet.any():
            usable = graph.loudness[~graph.tail] if not graph.tail.all() else graph.loudness
            quiet = (graph.loudness <= np.quantile(usable, QUIETEST)) & (~graph.tail | graph.tail.all())
        begins = quiet & (np.diff(np.where(quiet, graph.recording, -1), prepend=-1) != 0)
        first = np.flatnonzero(begins)
        return np.stack([first, np.add.reduceat(quiet.astype(int), first)], axis=1)
