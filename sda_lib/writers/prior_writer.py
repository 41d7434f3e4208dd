"""The writer `prior`: draw codes of the first levels from a prior, and take the other levels from grains that match
them.

For a sound that ends, several candidates are drawn in parallel and one with a quiet end is used. For a gap, several
fillings are drawn from the left, and the one that makes the frames to its right most likely is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.random import Generator

from sda_lib.codec.codebooks import Codebooks, partial_latents
from sda_lib.codec.codes import Codes, region
from sda_lib.controls.controls import quantile
from sda_lib.controls.names import CONTROLS
from sda_lib.memory.graph import QUIET_END, Graph
from sda_lib.model.model import SdaModel
from sda_lib.prior.network import Prior, control_values, no_prior
from sda_lib.prior.sampling_state import SamplingState, log_softmax, sampling_states
from sda_lib.writers.endings import end_level, ends_by_itself, quietest_end
from sda_lib.writers.grain_path import GrainPathSearch
from sda_lib.writers.loudness_contour import contour_levels
from sda_lib.writers.novelty import add_noise, noise_amount, noise_scale, resample_near
from sda_lib.writers.redraw_levels import redraw_levels
from sda_lib.writers.request import Request
from sda_lib.writers.sampling import sample_codes

# Number of candidates drawn for a sound that ends: ENDING_FRAMES frames in total, between FEWEST_ENDINGS and
# MOST_ENDINGS sounds.
FEWEST_ENDINGS, MOST_ENDINGS, ENDING_FRAMES = 3, 16, 200
# Frames on either side of a gap that its grains are chosen to fit.
SIDES = 3
# Number of fillings drawn for a gap, and of frames after the gap that rate them.
FILLINGS, AHEAD = 16, 6
# Quantile of the codes' loudness where a contour has its peak; cost in nats per dB of deviation of a code from the
# contour.
CONTOUR_TOP, CONTOUR_WEIGHT = 0.9, 0.25
# Maximum number of frames of context given to the prior.
PAST = 96
# Cost of a jump between grains at novelty 0 and 1.
FAITHFUL, FREE = 3.0, 0.33
# Frames per block when grains are searched.
BLOCK = 256


class FrameConditions(NamedTuple):
    """What a frame is drawn with: frames left (0: no end) and controls [control].

    `penalty` [code] is subtracted from the log-likelihoods of level 0; `fixed` codes, one per level, are not drawn.
    """

    left: int
    controls: np.ndarray
    penalty: np.ndarray | None = None
    fixed: Sequence[int | None] = ()


@dataclass(frozen=True, eq=False)
class PriorWriter:
    """Write codes with a prior.

    `new_state` makes a sampling state of a number of rows. `graph` returns the grains when they are needed; with None,
    the levels above the prior's take their smallest code vectors. `costs` [grain] are added to those of the grains, and
    `penalty` [code] in nats to that of a code of level 0 (None: none).
    """

    prior: Prior
    codebooks: Codebooks
    like: Codes
    new_state: Callable[[int], SamplingState]
    graph: Callable[[], Graph] | None = None
    costs: np.ndarray | None = None
    penalty: np.ndarray | None = None

    def leaning(self, cost: np.ndarray, penalty: np.ndarray | None) -> Self:
        """Return the writer with a cost [grain] of each grain, and a penalty [code] on codes of level 0."""
        return replace(self, costs=cost, penalty=penalty)

    @classmethod
    def of(cls, model: SdaModel, graph: Callable[[], Graph] | None) -> PriorWriter:
        """Make the prior writer of a model. Raises SdaError when the model has no prior."""
        if model.prior is None:
            raise no_prior(model.name)
        like = Codes(np.zeros((model.levels, 1), int), model.codebook_size, model.hop, model.sample_rate)
        return cls(model.prior, model.codebooks, like, sampling_states(model.prior, model.codebooks.vectors), graph)

    @property
    def levels(self) -> int:
        """Return the number of levels that the prior models."""
        return self.prior.config.levels

    @cached_property
    def _noise(self) -> np.ndarray:
        """The standard deviation [dim] of noise of amount 1 (novelty.py)."""
        assert self.graph is not None
        return noise_scale(self.graph().latents, self.graph().recording)

    @cached_property
    def _loudness(self) -> np.ndarray:
        """The mean loudness in dB of the codes of level 0 [code]."""
        return self.prior.loudness.numpy()

    def write(self, request: Request, generator: Generator) -> Codes:
        """Return new codes of `request.frames` frames."""
        usual = self.prior.config.longest if self._fades else 0
        ends = ends_by_itself(request, self.like.frame_rate, usual)
        fades = self._fades if request.quiet_end is None else request.quiet_end
        state = self.new_state(candidate_count(request.frames) if ends and fades else 1)
        if request.before is not None:
            state.condition(request.before.indices[: self.levels, -PAST:], 0, control_values({}))
        controls, contour = control_values(request.controls), self._contour(request)
        drawn = []
        for frame in range(request.frames):
            left = request.frames + request.beyond - frame if ends else 0
            at = FrameConditions(left, *self._at(frame, controls, contour), () if frame else self._first(request))
            drawn.append(self._frame(state, at, request, generator)[0])
        rows = self._quiet_first(np.stack(drawn, -1))
        indices = np.zeros((self.like.levels, request.frames), int)
        if self.graph is None:
            indices[: self.levels] = rows[0]
            upper = slice(self.levels, self.like.levels)
            codes = self._upper(self.like.with_indices(indices), upper, slice(None), request, generator)
        else:
            path, _ = quietest_end((self._path(row, request, ends=ends) for row in rows), self.graph().loudness)
            codes = self.like.with_indices(self.graph().codes[:, path])
            if (amount := noise_amount(request.novelty)) > 0:
                codes = add_noise(self.codebooks.codec, codes, self._noise * amount, generator)
        return resample_near(self.codebooks.codec, codes, request.level_temperatures, generator)

    def fill(self, codes: Codes, first: int, end: int, request: Request, generator: Generator) -> Codes:
        """Return the codes with frames first..end regenerated on the request's levels.

        Levels of the prior take the best of FILLINGS draws; the others come from grains that match the result.
        """
        levels, frames = region(codes, request.levels, (first, end))
        if levels.start < self.levels:
            drawn = self._filling(codes, levels, frames, request, generator)
            indices = codes.indices.copy()
            if levels == slice(0, codes.levels) and self.graph is not None:
                path = self._path_between(indices, drawn, frames, request)
                indices[:, frames] = self.graph().codes[:, path]
                return codes.with_indices(indices)
            indices[: self.levels, frames] = drawn
            codes = codes.with_indices(indices)
        return self._upper(codes, slice(max(self.levels, levels.start), levels.stop), frames, request, generator)

    def _first(self, request: Request) -> Sequence[int | None]:
        """Return the codes of the grain that a sound begins with, one per level; none if any may begin it."""
        if request.first is None or self.graph is None:
            return ()
        return [int(code) for code in self.graph().codes[: self.levels, request.first]]

    def _contour(self, request: Request) -> np.ndarray | None:
        """Return the contour [frame] in dB with its peak at the quantile CONTOUR_TOP of the codes' loudness, or
        None.
        """
        if not request.contour:
            return None
        return np.quantile(self._loudness, CONTOUR_TOP) + contour_levels(request.contour, request.frames)

    def _at(self, frame: int, controls: np.ndarray, contour: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the control values of a frame [control], and the contour's cost in nats of codes of level 0 [code].

        Networks receive the contour's loudness as a control; n-grams ignore controls.
        """
        if contour is None:
            return controls, None
        values = controls.copy()
        values[list(CONTROLS).index("loudness")] = quantile(np.sort(self._loudness), contour[frame])
        return values, CONTOUR_WEIGHT * np.abs(self._loudness - contour[frame])

    @property
    def _fades(self) -> bool:
        """Whether sounds should fade out where they end; True without recordings."""
        return self.graph is None or self.graph().mostly_fade

    def _frame(
        self, state: SamplingState, at: FrameConditions, request: Request, generator: Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw the next frame [level, row] and append it to the sampling state.

        Return it with the log-likelihood [row] of its fixed codes.
        """
        drawn: list[np.ndarray] = []
        likelihood: np.ndarray | float = 0.0
        for level in range(self.levels):
            logits = state.logits(level, np.stack(drawn) if drawn else np.zeros((0, 0), int), at.left, at.controls)
            for penalty in (at.penalty, self.penalty):
                if level == 0 and penalty is not None:
                    logits = logits - penalty
            code = at.fixed[level] if at.fixed else None
            if code is None:
                drawn.append(sample_codes(logits, request.temperature, request.top_k, request.top_p, generator))
            else:
                drawn.append(np.full(len(logits), code))
                likelihood = likelihood + log_softmax(logits)[:, code]
        state.update(np.stack(drawn))
        return np.stack(drawn), np.asarray(likelihood)

    def _filling(
        self, codes: Codes, levels: slice, frames: slice, request: Request, generator: Generator
    ) -> np.ndarray:
        """Return codes [level, frame] of the prior's levels for a gap: the draw that best explains the codes that stay.

        A draw equal to the old codes is used only if all draws are.
        """
        state, own = self.new_state(FILLINGS), codes.indices[: self.levels]
        past = slice(max(0, frames.start - PAST), frames.start)
        state.condition(own[:, past], codes.frames - past.start, control_values({}))
        controls, drawn = control_values(request.controls), []
        total = np.zeros(FILLINGS)
        for frame in range(frames.start, min(frames.stop + AHEAD, codes.frames)):
            inside = frame < frames.stop
            fixed = [
                None if inside and levels.start <= level < levels.stop else int(own[level, frame])
                for level in range(self.levels)
            ]
            at = FrameConditions(codes.frames - frame, controls, fixed=fixed)
            found, likelihood = self._frame(state, at, request, generator)
            total = total + likelihood
            if inside:
                drawn.append(found)
        rows = np.stack(drawn, -1)
        same = (rows == own[:, None, frames]).all((0, 2))
        return rows[:, int(np.where(same, -np.inf, total).argmax())]

    def _quiet_first(self, rows: np.ndarray) -> list[np.ndarray]:
        """Return codes [level, row, frame] as a list of [level, frame], those with a quiet end first.

        Quiet is judged by the loudness of level 0. Rows with a quiet end keep their order; the others follow, quieter
        ones first.
        """
        ends = end_level(self._loudness[rows[0]])
        return [rows[:, row] for row in np.argsort(np.maximum(ends, QUIET_END), kind="stable")]

    def _path(
        self, drawn: np.ndarray, request: Request, avoid: np.ndarray | None = None, ends: bool = False
    ) -> np.ndarray:
        """Return the grains [frame] that follow the drawn codes [level, frame], with an end if the sound `ends`."""
        latents = partial_latents(self.codebooks.vectors, drawn, self.levels)
        quiet = float(self._loudness[drawn[0]].max()) + QUIET_END if self._fades else np.inf
        return self._grains.search(latents, jump_weight(request.novelty), avoid, quiet if ends else None)

    def _path_between(self, indices: np.ndarray, drawn: np.ndarray, frames: slice, request: Request) -> np.ndarray:
        """Return the grains [frame] of a gap in codes [all levels, frame] that follow the drawn codes [level, frame].

        The path also fits SIDES frames on both sides of the gap, and avoids the gap's old codes.
        """
        first, end = max(0, frames.start - SIDES), min(indices.shape[1], frames.stop + SIDES)
        avoid, whole = np.full((len(indices), end - first), -1), indices[: self.levels, first:end].copy()
        gap = slice(frames.start - first, frames.stop - first)
        avoid[:, gap], whole[:, gap] = indices[:, frames], drawn
        return self._path(whole, request, avoid)[gap]

    @cached_property
    def _grains(self) -> GrainPathSearch:
        """The graph prepared for path search."""
        assert self.graph is not None
        return GrainPathSearch.of(self.graph(), self.codebooks.vectors, self.levels, self.costs)

    def _upper(self, codes: Codes, levels: slice, frames: slice, request: Request, generator: Generator) -> Codes:
        """Return the codes with the levels taken from grains that resemble the other levels.

        Without grains, they take the codes that together add the least.
        """
        if levels.start >= levels.stop:
            return codes
        if self.graph is None:
            indices = codes.indices.copy()
            indices[levels, frames] = self.codebooks.neutral_of(levels)[:, None]
            return codes.with_indices(indices)
        for begin in range(frames.start, frames.stop, BLOCK):
            where = (levels, slice(begin, min(begin + BLOCK, frames.stop)))
            codes = redraw_levels(self.graph(), self.codebooks.codec, codes, where, request.temperature, generator)
        return codes


def candidate_count(frames: int) -> int:
    """Return how many candidates are drawn for a sound of that many frames that ends."""
    return min(max(FEWEST_ENDINGS, ENDING_FRAMES // frames), MOST_ENDINGS)


def jump_weight(novelty: float) -> float:
    """Return the cost of a jump at a novelty 0..1."""
    return FAITHFUL * (FREE / FAITHFUL) ** novelty
