"""Exemplars: spectral detail of the recordings for the decoder alone (Source 0).

The decoder predicts smooth magnitudes, and noise restores only how rough they are. The residual of a recorded grain,
what the codec misses there, also has the resonances of the material. Every few frames and at onsets, one of the nearest
grains is chosen; the residuals of it and of the grains that follow it replace the noise, as far as their latents are
near. They are magnitudes alone: neither samples nor phases of a recording are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.frames import Frames
from sda_lib.codec.noise import ONSET, smooth
from sda_lib.memory.grains import Memory

# Most frames of a run.
RUN = 4
# Most grains that may begin a run, spread evenly over the recordings.
MOST_STARTS = 2048
# Resolution of a residual, log10 of amplitude (0.3 dB); 8 bits hold up to 40 dB.
STEP = 1 / 64
# Rise of the level between recordings, more than any within one, log10 of amplitude.
BETWEEN_RECORDINGS = 100.0
# Residuals of runs that are kept: 4 to 34 MB.
KEPT = 1024
# Returns which grains may not begin a run, from their numbers [n]: a mask that broadcasts to [frame, n].
Banned = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Detail:
    """Detail of a span of a sound.

    `residual` [channel, bin, k]: log10 of amplitude to add; `trust` [frame]: how much of it, 0..1.
    """

    residual: Tensor
    trust: Tensor

    @property
    def share(self) -> Tensor:
        """The trust by spectrum [k]."""
        return self.trust.repeat_interleave(self.residual.shape[-1] // len(self.trust))

    def with_noise(self, noise: Tensor) -> Tensor:
        """Return the trusted part of the residual, and the rest of noise [channel, bin, k], of the same power."""
        share = self.share
        return (self.residual * share).addcmul_(noise, (1 - share.square()).sqrt())


class Exemplars:
    """Chooses grains of a memory for latents, and computes their residuals when they are needed.

    `scale` is the distance (in typical distances) within which a residual is trusted.
    """

    def __init__(self, memory: Memory, scale: float) -> None:
        self.memory, self.scale = memory, scale
        self._kept: dict[int, Tensor] = {}

    @property
    def reach(self) -> int:
        """Number of frames before a frame whose smoothed latents can change its detail."""
        return 2 * RUN - 1

    @cached_property
    def _keys(self) -> Tensor:
        """The latents of all grains, smoothed as the decoder smooths them [grain, dim]."""
        texture, keys = self.memory.codec.texture, self.memory.keys
        apart = BETWEEN_RECORDINGS * self.memory.grain_recording  # an onset, across which nothing is smoothed
        return smooth(keys, texture.config.smoothing * texture.error, texture.level(keys) + apart)

    @cached_property
    def _starts(self) -> Tensor:
        """The grains that may begin a run [n]."""
        count = len(self._keys)
        return torch.linspace(0, count - 1, min(count, MOST_STARTS), device=self._keys.device).round().long()

    @cached_property
    def _ends(self) -> Tensor:
        """The first grain of each recording, and the end of the last one [recording + 1]."""
        return F.pad(torch.bincount(self.memory.grain_recording).cumsum(0), (1, 0))

    @cached_property
    def _last(self) -> Tensor:
        """The last grain of every grain's recording [grain]."""
        return self._ends[self.memory.grain_recording + 1] - 1

    def detail(self, latent: Frames, first: int, end: int, banned: Banned | None = None) -> Detail:
        """Return the detail of frames first..end of a sound's latents [frame, dim].

        `banned` says which grains may not begin a run, by their numbers [n], as a mask that broadcasts to [frame, n].
        """
        texture, begin = self.memory.codec.texture, max(0, first - self.reach)
        around = max(0, begin - texture.reach)
        calm = texture.smooth(latent[around : end + texture.reach])[begin - around : end - around]
        start, grain = self._runs(calm, begin, banned)
        own = torch.minimum(grain + torch.arange(len(calm), device=grain.device) - start, self._last[grain])
        distance = (calm - self._keys[own]).square().sum(1).sqrt()
        trust = torch.exp(-0.5 * (distance / (self.scale * self.memory.unit)) ** 2)
        inside = slice(first - begin, end - begin)
        return Detail(self._residuals(grain[inside], (own - grain)[inside]), trust[inside])

    def _runs(self, latent: Tensor, first: int, banned: Banned | None) -> tuple[Tensor, Tensor]:
        """Return the frame with which the run of every frame begins, and the grain that begins it, both [frame].

        `latent` [frame, dim] is smoothed, `first` its position in the sound.
        """
        frame = torch.arange(len(latent), device=latent.device)
        level = self.memory.codec.texture.level(latent)
        grid = (frame + first) % RUN == 0
        begins = grid.clone()
        begins[1:] |= level.diff() > ONSET
        begins[:1] = True
        start = torch.where(begins, frame, 0).cummax(0).values
        grain = torch.zeros_like(frame)
        grain[grid] = self._varied(self._nearest(latent[grid], banned), (frame[grid] + first) // RUN)
        for one in (begins & ~grid).nonzero()[:, 0].tolist():  # one by one: their number must not change the rounding
            grain[one] = self._nearest(latent[one : one + 1], banned)[0, 0]
        return start, grain[start]

    def _varied(self, nearest: Tensor, number: Tensor) -> Tensor:
        """Return the grains of successive runs [n] of the two `nearest` [n, 2], by the number of each run in its sound.

        It is the nearest one, but where that was the nearest before as well, as in a held code, they take turns, so
        that no residual is repeated at once.
        """
        held = F.pad(nearest[1:, 0] == nearest[:-1, 0], (1, 0))
        return torch.where(held & (number % 2 == 1), nearest[:, -1], nearest[:, 0])

    def _nearest(self, latent: Tensor, banned: Banned | None) -> Tensor:
        """Return the two nearest grains [n, 2] of latents [n, dim] that may begin a run; [n, 1] if there is one."""
        squared = self._squared(latent)
        if banned is not None:
            squared = squared.masked_fill(banned(self._starts), torch.inf)
        return self._starts[squared.topk(min(2, squared.shape[1]), largest=False).indices]

    def _squared(self, latent: Tensor) -> Tensor:
        """Return the squared distances [n, start] of latents [n, dim], up to a constant of each."""
        keys, power = self._start_keys
        return torch.addmm(power, latent, keys)

    @cached_property
    def _start_keys(self) -> tuple[Tensor, Tensor]:
        """The keys of `_starts`, times -2 [dim, start], and their squared lengths [start]."""
        keys = self._keys[self._starts]
        return (-2 * keys.T).contiguous(), keys.square().sum(1)

    def _residuals(self, grain: Tensor, offset: Tensor) -> Tensor:
        """Return the residuals [channel, bin, spectrum] of the grains `offset` [frame] after `grain` [frame]."""
        known = self._runs_of(dict.fromkeys(grain.tolist()))
        frames = zip(grain.tolist(), offset.tolist(), range(len(grain)), strict=True)
        ratio, parts = self.memory.codec.ratio, []
        for (one, _), group in groupby(frames, key=lambda frame: (frame[0], frame[1] - frame[2])):
            places = [place for _, place, _ in group]
            parts.append(known[one][:, places[0] * ratio : (places[-1] + 1) * ratio])
        return torch.cat(parts, 1).transpose(1, 2).float().mul_(STEP)

    def _runs_of(self, grains: Iterable[int]) -> dict[int, Tensor]:
        """Return the residuals of the runs that begin with `grains`; the KEPT latest are kept."""
        known = dict[int, Tensor]()
        for grain in grains:
            kept = self._kept.pop(grain, None)
            known[grain] = self._run(grain) if kept is None else kept
        self._kept.update(known)
        for grain in list(self._kept)[: max(0, len(self._kept) - KEPT)]:
            self._kept.pop(grain, None)
        return known

    @torch.no_grad()
    def _run(self, grain: int) -> Tensor:
        """Return the residuals of a grain and those after it, in steps, int8 [channel, spectrum, bin]."""
        codec, end = self.memory.codec, min(grain + RUN, int(self._last[grain]) + 1)
        begin = max(int(self._ends[self.memory.grain_recording[grain]]), grain - codec.magnitude_reach)
        context = self._keys[begin : min(end + codec.magnitude_reach, int(self._last[grain]) + 1)]
        inside = slice((grain - begin) * codec.ratio, (end - begin) * codec.ratio)
        decoded = codec.log_magnitudes(context[None])[0][..., inside]
        grains = torch.arange(grain, end, device=self._keys.device)
        residual = self.memory.grains(grains, with_decoded=False).recorded - decoded
        return (residual / STEP).round_().clamp_(-127, 127).to(torch.int8).transpose(1, 2).contiguous()
