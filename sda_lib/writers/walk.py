"""The graph walk: write new code sequences that follow the corpus and jump where two positions in it sound alike.

A non-parametric autoregressive prior. From grain j the walk usually continues with j + 1; at a rate set by the mean run
length it jumps to the successor of a grain whose latent, and whose next frame, are close to those of j. All levels move
together, so attacks, decays and harmonics stay real. Akin to Schödl et al., "Video Textures" (2000).
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
from sda_lib.writers.infill import Gap, bridge, old_cost, pull_to_sides, unless_old
from sda_lib.writers.loudness_contour import levels
from sda_lib.writers.novelty import MIDDLE_RUN, add_noise, mean_run, noise_amount, requantized, resample_near
from sda_lib.writers.redraw_levels import redraw_levels
from sda_lib.writers.request import Request
from sda_lib.writers.sampling import sample_jump, sample_softmax
from sda_lib.writers.steering import NoSteering, Steering

# Shortest run in seconds (shorter only when the mean run is).
LEAST_RUN = 0.09
# Longest repetition of the walk's own past, in seconds, before a jump is forced.
LONGEST_REPEAT = 1.5
# Tolerance (natural log) of the starting recording's length relative to the requested length.
START_SPREAD = 0.4
# A sound gets an end of its own if it lasts at most SURELY seconds or, where recordings fade, at most ONE_SHOT times
# the 90th percentile of the recordings' lengths.
ONE_SHOT, SURELY = 1.25, 3.0
REMAINING_WEIGHT, REVISIT_WEIGHT, LOUDNESS_WEIGHT, CONTROL_WEIGHT = 3.0, 0.5, 3.0, 10.0
# Cost per dB of deviation from the contour; range of quantiles of the grains' levels from which the contour's peak is
# drawn.
CONTOUR_WEIGHT, CONTOUR_TOPS = 0.5, (0.6, 0.98)
# Seconds of the recording from a grain on whose mean level is compared with the contour.
CONTOUR_AHEAD = 0.25
# Deviation in dB from its starting level that is free for a texture.
LOUDNESS_SLACK = 3.0
# Seconds of the recording from a grain on over which its level is averaged, so that neither gaps nor onsets of a rhythm
# dominate.
LOUDNESS_AHEAD = 0.5
# Seconds at the end of a sound that define the level of its continuation.
RECENT = 4.0
# A walk without an end searches all grains when every neighbor costs more than this.
LOST = 9.0
# Relative increase of the jump rate per unit of control cost of the current grain.
IMPATIENCE = 0.3
# Maximum number of walks drawn to find one with a quiet end.
ATTEMPTS = 12
# Seconds. Of a gap longer than twice this, only the last BRIDGE seconds are bridged; a walk continues up to there.
BRIDGE = 0.5


@dataclass(frozen=True)
class WalkPlan:
    """Plan of one walk.

    `cost` [grain] of using each grain; `mean_run`, `least_run` and `longest_repeat` in frames; `ends`: whether the
    sound ends by itself; `beat`: at which frames onsets are placed (None: unconstrained); `contour` [frame]: level in
    dB (None: unconstrained).
    """

    cost: np.ndarray
    mean_run: float
    least_run: float
    longest_repeat: int
    ends: bool
    beat: Beat | None = None
    contour: np.ndarray | None = None


@dataclass
class WalkHistory:
    """History of a walk.

    `visits` [grain]: number of visits; `cost` [grain] of using each grain in this walk; `steering`: the steering; `steps`
    (grain, next grain) taken.
    """

    visits: np.ndarray
    cost: np.ndarray
    steering: Steering
    steps: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class Walk:
    """Write codes by a walk over a graph of grains.

    `ranges` returns the corpus measurements of the controls, computed on first use. `steering` makes the steering of a
    walk from the request and whether the sound ends (None: no steering). `middle_run` is the mean run in seconds from
    novelty 0.5 on.
    """

    graph: Graph
    codec: Codec
    ranges: Callable[[], Ranges] | None = None
    steering: Callable[[Request, bool], Steering] | None = None
    middle_run: float = MIDDLE_RUN

    @classmethod
    def over(cls, memory: Memory, ranges: Callable[[], Ranges] | None = None) -> Walk:
        """Make a walk over the grains of a memory."""
        return cls(Graph.of_memory(memory), memory.codec, ranges or cache(lambda: Ranges.of(memory)))

    @cached_property
    def level(self) -> np.ndarray:
        """Return [grain] the mean power in dB of LOUDNESS_AHEAD seconds from each grain on."""
        return self._level_ahead(LOUDNESS_AHEAD)

    @cached_property
    def near_level(self) -> np.ndarray:
        """Return [grain] the mean power in dB of CONTOUR_AHEAD seconds from each grain on."""
        return self._level_ahead(CONTOUR_AHEAD)

    def _level_ahead(self, seconds: float) -> np.ndarray:
        ahead = np.minimum(self.graph.remaining, max(1, round(seconds * self.graph.like.frame_rate)))
        summed = np.concatenate([[0.0], np.cumsum(10 ** (self.graph.loudness / 10))])
        place = np.arange(len(ahead))
        return 10 * np.log10(np.maximum((summed[place + ahead] - summed[place]) / ahead, 1e-12))

    def write(self, request: Request, generator: Generator) -> Codes:
        """Return new codes of `request.frames` frames."""
        codes = self.graph.like.with_indices(self.graph.codes[:, self.path(request, generator)])
        amount = noise_amount(request.novelty)
        if amount > 0:
            codes = add_noise(self.codec, codes, self.graph.latents.std(0) * amount, generator)
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
            lead = replace(request, frames=count - last, before=_until(codes, first), ends=False, contour=())
            indices[:, first : end - last] = self.write(lead, generator).indices
            first = end - last
        indices[:, first:end] = self._bridged(indices, first, end, codes.indices[:, columns], request, generator)
        return codes.with_indices(indices)

    def _bridged(
        self, indices: np.ndarray, first: int, end: int, old: np.ndarray, request: Request, generator: Generator
    ) -> np.ndarray:
        """Return new codes [level, frame] for frames first..end of `indices` [level, all frames].

        The path leads from side to side through the graph and through the sound's own frames, which resemble the
        missing part most. The `old` codes [level, n] are not used again.
        """
        whole = self._latents(indices)
        gap = Gap(whole[max(0, first - 1) : first], whole[end : end + 1], end - first)
        places = self.graph.appended(indices[:, :first], whole[:first]).appended(indices[:, end:], whole[end:])
        cost = np.append(self._cost(request), np.zeros(len(places) - len(self.graph)))
        path = bridge(places, gap, cost + old_cost(places, old), request.temperature, generator)
        found, moved = places.codes[:, path], pull_to_sides(places, gap, path)
        return unless_old(requantized(self.codec, found, moved, self.codec.config.beam), found, old)

    def path(self, request: Request, generator: Generator) -> np.ndarray:
        """Return the grains visited [frame].

        Where recordings fade, a sound that ends is redrawn up to ATTEMPTS times while its end is loud; if none is quiet
        enough, the quietest is led to quiet grains.
        """
        plan = self._course(request)
        mostly_fade = plan.ends and self.graph.mostly_fade
        attempts = ATTEMPTS if mostly_fade else 1
        best, quietest = None, np.inf
        for _ in range(attempts):
            drawn_course = self._shaped(self._beaten(plan, request, generator), request, generator)
            path = self._path(request, drawn_course, generator)
            loudness = self.graph.loudness[path]
            end = loudness[-LAST_FRAMES:].max() - loudness.max()
            if end < quietest or best is None:
                best, quietest = path, end
            if quietest <= QUIET_END:
                break
        return self._hushed(best, request, generator) if mostly_fade and quietest > QUIET_END else best

    def _hushed(self, path: np.ndarray, request: Request, generator: Generator) -> np.ndarray:
        """Return the path with its last frames bridged to grains as quiet as an end should be."""
        graph, count = self.graph, min(LAST_FRAMES, len(path) - 1)
        if count < 1:
            return path
        kept = path[:-count]
        cost = np.maximum(graph.loudness - graph.loudness[kept].max() - QUIET_END, 0)
        gap = Gap(graph.latents[kept[-1:]], graph.latents[:0], count)
        tail = bridge(graph, gap, cost, request.temperature, generator)
        return np.concatenate([kept, tail])

    def _course(self, request: Request) -> WalkPlan:
        """Return the plan of a walk: costs of the controls, run lengths in frames, and whether the sound ends."""
        rate = self.graph.like.frame_rate
        run = max(1.0, mean_run(request.novelty, self.middle_run) * rate)
        least = min(max(1, round(LEAST_RUN * rate)), run)
        longest = np.ceil(SURELY * rate)
        if self.graph.mostly_fade:
            longest = max(longest, ONE_SHOT * np.quantile(self.graph.remaining[self.graph.starts], 0.9))
        ends = request.frames <= longest and request.before is None if request.ends is None else request.ends
        ends = ends and not request.contour  # the contour decides how the sound ends
        return WalkPlan(self._cost(request), run, least, max(2, round(LONGEST_REPEAT * rate)), ends)

    def _cost(self, request: Request) -> np.ndarray:
        """Return [grain] the cost of each grain's distance from the requested controls."""
        if not request.controls:
            return np.zeros(len(self.graph))
        return CONTROL_WEIGHT * self.ranges().distance(request.controls)

    def _beaten(self, plan: WalkPlan, request: Request, generator: Generator) -> WalkPlan:
        """Return the plan, with a beat added with a probability equal to the requested pulse.

        The beats of different candidates are more or less regular; the candidate nearest to the request is chosen
        afterwards.
        """
        asked = request.controls.get("pulse", 0.0)
        if generator.random() >= asked:
            return plan
        strength, rate = 1 - generator.random() ** 2, self.graph.like.frame_rate
        onsets = self.ranges().onsets
        onsets = replace(onsets, height=np.where(self.graph.tail, 0.0, onsets.height))
        beat = Beat.drawn(onsets, request.frames, rate, strength, generator)
        others = {name: amount for name, amount in request.controls.items() if name != "pulse"}
        cost = self._cost(replace(request, controls=others))
        return plan if beat is None else replace(plan, cost=cost, beat=beat)

    def _shaped(self, plan: WalkPlan, request: Request, generator: Generator) -> WalkPlan:
        """Return the plan with the requested contour in dB, if any.

        The contour's peak lies at a random level within the recordings' range; in a continuation, at the sound's usual
        level.
        """
        if not request.contour:
            return plan
        if request.before is None:
            top = float(np.quantile(self.near_level, generator.uniform(*CONTOUR_TOPS)))
        else:
            top = self._usual_level(request.before)
        return replace(plan, contour=top + levels(request.contour, request.frames))

    def _cost_at(self, frame: int, plan: WalkPlan) -> np.ndarray:
        """Return [grain] the cost of each grain at a frame, including beat and contour."""
        cost = plan.cost if plan.beat is None else plan.cost + plan.beat.cost
        if plan.contour is None:
            return cost
        ahead = plan.contour[frame : frame + max(1, round(CONTOUR_AHEAD * self.graph.like.frame_rate))].mean()
        return cost + CONTOUR_WEIGHT * np.abs(self.near_level - ahead)

    def _path(self, request: Request, plan: WalkPlan, generator: Generator) -> np.ndarray:
        """Draw one walk and return the grains visited [frame]."""
        graph, frames = self.graph, request.frames
        path = [self._first(request, plan, generator)]
        steering = self.steering(request, plan.ends) if self.steering else NoSteering()
        past, beat = WalkHistory(np.zeros(len(graph)), self._cost_at(0, plan), steering), plan.beat
        if not plan.ends and not request.controls and plan.contour is None:
            usual = self.level[path[0]] if request.before is None else self._usual_level(request.before)
            stray = np.abs(self.level - usual) - LOUDNESS_SLACK
            past.cost = plan.cost + LOUDNESS_WEIGHT * np.maximum(stray, 0) / LOUDNESS_SLACK
        run, again = 1, 0
        while len(path) < frames:
            here = path[-1]
            past.visits[here] += 1
            steering.record(here)
            if plan.contour is not None:
                past.cost = self._cost_at(len(path), plan)
            tired, may_end = again >= plan.longest_repeat, plan.ends and len(path) == frames - 1
            rate = (1 + past.cost[here] * IMPATIENCE) / plan.mean_run
            leave = run >= plan.least_run and generator.random() < rate
            if beat is not None and beat.on_beat[len(path)]:
                there, run = (
                    int(beat.onset_grains[sample_softmax((past.cost - beat.cost)[beat.onset_grains], generator)]),
                    1,
                )
            elif leave or tired or self._is_over(here, may_end) or (beat is not None and beat.cost[here + 1] > 0):
                wanted = frames - len(path) if plan.ends else None
                there, run = self._turn(self._costs(here, wanted, past, tired), here, past, request, generator), 1
            else:
                there, run = here + 1, run + 1
            again = again + 1 if (here, there) in past.steps else 0
            past.steps.add((here, there))
            path.append(there)
        return np.array(path)

    def _is_over(self, here: int, may_end: bool) -> bool:
        """Return whether the recording ends for a walk at this grain.

        A recording's last grain is used only in the `may_end` frame of a walk.
        """
        return not (self.graph.continues[here] or (may_end and self.graph.may_end[here]))

    def _first(self, request: Request, plan: WalkPlan, generator: Generator) -> int:
        """Return the first grain of a walk.

        It continues the codes before it, if any. For a sound that ends, it is the beginning of a recording of about the
        requested length; otherwise any grain, loud ones preferred.
        """
        graph = self.graph
        if plan.contour is not None:
            plan = replace(plan, cost=self._cost_at(0, replace(plan, beat=None)))
        if not (plan.ends and request.frames == 1):
            plan = replace(plan, cost=np.where(graph.tail, np.inf, plan.cost))
        if request.before is not None:
            return self._next_after(request.before, plan, request, generator)
        if plan.ends:
            starts = graph.starts
            miss = np.log(graph.remaining[starts] / request.frames) / START_SPREAD
            return int(starts[sample_softmax(0.5 * miss**2 + plan.cost[starts], generator)])
        level = np.maximum(self.level - self.level.max(), -60)
        return sample_softmax(-level / 20 * np.log(10) + plan.cost, generator)

    def _usual_level(self, before: Codes) -> float:
        """Return the upper quartile of `level` (dB) over the grains that resemble the sound's last RECENT seconds.

        So the continuation of a sound that has died away returns to the sound's former level.
        """
        recent = before.indices[:, -max(1, round(RECENT * before.frame_rate)) :]
        squared = -2 * self._latents(recent) @ self.graph.latents.T + (self.graph.latents**2).sum(1)
        return float(np.quantile(self.level[squared.argmin(1)], 0.75))

    def _next_after(self, before: Codes, plan: WalkPlan, request: Request, generator: Generator) -> int:
        """Return the successor of a grain that, with the grain before it, resembles the last two frames."""
        graph = self.graph
        last = self._latents(before.indices[:, -2:])
        squared = ((graph.latents - last[-1]) ** 2).sum(1) + ((graph.latents[graph.preceding] - last[0]) ** 2).sum(1)
        costs = np.where(graph.continues, np.sqrt(squared) / graph.unit + plan.cost, np.inf)
        if not np.isfinite(costs).any():
            return sample_softmax(plan.cost, generator)
        near = np.argsort(costs)[: request.top_k]
        return int(near[sample_jump(costs[near], request, generator)]) + 1

    def _costs(self, here: int, wanted: int | None, past: WalkHistory, tired: bool) -> np.ndarray:
        """Return [neighbor] the cost of continuing from `here` with the successor of each neighbor.

        Excluded ones are infinite. `wanted` is the number of frames left of a sound that ends, else None. With `tired`,
        no step is repeated.
        """
        graph = self.graph
        there = (graph.neighbors[here] + 1) % len(graph)
        costs = graph.distances[here] + REVISIT_WEIGHT * past.visits[there] + past.cost[there]
        costs = costs + past.steering.costs(there)
        if tired:
            costs = np.where([(here, int(one)) in past.steps for one in there], np.inf, costs)
        if wanted is None:
            return np.where(past.cost[there] > LOST, np.inf, costs)
        return costs + REMAINING_WEIGHT * np.abs(np.log(graph.remaining[there] / wanted))

    def _turn(self, costs: np.ndarray, here: int, past: WalkHistory, request: Request, generator: Generator) -> int:
        """Return the grain to jump to; without an allowed neighbor, any grain similar to the one that would follow."""
        graph = self.graph
        if np.isfinite(costs).any():
            return int(graph.neighbors[here][sample_jump(costs, request, generator)]) + 1
        wanted = graph.latents[here + graph.continues[here]]
        costs = np.sqrt(((graph.latents - wanted) ** 2).sum(1)) / graph.unit + REVISIT_WEIGHT * past.visits + past.cost
        return sample_jump(np.where(graph.tail, np.inf, costs), request, generator)

    def _latents(self, indices: np.ndarray) -> np.ndarray:
        """Return the latents [frame, dim] of codes [level, frame]."""
        device = self.codec.mean.device
        return self.codec.bottleneck.embed(torch.tensor(indices, device=device)).cpu().numpy()


def _until(codes: Codes, end: int) -> Codes:
    return codes.with_indices(codes.indices[:, :end])
