"""The graph walk: write new code sequences that follow the corpus and jump where two positions in it sound alike.

A non-parametric autoregressive prior. From grain j the walk usually continues with j + 1; at a rate set by the mean run
length it jumps to the successor of a grain whose latent, and whose next frame, are close to those of j. All levels move
together, so attacks, decays and harmonics stay real. Akin to Schödl et al., "Video Textures" (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, Self

import numpy as np
from numpy.random import Generator

from sda_lib.codec.codes import Codes, region
from sda_lib.controls.controls import Ranges
from sda_lib.memory.graph import LAST_FRAMES, QUIET_END, Graph
from sda_lib.memory.recorded_parts import RecordedParts
from sda_lib.writers.endings import loudest_end, quietest_end
from sda_lib.writers.infill import Gap, bridge, old_cost, pull_to_sides, unless_old
from sda_lib.writers.novelty import (
    MIDDLE_RUN,
    CodeSpace,
    add_noise,
    code_latents,
    noise_amount,
    noise_scale,
    requantized,
    resample_near,
)
from sda_lib.writers.redraw_levels import redraw_levels
from sda_lib.writers.request import Request
from sda_lib.writers.sampling import sample_jump, sample_softmax
from sda_lib.writers.walk_plan import WalkPlan, WalkPlanner

# Tolerance (natural log) of the starting recording's length relative to the requested length.
START_SPREAD = 0.4
REMAINING_WEIGHT, REVISIT_WEIGHT = 3.0, 0.5
# Cost per dB of a jump's step in level, which counts up to MOST_STEP dB: a step is audible where spectra are alike.
LEVEL_WEIGHT, MOST_STEP = 0.6, 12.0
# Cost of a jump to where the recording changes suddenly, and near a sound's end to where it is too short for the rest.
SUDDEN_COST, TOO_SHORT_COST = 2.0, 8.0
# Tolerance of the share of a frame that is filled.
ROUNDING = 1e-3
# A walk without an end searches all grains when every neighbor costs more than this.
LOST = 9.0
# Natural logarithm, at novelty 1, by which a jump may miss the end of an event more than going on.
MISS = 0.8
# Cost of a grain outside all sounding parts for a sound that ends.
QUIET_COST = 10.0
# Relative increase of the jump rate per unit of control cost of the current grain.
IMPATIENCE = 0.3
# Maximum number of walks drawn to find one with a quiet end, or one that repeats nothing of what it replaces.
ATTEMPTS = 12
# Seconds. Of a gap longer than twice this, only the last BRIDGE seconds are bridged; a walk continues up to there.
BRIDGE = 0.5


class Steering(Protocol):
    """Optional steering of one walk, from its first grain on."""

    def record(self, grain: int) -> None:
        """Record the grain that the walk is at."""

    def costs(self, grains: np.ndarray) -> np.ndarray:
        """Return the cost of continuing with each of the grains [n], added to the walk's own costs [n]."""


