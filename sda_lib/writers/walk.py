"""The graph walk: new code sequences that follow the corpus and jump where two places in it sound alike.

A non-parametric autoregressive prior. From grain j the walk usually goes on to j + 1; at a rate that sets the mean run
it jumps to a grain after one whose sound, and whose next frame, are close to those of j. All levels come along, so
attacks, decays and harmonics stay real. Akin to Schödl et al., "Video Textures" (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
import torch
from numpy.random import Generator

from sda_lib.codec.codec import Codec
from sda_lib.codec.codes import Codes, region
from sda_lib.controls.beat import Beat
from sda_lib.controls.controls import Ranges
from sda_lib.memory.grains import Memory
from sda_lib.memory.graph import LAST_FRAMES, QUIET_END, Graph
from sda_lib.writers.infill import Gap, bridge, drawn_to_sides, forbidden, unless_old
from sda_lib.writers.loudness_contour import levels
from sda_lib.writers.novelty import MIDDLE_RUN, mean_run, noise_amount, requantized, shaken, strayed
from sda_lib.writers.redraw_levels import redrawn
from sda_lib.writers.request import Request
from sda_lib.writers.sampling import chosen, drawn
from sda_lib.writers.steering import Alone, Guide

LEAST_RUN = 0.09
"""Seconds a run lasts at least (less only when the mean run is shorter)."""
LONGEST_REPEAT = 1.5
"""Seconds of its own past that a walk may repeat before it must turn."""
START_SPREAD = 0.4
"""How far (natural log) the starting recording's length may be from the request."""
ONE_SHOT, SURELY = 1.25, 3.0
"""Sounds up to this many times as long as nearly all recordings, if those fade, or up to so many seconds, have an own
end."""
REMAINING_WEIGHT, REVISIT_WEIGHT, LOUDNESS_WEIGHT, CONTROL_WEIGHT = 3.0, 0.5, 3.0, 10.0
CONTOUR_WEIGHT, CONTOUR_TOPS = 0.5, (0.6, 0.98)
"""What each dB away from a contour costs; where among the levels of all grains its highest may lie."""
CONTOUR_AHEAD = 0.25
"""Seconds of the recording from a grain on whose level should be the contour's."""
LOUDNESS_SLACK = 3.0
"""dB that a texture may stray from its starting level at no cost."""
LOUDNESS_AHEAD = 0.5
"""Seconds of the recording from a grain on whose level counts, so that neither a rhythm's gaps nor its strokes do."""
RECENT = 4.0
"""Seconds of a sound whose level one that goes on keeps."""
LOST = 9.0
"""When all neighbors' places cost more than this, a walk looks everywhere."""
IMPATIENCE = 0.3
"""How much sooner a walk leaves what costs 1 because of the controls."""
ATTEMPTS = 12
"""How many walks are tried for a quiet end."""
BRIDGE = 0.5
"""Seconds: of a longer gap, only the end is bridged; up to there the walk goes on."""


@dataclass(frozen=True)
class Course:
    """What one walk is led by: cost [grain] of being at a grain, mean and least run and longest repeat in frames,
    whether the sound ends, when it strikes and which level in dB it has [frame] (nothing: as it comes)."""

    cost: np.ndarray
    mean_run: float
    least_run: float
    longest_repeat: int
    ends: bool
    beat: Beat | None = None
    contour: np.ndarray | None = None


