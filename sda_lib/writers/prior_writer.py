"""The writer `prior`: codes of the first levels drawn from what a prior says, the rest from grains that resemble them.

A sound that shall end is drawn several times at once, and one with a quiet end taken; a gap is drawn several times from
its left side, and the one taken that makes what stands on its right the likeliest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from sda_lib.codec.codes import Codes, region
from sda_lib.controls.controls import quantile
from sda_lib.controls.names import CONTROLS
from sda_lib.memory.graph import QUIET_END, Graph
from sda_lib.prior.network import Prior, control_values, no_prior, partial_latents
from sda_lib.prior.sampling_state import Voice, log_softmax, voices
from sda_lib.writers.grain_path import Trails
from sda_lib.writers.loudness_contour import levels
from sda_lib.writers.novelty import strayed
from sda_lib.writers.redraw_levels import redrawn
from sda_lib.writers.request import Request

if TYPE_CHECKING:
    from sda_lib.codec.codec import Codec
    from sda_lib.model.model import SdaModel

AS_LEARNED = 0.6
"""The request's temperature at which codes are as likely as the prior says."""
ONE_SHOT, SURELY = 1.25, 3.0
"""Sounds up to this many times as long as nearly all recordings, if those fade, or up to so many seconds, have an own
end."""
FEWEST_ENDINGS, MOST_ENDINGS, ENDING_FRAMES = 3, 16, 200
"""How many sounds are drawn for one that ends: so many frames in all, but not fewer or more sounds than that."""
SIDES = 3
"""Frames on either side of a gap that grains in it are chosen to fit."""
FILLINGS, AHEAD = 16, 6
"""How many fillings of a gap are drawn, and how many frames after it judge them."""
CONTOUR_TOP, CONTOUR_WEIGHT = 0.9, 0.25
"""Share of the codes that are less loud than a contour's highest; nats that a code's every dB away from it costs."""
PAST = 96
"""Frames before a place that the prior hears at most."""
FAITHFUL, FREE = 3.0, 0.33
"""What a jump from grain to grain costs at novelty 0 and 1."""
BLOCK = 256
"""Frames that grains are looked for at once."""