@dataclass
class WalkHistory:
    """History of a walk.

    `visits` [grain]: number of visits; `cost` [grain] of using each grain in this walk; `last_run`: number of frames
    that the last run should have; `steering` of its jumps; `steps` (grain, next grain) taken.
    """

    visits: np.ndarray
    cost: np.ndarray
    last_run: int
    steering: Steering | None = None
    steps: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class Walk:
    """Write codes by a walk over a graph of grains.

    `ranges` returns the corpus measurements of the controls, computed on first use. `steering` makes the steering of a
    walk from the request and whether the sound ends (None: no steering). `middle_run` is the mean run in seconds from
    novelty 0.5 on. `costs` [grain] are added to those of the grains (None: none).
    """

    graph: Graph
    codec: CodeSpace
    ranges: Callable[[], Ranges] | None = None
    steering: Callable[[Request, bool], Steering] | None = None
    middle_run: float = MIDDLE_RUN
    parts: RecordedParts | None = None
    costs: np.ndarray | None = None

    def leaning(self, cost: np.ndarray, penalty: np.ndarray | None) -> Self:
        """Return the walk with a cost [grain] of each grain."""
        return replace(self, costs=cost)

    @cached_property
    def noise(self) -> np.ndarray:
        """The standard deviation [dim] of noise of amount 1."""
        return noise_scale(self.graph.latents, self.graph.recording)

    @cached_property
    def planner(self) -> WalkPlanner:
        """Makes the plans of this walk."""
        return WalkPlanner(self.graph, self.codec, self.ranges, self.middle_run, self.costs)

    @property
    def ahead(self) -> np.ndarray:
        """Return [grain] frames to the end of its part, including the grain."""
        return self.graph.remaining if self.parts is None else self.parts.ahead

    @cached_property
    def outside(self) -> np.ndarray:
        """Return [grain] whether it is quiet and belongs to no part of a recording."""
        return np.zeros(len(self.graph), bool) if self.parts is None else self.parts.quiet

    def nearest(self, codes: Codes) -> int:
        """Return the grain that, with the grain before it, is nearest to the last two frames of codes."""
        graph, last = self.graph, code_latents(self.codec, codes.indices[:, -2:])
        squared = ((graph.latents - last[-1]) ** 2).sum(1) + ((graph.latents[graph.preceding] - last[0]) ** 2).sum(1)
        return int(squared.argmin())

    def write(self, request: Request, generator: Generator) -> Codes:
        """Return new codes of `request.frames` frames."""
        codes = self.graph.like.with_indices(self.graph.codes[:, self.path(request, generator)])
        amount = noise_amount(request.novelty)
        if amount > 0:
            codes = add_noise(self.codec, codes, self.noise * amount, generator)
        return resample_near(self.codec, codes, request.level_temperatures, generator)

    def fill(self, codes: Codes, first: int, end: int, request: Request, generator: Generator) -> Codes:
        """Return the codes with frames first..end regenerated on the request's levels.

        With all levels, the gap is bridged by a path through the graph that fits both sides. With some levels kept, the
        others come from grains that resemble the kept ones.
        """
        rows, columns = region(codes, request.levels, (first, end))
        if rows != slice(0, codes.levels):
            return redraw_levels(self.graph, self.codec, codes, (rows, columns), request.temperature, generator)
        count, last = end - first, round(BRIDGE * codes.frame_rate)
        indices = codes.indices.copy()
        if first > 0 and count > 2 * last:
            before = codes.with_indices(codes.indices[:, :first])
            lead = replace(request, frames=count - last, before=before, ends=False, contour=())
            indices[:, first : end - last] = self._unlike(codes.indices[:, first : end - last], lead, generator)
            first = end - last
        indices[:, first:end] = self._bridged(indices, first, end, codes.indices[:, columns], request, generator)
        return codes.with_indices(indices)

    def _unlike(self, old: np.ndarray, request: Request, generator: Generator) -> np.ndarray:
        """Return new codes [level, frame], drawn up to ATTEMPTS times until no frame is the `old` one at its place."""
        draws = (self.write(request, generator).indices for _ in range(ATTEMPTS))
        found, fewest = old, len(old[0]) + 1
        for drawn in draws:
            same = int((drawn == old).all(0).sum())
            if same < fewest:
                found, fewest = drawn, same
            if same == 0:
                break
        return found

    def _bridged(
        self, indices: np.ndarray, first: int, end: int, old: np.ndarray, request: Request, generator: Generator
    ) -> np.ndarray:
        """Return new codes [level, frame] for frames first..end of `indices` [level, all frames].

        The path leads from side to side through the graph and through the sound's own frames, which resemble the
        missing part most. The `old` codes [level, n] are not used again.
        """
        whole = code_latents(self.codec, indices)
        gap = Gap(whole[max(0, first - 1) : first], whole[end : end + 1], end - first)
        places = self.graph.appended(indices[:, :first], whole[:first]).appended(indices[:, end:], whole[end:])
        # Where recordings are chosen, the gap is not filled with what the sound has elsewhere.
        own = np.full(len(places) - len(self.graph), 0.0 if self.costs is None else LOST)
        cost = np.append(self.planner.control_cost(request.controls), own)
        path = bridge(places, gap, cost + old_cost(places, old), request.temperature, generator)
        found, moved = places.codes[:, path], pull_to_sides(places, gap, path)
        return unless_old(requantized(self.codec, found, moved, self.codec.config.beam), found, old)

    def path(self, request: Request, generator: Generator) -> np.ndarray:
        """Return the grains visited [frame].

        Where recordings fade, a sound that ends is redrawn up to ATTEMPTS times while its end is loud; if none is quiet
        enough, the quietest is led to quiet grains.
        """
        plan = self.planner.plan(request)
        fades = self.graph.mostly_fade if request.quiet_end is None else request.quiet_end
        needs_quiet_end = plan.ends and fades
        attempts = range(ATTEMPTS if needs_quiet_end else 1)
        draws = (self._draw(request, self.planner.drawn(plan, request, generator), generator) for _ in attempts)
        most = loudest_end(self.graph, request, self.ahead)
        path, level = quietest_end(draws, self.graph.loudness, most)
        needs_bridge = needs_quiet_end and not request.followed and level > most
        return self._with_quiet_end(path, request, generator) if needs_bridge else path

    def _with_quiet_end(self, path: np.ndarray, request: Request, generator: Generator) -> np.ndarray:
        """Return the path with its last frames bridged to grains as quiet as an end should be."""
        graph, count = self.graph, min(LAST_FRAMES, len(path) - 1)
        if count < 1:
            return path
        kept = path[:-count]
        cost = np.maximum(graph.loudness - graph.loudness[kept].max() - QUIET_END, 0)
        gap = Gap(graph.latents[kept[-1:]], graph.latents[:0], count)
        return np.concatenate([kept, bridge(graph, gap, cost, request.temperature, generator)])

    def _draw(self, request: Request, plan: WalkPlan, generator: Generator) -> np.ndarray:
        """Draw one walk and return the grains visited [frame]."""
        graph, beat, frames = self.graph, plan.beat, request.frames
        path = [self._first(request, plan, generator)]
        steering = self.steering(request, plan.ends) if self.steering else None
        cost = self.planner.steady_cost(plan, request, path[0]) + QUIET_COST * (self.outside & plan.ends)
        history = WalkHistory(np.zeros(len(graph)), cost, min(int(plan.least_run), frames - 1), steering)
        run, repeated, most = 1, 0, request.longest_run or frames
        for frame in range(1, frames):
            here = path[-1]
            history.visits[here] += 1
            if steering:
                steering.record(here)
            if plan.contour is not None:
                history.cost = self.planner.cost_at(frame, plan)
            repeats = repeated >= plan.longest_repeat
            rate = self.planner.leaving[here] * (1 + history.cost[here] * IMPATIENCE) / plan.mean_run
            leave = run >= plan.least_run and generator.random() < rate and frames - frame >= history.last_run
            over = self._is_over(here, frames - frame, plan, history, request)
            run += 1
            if beat is not None and beat.on_beat[frame]:
                costs = (history.cost - beat.cost)[beat.onset_grains]
                there, run = int(beat.onset_grains[sample_softmax(costs, generator)]), 1
            elif leave or repeats or over or run > most or (beat is not None and beat.cost[here + 1] > 0):
                left = frames - frame if plan.ends else None
                there = self._jump(here, left, history, repeats, request, generator)
                if left is not None and not (repeats or over) and self._misses_end(here, there, left, request):
                    there = here + 1
                else:
                    run = 1
            else:
                there = here + 1
            repeated = repeated + 1 if (here, there) in history.steps else 0
            history.steps.add((here, there))
            path.append(there)
        return np.array(path)

    def _is_over(self, here: int, left: int, plan: WalkPlan, history: WalkHistory, request: Request) -> bool:
        """Return whether the recording can't go on after a grain, with `left` frames left, or not until the end.

        A recording's last grain is used only in the last frame of a sound that ends.
        """
        over = not (self.graph.continues[here] or (plan.ends and left == 1 and self._may_end(here, request)))
        if over or not plan.ends:
            return over
        short = left == history.last_run and not self._lasts(here + 1, left, request)
        return bool(short or (left > LAST_FRAMES and self.outside[here + 1]))

    def _may_end(self, here: int | np.ndarray, request: Request) -> np.ndarray:
        """Return whether a sound may end with the successor of each grain [n or none] though it is a tail.

        It may where it is quiet, or filled as far as needed, unless other frames follow.
        """
        graph = self.graph
        filled = self.parts is not None and self.parts.fill[graph.recording[here]] >= request.last - ROUNDING
        return (graph.may_end[here] | (filled & (graph.remaining[here] > 1))) & (not request.followed)

    def _lasts(self, grain: int | np.ndarray, left: int, request: Request) -> np.ndarray:
        """Return whether the recording of each grain [n or none] lasts for `left` frames, including the grain."""
        graph = self.graph
        last = np.minimum(grain, len(graph) - 1)
        end = last + graph.remaining[last] - 1
        usable = graph.remaining[last] - (graph.tail[end] & ~self._may_end(end - 1, request))
        return usable >= left

    def _misses_end(self, here: int, there: int, left: int, request: Request) -> bool:
        """Return whether a jump would miss the end of an event more than going on does.

        Short events have few places that are alike, most of them too near to their end. More novelty tolerates more.
        """
        if self.parts is None or request.first is None:
            return False
        miss, stay = np.abs(np.log(self.ahead[[there, here + 1]] / left))
        return bool(miss > stay + MISS * request.novelty)

    def _first(self, request: Request, plan: WalkPlan, generator: Generator) -> int:
        """Return the first grain of a walk.

        It is the requested one, or continues the codes before it, if any. For a sound that ends, it is the beginning of
        a recording of about the requested length; otherwise any grain, loud ones preferred.
        """
        if request.first is not None:
            return request.first
        graph, cost = self.graph, plan.cost
        if plan.contour is not None:
            cost = self.planner.cost_at(0, replace(plan, beat=None))
        if not (plan.ends and request.frames == 1):
            cost = np.where(graph.tail, np.inf, cost)
        if request.before is not None:
            return self._next_after(request.before, cost, request, generator)
        if plan.ends:
            starts = graph.starts
            miss = np.log(graph.remaining[starts] / request.frames) / START_SPREAD
            return int(starts[sample_softmax(0.5 * miss**2 + cost[starts], generator)])
        level = np.maximum(self.planner.level - self.planner.level.max(), -60)
        return sample_softmax(-level / 20 * np.log(10) + cost, generator)

    def _next_after(self, before: Codes, cost: np.ndarray, request: Request, generator: Generator) -> int:
        """Return the successor of a grain that, with the grain before it, resembles the last two frames."""
        graph = self.graph
        last = code_latents(self.codec, before.indices[:, -2:])
        squared = ((graph.latents - last[-1]) ** 2).sum(1) + ((graph.latents[graph.preceding] - last[0]) ** 2).sum(1)
        costs = np.where(graph.continues, np.sqrt(squared) / graph.unit + cost, np.inf)
        if not np.isfinite(costs).any():
            return sample_softmax(cost, generator)
        near = np.argsort(costs)[: request.top_k]
        return int(near[_sample(costs[near], request, generator)]) + 1

    def _jump(
        self, here: int, left: int | None, history: WalkHistory, repeats: bool, request: Request, generator: Generator
    ) -> int:
        """Return the grain to jump to: the successor of a neighbor of `here`.

        Without an allowed neighbor, it is any grain similar to the one that would follow. `left` is the number of
        frames left of a sound that ends, else None. If the walk `repeats` itself, no step is taken again.
        """
        graph = self.graph
        there = (graph.neighbors[here] + 1) % len(graph)
        step = np.abs(graph.loudness[there] - graph.loudness[here + graph.continues[here]])
        costs = graph.distances[here] + LEVEL_WEIGHT * np.minimum(step, MOST_STEP) + SUDDEN_COST * graph.sudden[there]
        costs = costs + REVISIT_WEIGHT * history.visits[there] + history.cost[there]
        if history.steering:
            costs = costs + history.steering.costs(there)
        if repeats:
            costs = np.where([(here, int(grain)) in history.steps for grain in there], np.inf, costs)
        if left is None:
            costs = np.where(history.cost[there] > LOST, np.inf, costs)
        else:
            costs = costs + REMAINING_WEIGHT * np.abs(np.log(self.ahead[there] / left))
            if left <= history.last_run:
                costs = costs + TOO_SHORT_COST * ~self._lasts(there, left, request)
        if np.isfinite(costs).any():
            return int(graph.neighbors[here][_sample(costs, request, generator)]) + 1
        distance = np.sqrt(((graph.latents - graph.latents[here + graph.continues[here]]) ** 2).sum(1)) / graph.unit
        costs = distance + REVISIT_WEIGHT * history.visits + history.cost
        return _sample(np.where(graph.tail, np.inf, costs), request, generator)


def _sample(costs: np.ndarray, request: Request, generator: Generator) -> int:
    """Sample an index of costs [n] as the request says."""
    return sample_jump(costs, request.temperature, request.top_k, request.top_p, generator)
