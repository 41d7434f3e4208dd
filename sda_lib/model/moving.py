"""Move sounds along sliders at the level that they have: only the slider of loudness changes how loud a sound is.

Where a whole sound moves by the same steps, a gain takes the change of its level back, and no other feature changes.
Where only a part of it moves, or not always by the same steps, the loudness of its frames is moved along its own
direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.codes import Codes
from sda_lib.codec.placement import LARGEST_GAIN
from sda_lib.directions.directions import SliderSet
from sda_lib.directions.gestures import GESTURES, LOUDNESS, MAX_STEPS, expand_gestures
from sda_lib.memory.levels import FLOOR, LevelMeter
from sda_lib.prior.gaussian import Latents

# Steps of sliders by name: one number, or one per frame [frame].
Steps = Mapping[str, float | np.ndarray]
# Limit of the change of level that is taken back, and the resolution of a gain, in dB.
MOST_DB, DB_STEP = 30.0, 0.1
# Largest change of the plain level in dB by which the weighted level (`WEIGHTINGS`) is held.
LEEWAY_DB = 0.5
# Seconds of a sound that are measured, so that a move takes as long for long sounds.
MEASURED_SECONDS = 1.5
# Where the loudness of frames is moved: number of corrections, and seconds over which the level is the same.
ROUNDS, HELD_SECONDS = 3, 0.5


@dataclass(frozen=True, eq=False)
class Mover:
    """Moves the sounds of one model along its sliders. Raises SdaError for unknown sliders and steps beyond limits."""

    codec: Codec
    sliders: SliderSet
    meter: LevelMeter
    _last: list[tuple[Tensor, Tensor]] = field(default_factory=list)  # latents and power of the last unmoved sound

    def codes(self, codes: Codes, steps: Steps, holds_level: bool = True) -> Codes:
        """Return codes moved by `steps`. Frames that move take the codes nearest to the moved latents."""
        embed = self.codec.bottleneck.embed
        device = self.codec.mean.device
        latent = embed(torch.tensor(codes.indices, device=device), ())  # muted levels move as well
        moved = self.values(latent, self.leveled(latent, steps) if holds_level else steps)
        changed = (moved != latent).any(1)
        indices = torch.tensor(codes.indices, device=device)
        if not changed.any():
            return codes
        indices[:, changed] = self.codec.quantize(moved[changed][None]).indices[0]
        after = codes.with_indices(indices.cpu().numpy())
        if not holds_level or not _is_even(_others(steps)):
            return after
        before = self.codes(codes, {LOUDNESS: steps[LOUDNESS]}) if LOUDNESS in steps else codes
        played = (embed(torch.tensor(one.indices, device=device), one.muted) for one in (before, after))
        return replace(after, gain=_limited(codes.gain * self.gain(*played)))

    def latents(self, sound: Latents, steps: Steps, holds_level: bool = True) -> Latents:
        """Return a sound's latents moved by `steps`."""
        after = self.values(sound.values, self.leveled(sound.values, steps) if holds_level else steps)
        if not holds_level or not _is_even(_others(steps)):
            return replace(sound, values=after)
        before = self.values(sound.values, {LOUDNESS: steps[LOUDNESS]}) if LOUDNESS in steps else sound.values
        return replace(sound, values=after, gain=_limited(sound.gain * self.gain(before, after)))

    def values(self, latent: Tensor, steps: Steps) -> Tensor:
        """Return latents [frame, dim] moved by `steps`, and along gestures at the onsets in them, at any level."""
        self.sliders.check(steps)
        if any(name in GESTURES for name in steps):
            level = self.codec.texture.level(latent).cpu().numpy()
            steps = expand_gestures(steps, level, self.frame_rate, self.sliders.card(LOUDNESS).slope)
        return self.sliders.moved(latent, steps)

    def gain(self, before: Tensor, after: Tensor) -> float:
        """Return the gain at which latents [frame, dim] have the level of those before they were moved."""
        loudest = self._loudest(before)
        if not self._last or not torch.equal(self._last[0][0], before):
            self._last[:] = [(before, self.meter.power(before[loudest]))]
        return held_gain(self._last[0][1], self.meter.power(after[loudest]))

    def _loudest(self, latent: Tensor) -> slice:
        """Return the loudest MEASURED_SECONDS of latents [frame, dim], which decide how loud they are."""
        frames = min(len(latent), round(MEASURED_SECONDS * self.frame_rate))
        power = torch.pow(10.0, 2 * self.codec.texture.level(latent))
        first = int(power.unfold(0, frames, 1).sum(1).argmax())
        return slice(first, first + frames)

    def leveled(self, latent: Tensor, steps: Steps) -> Steps:
        """Return steps with those of loudness that hold the level of latents [frame, dim] where they move unevenly."""
        others = _others(steps)
        is_usable = any(card.name == LOUDNESS for card in self.sliders.shown)
        if not others or _is_even(others) or not is_usable:
            return steps
        wanted = np.broadcast_to(np.asarray(steps.get(LOUDNESS, 0.0), np.float32), (len(latent),))
        inside = np.any([np.broadcast_to(amount, wanted.shape) != 0 for amount in others.values()], 0)
        spread = _Spread(torch.from_numpy(inside).to(latent), round(HELD_SECONDS * self.frame_rate))
        before = spread(self.meter.power(self.values(latent, {LOUDNESS: wanted})))
        total, slope, last = wanted, self.sliders.card(LOUDNESS).slope, None
        for _ in range(ROUNDS):
            after = spread(self.meter.power(self.values(latent, {**steps, LOUDNESS: total})))
            missing = inside * missing_decibels(before, after).cpu().numpy()
            slope = slope if last is None else _secant(total - last[0], last[1] - missing, slope)
            last = total, missing
            total = np.clip(total + missing / slope, -MAX_STEPS, MAX_STEPS).astype(np.float32)
        return {**steps, LOUDNESS: total}

    @property
    def frame_rate(self) -> float:
        """Frames per second at rate 1."""
        return self.codec.audio.sample_rate / self.codec.config.hop