@dataclass
class Past:
    """Where a walk has been: visits [grain], what being at a grain costs after such a beginning [grain], who heard all
    of it, the steps it took."""

    visits: np.ndarray
    cost: np.ndarray
    guide: Guide
    steps: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class Walk:
    """A writer of codes over a graph of grains; `ranges` gives what the controls measure in them, when it is needed.
    `guide` makes who steers a walk for a request, and whether the sound ends (None: nobody). `middle_run`: seconds of
    a run on average from novelty 0.5 on."""

    graph: Graph
    codec: Codec
    ranges: Callable[[], Ranges] | None = None
    guide: Callable[[Request, bool], Guide] | None = None
    middle_run: float = MIDDLE_RUN

    @classmethod
    def over(cls, memory: Memory, ranges: Callable[[], Ranges] | None = None) -> Walk:
        return cls(Graph.of_memory(memory), memory.codec, ranges or cache(lambda: Ranges.of(memory)))

    @cached_property
    def level(self) -> np.ndarray:
        """[grain] dB: the mean power of LOUDNESS_AHEAD from the grain on."""
        return self._level_ahead(LOUDNESS_AHEAD)

    @cached_property
    def near_level(self) -> np.ndarray:
        """[grain] dB: the mean power of CONTOUR_AHEAD from the grain on."""
        return self._level_ahead(CONTOUR_AHEAD)

    def _level_ahead(self, seconds: float) -> np.ndarray:
        ahead = np.minimum(self.graph.remaining, max(1, round(seconds * self.graph.like.frame_rate)))
        summed = np.concatenate([[0.0], np.cumsum(10 ** (self.graph.loudness / 10))])
        place = np.arange(len(ahead))
        return 10 * np.log10(np.maximum((summed[place + ahead] - summed[place]) / ahead, 1e-12))

    def write(self, request: Request, generator: Generator) -> Codes:
        """New codes of that many frames."""
        codes = self.graph.like.with_indices(self.graph.codes[:, self.path(request, generator)])
        amount = noise_amount(request.novelty)
        if amount > 0:
            codes = shaken(self.codec, codes, self.graph.latents.std(0) * amount, generator)
        return strayed(self.codec, codes, request.level_temperatures, generator)

    def fill(self, codes: Codes, first: int, end: int, request: Request, generator: Generator) -> Codes:
        """Frames first..end anew: by a path through the graph that fits both sides, or where some levels stay, by what
        other grains that resemble those have on the rest."""
        rows, columns = region(codes, request.levels, (first, end))
        if rows != slice(0, codes.levels):
            return redrawn(self.graph, self.codec, codes, (rows, columns), request.temperature, generator)
        count, last = end - first, round(BRIDGE * codes.frame_rate)
        indices = codes.indices.copy()
        if first > 0 and count > 2 * last:
            lead = replace(request, frames=count - last, before=_until(codes, first), ends=False, contour=())
            indices[:, first : end - last] = self.write(lead, generator).indices
            first = end - last
        indices[:, first:end] = self._bridged(indices, first, end, codes.indices[:, columns], request, generator)
        return codes.with_indices(indices)

    def _bridged(
        self, indices: np.ndarray, first: int, end: int, old: np.ndarray, request: Request, generator: Generator
    ) -> np.ndarray:
        """Codes [level, frame] for frames first..end of codes [level, all frames], led from side to side through the
        graph and through the sound's own frames, which are likest to what is missing; none of them is one of the `old`
        codes [level, n]."""
        whole = self._latents(indices)
        gap = Gap(whole[max(0, first - 1) : first], whole[end : end + 1], end - first)
        places = self.graph.and_then(indices[:, :first], whole[:first]).and_then(indices[:, end:], whole[end:])
        cost = np.append(self._cost(request), np.zeros(len(places) - len(self.graph)))
        path = bridge(places, gap, cost + forbidden(places, old), request.temperature, generator)
        found, moved = places.codes[:, path], drawn_to_sides(places, gap, path)
        return unless_old(requantized(self.codec, found, moved, self.codec.config.beam), found, old)

    def path(self, request: Request, generator: Generator) -> np.ndarray:
        """The grains visited [frame]. A sound that shall end, where recordings fade, is walked again while its end is
        loud, and led to quiet grains at last."""
        course = self._course(request)
        fades = course.ends and self.graph.fades
        attempts = ATTEMPTS if fades else 1
        best, quietest = None, np.inf
        for _ in range(attempts):
            drawn_course = self._shaped(self._beaten(course, request, generator), request, generator)
            path = self._path(request, drawn_course, generator)
            loudness = self.graph.loudness[path]
            end = loudness[-LAST_FRAMES:].max() - loudness.max()
            if end < quietest or best is None:
                best, quietest = path, end
            if quietest <= QUIET_END:
                break
        return self._hushed(best, request, generator) if fades and quietest > QUIET_END else best

    def _hushed(self, path: np.ndarray, request: Request, generator: Generator) -> np.ndarray:
        """The path with the last frames bridged to grains that are as quiet as an end should be."""
        graph, count = self.graph, min(LAST_FRAMES, len(path) - 1)
        if count < 1:
            return path
        kept = path[:-count]
        cost = np.maximum(graph.loudness - graph.loudness[kept].max() - QUIET_END, 0)
        gap = Gap(graph.latents[kept[-1:]], graph.latents[:0], count)
        tail = bridge(graph, gap, cost, request.temperature, generator)
        return np.concatenate([kept, tail])

    def _course(self, request: Request) -> Course:
        rate = self.graph.like.frame_rate
        run = max(1.0, mean_run(request.novelty, self.middle_run) * rate)
        least = min(max(1, round(LEAST_RUN * rate)), run)
        longest = np.ceil(SURELY * rate)
        if self.graph.fades:
            longest = max(longest, ONE_SHOT * np.quantile(self.graph.remaining[self.graph.starts], 0.9))
        ends = request.frames <= longest and request.before is None if request.ends is None else request.ends
        ends = ends and not request.contour  # which says itself how the sound ends
        return Course(self._cost(request), run, least, max(2, round(LONGEST_REPEAT * rate)), ends)

    def _cost(self, request: Request) -> np.ndarray:
        """[grain]: how far a grain's surroundings are from what the controls ask for."""
        if not request.controls:
            return np.zeros(len(self.graph))
        return CONTROL_WEIGHT * self.ranges().miss(request.controls)

    def _beaten(self, course: Course, request: Request, generator: Generator) -> Course:
        """The course as it is, or as often as a pulse is asked for with beats that are more or less regular: which
        comes nearest to what is asked is heard afterwards."""
        asked = request.controls.get("pulse", 0.0)
        if generator.random() >= asked:
            return course
        strength, rate = 1 - generator.random() ** 2, self.graph.like.frame_rate
        onsets = self.ranges().onsets
        onsets = replace(onsets, height=np.where(self.graph.tail, 0.0, onsets.height))
        beat = Beat.drawn(onsets, request.frames, rate, strength, generator)
        others = {name: amount for name, amount in request.controls.items() if name != "pulse"}
        cost = self._cost(replace(request, controls=others))
        return course if beat is None else replace(course, cost=cost, beat=beat)

    def _shaped(self, course: Course, request: Request, generator: Generator) -> Course:
        """The course with the contour that is asked for, if any, its highest at some level that the recordings have;
        where a sound goes on, at its usual level."""
        if not request.contour:
            return course
        if request.before is None:
            top = float(np.quantile(self.near_level, generator.uniform(*CONTOUR_TOPS)))
        else:
            top = self._usual_level(request.before)
        return replace(course, contour=top + levels(request.contour, request.frames))

    def _cost_at(self, frame: int, course: Course) -> np.ndarray:
        """[grain]: what being there costs at a frame because of beat and contour."""
        cost = course.cost if course.beat is None else course.cost + course.beat.cost
        if course.contour is None:
            return cost
        ahead = course.contour[frame : frame + max(1, round(CONTOUR_AHEAD * self.graph.like.frame_rate))].mean()
        return cost + CONTOUR_WEIGHT * np.abs(self.near_level - ahead)

    def _path(self, request: Request, course: Course, generator: Generator) -> np.ndarray:
        graph, frames = self.graph, request.frames
        path = [self._first(request, course, generator)]
        guide = self.guide(request, course.ends) if self.guide else Alone()
        past, beat = Past(np.zeros(len(graph)), self._cost_at(0, course), guide), course.beat
        if not course.ends and not request.controls and course.contour is None:
            usual = self.level[path[0]] if request.before is None else self._usual_level(request.before)
            stray = np.abs(self.level - usual) - LOUDNESS_SLACK
            past.cost = course.cost + LOUDNESS_WEIGHT * np.maximum(stray, 0) / LOUDNESS_SLACK
        run, again = 1, 0
        while len(path) < frames:
            here = path[-1]
            past.visits[here] += 1
            guide.took(here)
            if course.contour is not None:
                past.cost = self._cost_at(len(path), course)
            tired, ending = again >= course.longest_repeat, course.ends and len(path) == frames - 1
            rate = (1 + past.cost[here] * IMPATIENCE) / course.mean_run
            leave = run >= course.least_run and generator.random() < rate
            if beat is not None and beat.strikes[len(path)]:
                there, run = int(beat.strokes[drawn((past.cost - beat.cost)[beat.strokes], generator)]), 1
            elif leave or tired or self._is_over(here, ending) or (beat is not None and beat.cost[here + 1] > 0):
                wanted = frames - len(path) if course.ends else None
                there, run = self._turn(self._costs(here, wanted, past, tired), here, past, request, generator), 1
            else:
                there, run = here + 1, run + 1
            again = again + 1 if (here, there) in past.steps else 0
            past.steps.add((here, there))
            path.append(there)
        return np.array(path)

    def _is_over(self, here: int, ending: bool) -> bool:
        """Whether a recording has no more for a walk from here: its last grain is only for a walk that is `ending`."""
        return not (self.graph.going_on[here] or (ending and self.graph.ending[here]))

    def _first(self, request: Request, course: Course, generator: Generator) -> int:
        """Where a walk begins: what fits the codes before it; for sounds that end, the attack of a recording of about
        that length; else anywhere, loud places first."""
        graph = self.graph
        if course.contour is not None:
            course = replace(course, cost=self._cost_at(0, replace(course, beat=None)))
        if not (course.ends and request.frames == 1):
            course = replace(course, cost=np.where(graph.tail, np.inf, course.cost))
        if request.before is not None:
            return self._next_after(request.before, course, request, generator)
        if course.ends:
            starts = graph.starts
            miss = np.log(graph.remaining[starts] / request.frames) / START_SPREAD
            return int(starts[drawn(0.5 * miss**2 + course.cost[starts], generator)])
        level = np.maximum(self.level - self.level.max(), -60)
        return drawn(-level / 20 * np.log(10) + course.cost, generator)

    def _usual_level(self, before: Codes) -> float:
        """dB, in terms of `level`, of the louder half of a sound's last RECENT, by the grains that it resembles: where
        a sound goes on that has died away, it comes back to what it was."""
        recent = before.indices[:, -max(1, round(RECENT * before.frame_rate)) :]
        squared = -2 * self._latents(recent) @ self.graph.latents.T + (self.graph.latents**2).sum(1)
        return float(np.quantile(self.level[squared.argmin(1)], 0.75))

    def _next_after(self, before: Codes, course: Course, request: Request, generator: Generator) -> int:
        """A grain after one that, with the grain before it, is like the last two frames."""
        graph = self.graph
        last = self._latents(before.indices[:, -2:])
        squared = ((graph.latents - last[-1]) ** 2).sum(1) + ((graph.latents[graph.preceding] - last[0]) ** 2).sum(1)
        costs = np.where(graph.going_on, np.sqrt(squared) / graph.unit + course.cost, np.inf)
        if not np.isfinite(costs).any():
            return drawn(course.cost, generator)
        near = np.argsort(costs)[: request.top_k]
        return int(near[chosen(costs[near], request, generator)]) + 1

    def _costs(self, here: int, wanted: int | None, past: Past, tired: bool) -> np.ndarray:
        """[neighbor]: what it costs to go on from `here` with the grain after each of those that are like it; infinite
        for places to be left out. `wanted` is how many frames are left of a sound that ends; who is `tired` takes no
        step again."""
        graph = self.graph
        there = (graph.neighbors[here] + 1) % len(graph)
        costs = graph.distances[here] + REVISIT_WEIGHT * past.visits[there] + past.cost[there]
        costs = costs + past.guide.costs(there)
        if tired:
            costs = np.where([(here, int(one)) in past.steps for one in there], np.inf, costs)
        if wanted is None:
            return np.where(past.cost[there] > LOST, np.inf, costs)
        return costs + REMAINING_WEIGHT * np.abs(np.log(graph.remaining[there] / wanted))

    def _turn(self, costs: np.ndarray, here: int, past: Past, request: Request, generator: Generator) -> int:
        """The grain to go on with; when no neighbor is possible, one like that which would follow, wherever it is."""
        graph = self.graph
        if np.isfinite(costs).any():
            return int(graph.neighbors[here][chosen(costs, request, generator)]) + 1
        wanted = graph.latents[here + graph.going_on[here]]
        costs = np.sqrt(((graph.latents - wanted) ** 2).sum(1)) / graph.unit + REVISIT_WEIGHT * past.visits + past.cost
        return chosen(np.where(graph.tail, np.inf, costs), request, generator)

    def _latents(self, indices: np.ndarray) -> np.ndarray:
        """[frame, dim] of codes [level, frame]."""
        device = self.codec.mean.device
        return self.codec.bottleneck.embed(torch.tensor(indices, device=device)).cpu().numpy()


def _until(codes: Codes, end: int) -> Codes:
    return codes.with_indices(codes.indices[:, :end])
