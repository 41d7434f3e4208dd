"""Plan a walk: run lengths, costs of controls and loudness, beats, the contour, and whether the sound ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.random import Generator

from sda_lib.codec.codes import Codes
from sda_lib.controls.beat import Beat
from sda_lib.controls.controls import Ranges
from sda_lib.memory.graph import Graph
from sda_lib.writers.endings import ends_by_itself
from sda_lib.writers.loudness_contour import contour_levels
from sda_lib.writers.novelty import CodeSpace, code_latents, mean_run
from sda_lib.writers.request import Request

# Shortest run in seconds (shorter only when the mean run is).
LEAST_RUN = 0.09
# A walk leaves grains with a near neighbor more often: number of the neighbor, power of the rank of its distance, least
# rate relative to the mean (so that no passage is always copied to its end), and factor of all rates, since runs wait
# for such grains.
LEAVING_NEIGHBOR, LEAVING_POWER, LEAVING_LEAST, LEAVING_RATE = 4, 2, 0.1, 2.0
# Factor of the rate where the recording changes suddenly.
LEAVING_SUDDEN = 0.1
# Longest repetition of the walk's own past, in seconds, before a jump is forced.
LONGEST_REPEAT = 1.5
CONTROL_WEIGHT, LOUDNESS_WEIGHT = 10.0, 3.0
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


@dataclass(frozen=True, eq=False)
class WalkPlanner:
    """Make plans of walks over a graph.

    `ranges` returns the corpus measurements of the controls, computed on first use (None: no controls). `middle_run` is
    the mean run in seconds from novelty 0.5 on. `leaning` [grain] are costs that are always added (None: none).
    """

    graph: Graph
    codec: CodeSpace
    ranges: Callable[[], Ranges] | None
    middle_run: float
    leaning: np.ndarray | None = None

    @cached_property
    def level(self) -> np.ndarray:
        """Return [grain] the mean power in dB of LOUDNESS_AHEAD seconds from each grain on."""
        return self._level_ahead(LOUDNESS_AHEAD)

    @cached_property
    def near_level(self) -> np.ndarray:
        """Return [grain] the mean power in dB of CONTOUR_AHEAD seconds from each grain on."""
        return self._level_ahead(CONTOUR_AHEAD)

    @cached_property
    def leaving(self) -> np.ndarray:
        """Return [grain] the factor of the rate at which a walk leaves each grain.

        It falls with the rank of the distance to a near neighbor, and where the recording changes suddenly: where it
        goes on steadily, and others go on alike, a jump is least audible.
        """
        distances = self.graph.distances
        near = distances[:, min(LEAVING_NEIGHBOR, distances.shape[1]) - 1]
        rank = near.argsort(kind="stable").argsort(kind="stable") / len(near)
        share = (LEAVING_POWER + 1) * (1 - rank) ** LEAVING_POWER
        rate = LEAVING_LEAST + (1 - LEAVING_LEAST) * share
        calm = rate * np.where(self.graph.sudden[self.graph.following], LEAVING_SUDDEN, 1)
        return LEAVING_RATE * calm * (rate.mean() / calm.mean())

    def _level_ahead(self, seconds: float) -> np.ndarray:
        ahead = np.minimum(self.graph.remaining, max(1, round(seconds * self.graph.like.frame_rate)))
        summed = np.concatenate([[0.0], np.cumsum(10 ** (self.graph.loudness / 10))])
        place = np.arange(len(ahead))
        return 10 * np.log10(np.maximum((summed[place + ahead] - summed[place]) / ahead, 1e-12))

    def plan(self, request: Request) -> WalkPlan:
        """Return the part of the plan that is the same for every walk of a request."""
        graph, rate = self.graph, self.graph.like.frame_rate
        run = max(1.0, mean_run(request.novelty, self.middle_run) * rate)
        least = min(max(1, round(LEAST_RUN * rate)), run)
        usual = float(np.quantile(graph.remaining[graph.starts], 0.9)) if graph.mostly_fade else 0.0
        ends = ends_by_itself(request, rate, usual)
        return WalkPlan(self.control_cost(request.controls), run, least, max(2, round(LONGEST_REPEAT * rate)), ends)

    def drawn(self, plan: WalkPlan, request: Request, generator: Generator) -> WalkPlan:
        """Return the plan of one walk, with a beat and a contour drawn as the request says."""
        return self._with_contour(self._with_beat(plan, request, generator), request, generator)

    def control_cost(self, controls: Mapping[str, float]) -> np.ndarray:
        """Return [grain] the cost of each grain's distance from the requested controls, and of leaning elsewhere."""
        always = np.zeros(len(self.graph)) if self.leaning is None else self.leaning
        if not controls or self.ranges is None:
            return always
        return always + CONTROL_WEIGHT * self.ranges().distance(controls)

    def _with_beat(self, plan: WalkPlan, request: Request, generator: Generator) -> WalkPlan:
        """Return the plan, with a beat added with a probability equal to the requested pulse.

        The beats of different candidates are more or less regular; the candidate nearest to the request is chosen
        afterwards.
        """
        if generator.random() >= request.controls.get("pulse", 0.0) or self.ranges is None:
            return plan
        strength, rate = 1 - generator.random() ** 2, self.graph.like.frame_rate
        onsets = self.ranges().onsets
        onsets = replace(onsets, height=np.where(self.graph.tail, 0.0, onsets.height))
        beat = Beat.drawn(onsets, request.frames, rate, strength, generator)
        if beat is None:
            return plan
        others = {name: amount for name, amount in request.controls.items() if name != "pulse"}
        return replace(plan, cost=self.control_cost(others), beat=beat)

    def _with_contour(self, plan: WalkPlan, request: Request, generator: Generator) -> WalkPlan:
        """Return the plan with the requested contour in dB, if any.

        The contour's peak lies at a random level within the recordings' range; in a continuation, at the sound's usual
        level.
        """
        if not request.contour:
            return plan
        if request.before is None:
            top = float(np.quantile(self.near_level, generator.uniform(*CONTOUR_TOPS)))
        else:
            top = self.usual_level(request.before)
        return replace(plan, contour=top + contour_levels(request.contour, request.frames))

    def usual_level(self, before: Codes) -> float:
        """Return the upper quartile of `level` (dB) over the grains that resemble the sound's last RECENT seconds.

        So the continuation of a sound that has died away returns to the sound's former level.
        """
        recent = before.indices[:, -max(1, round(RECENT * before.frame_rate)) :]
        latents = self.graph.latents
        squared = -2 * code_latents(self.codec, recent) @ latents.T + (latents**2).sum(1)
        return float(np.quantile(self.level[squared.argmin(1)], 0.75))

    def cost_at(self, frame: int, plan: WalkPlan) -> np.ndarray:
        """Return [grain] the cost of each grain at a frame, including beat and contour."""
        cost = plan.cost if plan.beat is None else plan.cost + plan.beat.cost
        if plan.contour is None:
            return cost
        ahead = plan.contour[frame : frame + max(1, round(CONTOUR_AHEAD * self.graph.like.frame_rate))].mean()
        return cost + CONTOUR_WEIGHT * np.abs(self.near_level - ahead)

    def steady_cost(self, plan: WalkPlan, request: Request, first: int) -> np.ndarray:
        """Return [grain] the cost of each grain over a walk that begins with the grain `first`.

        A texture keeps its level: that of its first grain, or of the sound that it continues.
        """
        if plan.ends or request.controls or plan.contour is not None:
            return self.cost_at(0, plan)
        usual = self.level[first] if request.before is None else self.usual_level(request.before)
        excess = np.abs(self.level - usual) - LOUDNESS_SLACK
        return plan.cost + LOUDNESS_WEIGHT * np.maximum(excess, 0) / LOUDNESS_SLACK