@dataclass(frozen=True, eq=False)
class _Spread:
    """Mean of powers [weighting, frame] over the frames around each that are `inside` [frame]."""

    inside: Tensor
    frames: int

    def __call__(self, power: Tensor) -> Tensor:
        return self._sum(power * self.inside) / self._sum(self.inside).clamp_min(1)

    def _sum(self, values: Tensor) -> Tensor:
        reach = max(0, self.frames // 2)
        window = torch.ones(1, 1, 2 * reach + 1).to(values)
        return F.conv1d(values.reshape(-1, 1, values.shape[-1]), window, padding=reach).reshape(values.shape)


def held_gain(before: Tensor, after: Tensor) -> float:
    """Return the gain that gives a sound the level of another one, by the powers [weighting, frame] of both."""
    means = (power.cpu().double().mean(-1) for power in (before, after))
    decibels = float(missing_decibels(*means).clamp(-MOST_DB, MOST_DB))
    return float(10 ** (DB_STEP * round(decibels / DB_STEP) / 20))


def missing_decibels(before: Tensor, after: Tensor) -> Tensor:
    """Return the change in dB [...] that holds the weighted level, and the plain one within LEEWAY_DB, by powers
    [weighting, ...]."""
    plain, weighted = 10 * (before.clamp_min(FLOOR) / after.clamp_min(FLOOR)).log10()
    return torch.maximum(torch.minimum(weighted, plain + LEEWAY_DB), plain - LEEWAY_DB)


def _secant(steps: np.ndarray, change: np.ndarray, slope: float) -> float:
    """Return the change in dB per step over frames, by their least-squares line through 0, at least half of `slope`."""
    return max(float(steps @ change / max(float(steps @ steps), 1e-9)), 0.5 * slope)


def _others(steps: Steps) -> dict[str, float | np.ndarray]:
    """Return the steps of sliders that do not change the level by their name."""
    return {name: amount for name, amount in steps.items() if name != LOUDNESS and np.any(amount)}


def _is_even(steps: Steps) -> bool:
    """Return whether each slider moves all frames by the same steps, and any moves at all."""
    return bool(steps) and all(np.ptp(amount) == 0 for amount in steps.values())


def _limited(gain: float) -> float:
    return float(np.clip(gain, -LARGEST_GAIN, LARGEST_GAIN))