@dataclass(frozen=True, eq=False)
class PriorWriter:
    """Writes with a prior; `graph` gives the grains when they are needed (None: upper levels are left out)."""

    prior: Prior
    codec: Codec
    like: Codes
    voice: Callable[[int], Voice]
    graph: Callable[[], Graph] | None = None

    @classmethod
    def of(cls, model: SdaModel, graph: Callable[[], Graph] | None) -> PriorWriter:
        """Raises SdaError when the model has no prior."""
        if model.prior is None:
            raise no_prior(model.name)
        prior, books = model.prior, model.codec.bottleneck.codebooks.cpu().numpy()
        like = Codes(np.zeros((model.levels, 1), int), model.codebook_size, model.hop, model.sample_rate)
        return cls(prior, model.codec, like, voices(prior, books), graph)

    @property
    def levels(self) -> int:
        """How many levels the prior tells."""
        return self.prior.config.levels

    def write(self, request: Request, generator: Generator) -> Codes:
        """New codes of that many frames."""
        ends = self._ends(request)
        voice = self.voice(endings(request.frames) if ends and self._fades else 1)
        if request.before is not None:
            voice.listen(request.before.indices[: self.levels, -PAST:], 0, control_values({}))
        asked, level = control_values(request.controls), self._level(request)
        drawn = []
        for frame in range(request.frames):
            left = request.frames - frame if ends else 0
            drawn.append(self._column(voice, left, *self._at(frame, asked, level), request, generator)[0])
        rows = self._quiet_first(np.stack(drawn, -1))
        codes = self.like.with_indices(np.zeros((self.like.levels, request.frames), int))
        if self.graph is None:
            codes = self._bare(codes, rows[0], 0)
        else:
            codes = codes.with_indices(self.graph().codes[:, self._path_with_quiet_end(rows, request, ends)])
        return strayed(self.codec, codes, request.level_temperatures, generator)

    def fill(self, codes: Codes, first: int, end: int, request: Request, generator: Generator) -> Codes:
        """Frames first..end of the request's levels anew: those that the prior tells by the best of FILLINGS, the
        others from grains that resemble what then stands there."""
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

    def _level(self, request: Request) -> np.ndarray | None:
        """The contour [frame] in dB, its highest louder than CONTOUR_TOP of the codes are."""
        if not request.contour:
            return None
        top = np.quantile(self.prior.loudness.numpy(), CONTOUR_TOP)
        return top + levels(request.contour, request.frames)

    def _at(self, frame: int, asked: np.ndarray, level: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """What the controls ask for in a frame [control], and by how much codes of level 0 are less likely [code],
        because of the contour: the network is told how loud it wants to be, and no n-gram hears it."""
        if level is None:
            return asked, None
        loudness, told = self.prior.loudness.numpy(), asked.copy()
        told[list(CONTROLS).index("loudness")] = quantile(np.sort(loudness), level[frame])
        return told, CONTOUR_WEIGHT * np.abs(loudness - level[frame])

    @property
    def _fades(self) -> bool:
        """Whether sounds should fade where they end; without recordings nobody knows better."""
        return self.graph is None or self.graph().fades

    def _ends(self, request: Request) -> bool:
        if request.contour:
            return False
        if request.ends is not None:
            return request.ends
        longest = np.ceil(SURELY * self.like.frame_rate)
        if self._fades:
            longest = max(longest, ONE_SHOT * self.prior.config.longest)
        return request.before is None and request.frames <= longest

    def _column(
        self,
        voice: Voice,
        left: int,
        asked: np.ndarray,
        less: np.ndarray | None,
        request: Request,
        generator: Generator,
        fixed: Sequence[int | None] = (),
    ) -> tuple[np.ndarray, np.ndarray]:
        """The next frame [level, row], heard by the voice, and the log-likelihood [row] of its `fixed` codes, which
        stand per level (None: drawn). Codes of level 0 are `less` likely by that [code] than the voice says."""
        column: list[np.ndarray] = []
        likelihood: np.ndarray | float = 0.0
        for level in range(self.levels):
            below = np.stack(column) if column else np.zeros((0, 0), int)
            scores = voice.scores(level, below, left, asked)
            if level == 0 and less is not None:
                scores = scores - less
            code = fixed[level] if level < len(fixed) else None
            if code is None:
                column.append(draw(scores, request, generator))
            else:
                column.append(np.full(len(scores), code))
                likelihood = likelihood + log_softmax(scores)[:, code]
        voice.hear(np.stack(column))
        return np.stack(column), np.asarray(likelihood)

    def _filling(
        self, codes: Codes, levels: slice, frames: slice, request: Request, generator: Generator
    ) -> np.ndarray:
        """[level, frame] of the prior's levels: the filling that best explains the codes that stay, and is not what was
        there, if any is not."""
        voice, own = self.voice(FILLINGS), codes.indices[: self.levels]
        heard = slice(max(0, frames.start - PAST), frames.start)
        voice.listen(own[:, heard], codes.frames - heard.start, control_values({}))
        asked, drawn = control_values(request.controls), []
        likelihood = np.zeros(FILLINGS)
        for frame in range(frames.start, min(frames.stop + AHEAD, codes.frames)):
            inside = frame < frames.stop
            fixed = [
                None if inside and levels.start <= level < levels.stop else int(own[level, frame])
                for level in range(self.levels)
            ]
            column, told = self._column(voice, codes.frames - frame, asked, None, request, generator, fixed)
            likelihood = likelihood + told
            if inside:
                drawn.append(column)
        rows = np.stack(drawn, -1)
        same = (rows == own[:, None, frames]).all((0, 2))
        return rows[:, int(np.where(same, -np.inf, likelihood).argmax())]

    def _quiet_first(self, rows: np.ndarray) -> list[np.ndarray]:
        """Codes [level, row, frame] as a list of [level, frame]: first those whose end is quiet by what level 0 sounds
        like, in the order they were drawn, then the others, the quieter the earlier."""
        ends = _end(self.prior.loudness.numpy()[rows[0]])
        return [rows[:, row] for row in np.argsort(np.maximum(ends, QUIET_END), kind="stable")]

    def _path_with_quiet_end(self, rows: list[np.ndarray], request: Request, ends: bool) -> np.ndarray:
        """Grains [frame] that follow the first of the rows whose end then is quiet; the quietest, if none is."""
        paths = []
        for row in rows:
            quiet = float(self.prior.loudness.numpy()[row[0]].max()) + QUIET_END if self._fades else np.inf
            paths.append(self._path(row, request, quiet=quiet if ends else None))
            if _end(self.graph().loudness[paths[-1]]) <= QUIET_END:
                return paths[-1]
        return min(paths, key=lambda path: _end(self.graph().loudness[path]))

    def _path(
        self, drawn: np.ndarray, request: Request, avoid: np.ndarray | None = None, quiet: float | None = None
    ) -> np.ndarray:
        """Grains [frame] that follow what was drawn [level, frame]."""
        books = self.codec.bottleneck.codebooks.cpu().numpy()
        latents = partial_latents(books, drawn, self.levels)
        return self._trails.followed(latents, jump_weight(request.novelty), avoid, quiet)

    def _path_between(self, indices: np.ndarray, drawn: np.ndarray, frames: slice, request: Request) -> np.ndarray:
        """Grains [frame] that follow what was drawn [level, frame] in a gap of codes [all levels, frame], and what
        stands on both sides of it; none is what stood there."""
        first, end = max(0, frames.start - SIDES), min(indices.shape[1], frames.stop + SIDES)
        avoid, whole = np.full((len(indices), end - first), -1), indices[: self.levels, first:end].copy()
        gap = slice(frames.start - first, frames.stop - first)
        avoid[:, gap], whole[:, gap] = indices[:, frames], drawn
        return self._path(whole, request, avoid)[gap]

    @cached_property
    def _trails(self) -> Trails:
        return Trails.of(self.graph(), self.codec.bottleneck.codebooks.cpu().numpy(), self.levels)

    def _bare(self, codes: Codes, drawn: np.ndarray, first: int) -> Codes:
        """The codes with those drawn [level, frame] from frame `first` on, and with what adds least above them."""
        indices, frames = codes.indices.copy(), slice(first, first + drawn.shape[1])
        indices[: self.levels, frames] = drawn
        return self._least(codes.with_indices(indices), slice(self.levels, codes.levels), frames)

    def _least(self, codes: Codes, levels: slice, frames: slice) -> Codes:
        """With the codes of those levels that add least."""
        indices, books = codes.indices.copy(), self.codec.bottleneck.codebooks.cpu().numpy()[levels]
        indices[levels, frames] = (books**2).sum(2).argmin(1)[:, None]
        return codes.with_indices(indices)

    def _upper(self, codes: Codes, levels: slice, frames: slice, request: Request, generator: Generator) -> Codes:
        """Those levels (if any) from grains that resemble the others; without grains the codes that add least."""
        if levels.start >= levels.stop:
            return codes
        if self.graph is None:
            return self._least(codes, levels, frames)
        for begin in range(frames.start, frames.stop, BLOCK):
            where = (levels, slice(begin, min(begin + BLOCK, frames.stop)))
            codes = redrawn(self.graph(), self.codec, codes, where, request.temperature, generator)
        return codes


def endings(frames: int) -> int:
    """How many sounds of that length are drawn for one that ends."""
    return min(max(FEWEST_ENDINGS, ENDING_FRAMES // frames), MOST_ENDINGS)


def _end(loudness: np.ndarray) -> np.ndarray:
    """By how many dB the end of [..., frame] is louder than its loudest frame."""
    return loudness[..., -2:].max(-1) - loudness.max(-1)


def jump_weight(novelty: float) -> float:
    """What a jump costs."""
    return FAITHFUL * (FREE / FAITHFUL) ** novelty


def draw(scores: np.ndarray, request: Request, generator: Generator) -> np.ndarray:
    """A code per row of log-likelihoods [row, code], at the request's temperature, top_k and top_p."""
    weights = np.exp((scores - scores.max(1, keepdims=True)) * (AS_LEARNED / max(request.temperature, 1e-3)))
    if request.top_k < weights.shape[1]:
        place = weights.shape[1] - request.top_k
        weights[weights < np.partition(weights, place, axis=1)[:, place, None]] = 0
    if request.top_p < 1:
        order = np.argsort(-weights, axis=1)
        shares = np.take_along_axis(weights, order, 1)
        before = np.cumsum(shares, 1) - shares
        shares[:, 1:][before[:, 1:] >= request.top_p * shares.sum(1, keepdims=True)] = 0
        np.put_along_axis(weights, order, shares, 1)
    summed = np.cumsum(weights, 1)
    return np.minimum((summed <= generator.random((len(summed), 1)) * summed[:, -1:]).sum(1), weights.shape[1] - 1)
