"""The graph walk: new code sequences that follow the corpus and jump where two places in it sound alike.

A non-parametric autoregressive prior. From grain j the walk usually goes on to j + 1; at a rate that sets the mean run
it jumps to a grain after one whose sound, and whose next frame, are close to those of j. All levels come along, so
attacks, decays and harmonics stay real. Akin to Schödl et al., "Video Textures" (2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from sda_lib.errors import SdaError
from sda_lib.models.codes import Codes
from sda_lib.models.memory import Memory

LONGEST_RUN, SHORTEST_RUN = 1.0, 0.05
"""Mean run in seconds at novelty 0 and 1; 0.22 s in the middle."""
LEAST_RUN = 0.09
"""Seconds a run lasts at least (less only when the mean run is shorter)."""
BAN = 0.14
"""Seconds around the present place, in the same recording, that a jump may not land in."""
START_SPREAD = 0.4
"""How far (natural log) the starting recording's length may be from the request."""
REMAINING_WEIGHT, REVISIT_WEIGHT, LOUDNESS_WEIGHT = 3.0, 0.5, 3.0
LOUDNESS_SLACK = 3.0
"""dB that a texture may stray from its starting level at no cost."""


@dataclass(frozen=True)
class Walk:
    """A writer of codes over a memory's grains. Build it with `Walk.over(memory)`; it holds plain arrays only."""

    codes: np.ndarray
    """[level, grain]"""
    keys: np.ndarray
    """[grain, 2 * dim]: a frame and the next one."""
    file: np.ndarray
    remaining: np.ndarray
    """Frames from a grain to its recording's end, itself included."""
    loudness: np.ndarray
    """dB per grain."""
    like: Codes

    @classmethod
    def over(cls, memory: Memory) -> Walk:
        config = memory.codec.config
        keys = memory.keys.cpu().numpy()
        file = memory.file.cpu().numpy()
        after = np.minimum(np.arange(len(keys)) + 1, len(keys) - 1)
        after = np.where(file[after] == file, after, np.arange(len(keys)))
        indices = memory.codes.cpu().numpy()
        lengths = np.array(memory.lengths)
        return cls(
            indices,
            np.concatenate([keys, keys[after]], 1),
            file,
            lengths[file] - memory.position.cpu().numpy(),
            memory.loudness().cpu().numpy(),
            Codes(indices[:, :1], config.codebook_size, config.hop, memory.codec.audio.sample_rate),
        )

    def write(
        self,
        frames: int,
        *,
        novelty: float = 0.5,
        temperature: float = 0.5,
        top_k: int = 48,
        generator: Generator,
    ) -> Codes:
        """New codes of that many frames. novelty 0..1 shortens runs; temperature and top_k widen the jumps' choice."""
        if frames < 1:
            raise SdaError("A sound needs at least one frame; ask for a longer duration.")
        path = self.path(frames, novelty, temperature, top_k, generator)
        return self.like.with_indices(self.codes[:, path])

    def path(self, frames: int, novelty: float, temperature: float, top_k: int, generator: Generator) -> np.ndarray:
        """The grains visited [frame]."""
        one_shot = frames <= 1.25 * np.quantile(self.remaining[self._starts()], 0.9)
        rate = self.like.frame_rate
        mean_run = max(1.0, LONGEST_RUN * (SHORTEST_RUN / LONGEST_RUN) ** novelty * rate)
        least_run = min(max(1, round(LEAST_RUN * rate)), mean_run)
        path = [self._start(frames, one_shot, generator)]
        visits = np.zeros(len(self.file))
        run = 1
        while len(path) < frames:
            here = path[-1]
            visits[here] += 1
            leave = run >= least_run and generator.random() < 1 / mean_run
            if leave or self.remaining[here] == 1:
                wanted = frames - len(path) if one_shot else None
                costs = self._costs(here, path[0], wanted, visits)
                path.append(self._choose(costs, temperature, top_k, generator))
                run = 1
            else:
                path.append(here + 1)
                run += 1
        return np.array(path)

    def _starts(self) -> np.ndarray:
        """The first grain of every recording."""
        return np.flatnonzero(np.diff(self.file, prepend=-1))

    def _start(self, frames: int, one_shot: bool, generator: Generator) -> int:
        """One-shots begin with the attack of a recording of about that length; textures anywhere, loud places first."""
        if one_shot:
            starts = self._starts()
            miss = np.log(self.remaining[starts] / frames) / START_SPREAD
            weights = np.exp(-0.5 * (miss**2 - (miss**2).min()))
            return int(generator.choice(starts, p=weights / weights.sum()))
        weights = 10 ** (np.maximum(self.loudness - self.loudness.max(), -60) / 20)
        return int(generator.choice(len(weights), p=weights / weights.sum()))

    def _costs(self, here: int, start: int, wanted: int | None, visits: np.ndarray) -> np.ndarray:
        """[grain]: what it costs to leave `here` as if it were that grain, in units of the mean near distance."""
        distance = np.sqrt(np.maximum(((self.keys - self.keys[here]) ** 2).sum(1), 0))
        costs = distance / max(np.partition(distance, min(8, len(distance) - 1))[min(8, len(distance) - 1)], 1e-9)
        costs = costs + REVISIT_WEIGHT * np.append(visits[1:], 0)
        if wanted is None:
            stray = np.abs(self.loudness - self.loudness[start]) - LOUDNESS_SLACK
            costs += LOUDNESS_WEIGHT * np.maximum(stray, 0) / LOUDNESS_SLACK
        else:
            costs += REMAINING_WEIGHT * np.abs(np.log(self.remaining / (wanted + 1)))
        ban = max(1, round(BAN * self.like.frame_rate))
        near = (np.abs(np.arange(len(costs)) - here) <= ban) & (self.file == self.file[here])
        costs[near | (self.remaining == 1)] = np.inf
        return costs

    def _choose(self, costs: np.ndarray, temperature: float, top_k: int, generator: Generator) -> int:
        """The grain after one of the top_k cheapest, by softmax; a random start when no jump is possible."""
        best = np.argsort(costs)[: max(1, top_k)]
        best = best[np.isfinite(costs[best])]
        if len(best) == 0:
            return int(generator.choice(self._starts()))
        weights = np.exp(-(costs[best] - costs[best[0]]) / max(temperature, 1e-3))
        return int(generator.choice(best, p=weights / weights.sum())) + 1
