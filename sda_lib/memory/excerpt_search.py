"""Find the place of a sound in the model's own recordings, whatever its beginning, its level and its polarity.

Candidates come from latents: those of a short stretch of the sound, at every offset of the spectra's grid, are compared
with the recordings' latents, without the direction in which a gain moves them. The nearest few are correlated with the
recordings' samples, which gives the place; of the best, the one whose samples are the sound's up to a gain is taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.placement import LARGEST_GAIN
from sda_lib.codec.stft import FLOOR, modulus
from sda_lib.codec.varispeed import resampled, source_range
from sda_lib.memory.grains import Memory

# Seconds of the stretch that is compared by latents and by samples, and of the part of it that is correlated.
STRETCH_SECONDS, CORRELATED_SECONDS = 0.128, 0.064
# Number of nearest candidates by latents, of distinct ones that are correlated, and of those compared by samples.
NEAREST, CORRELATED, COMPARED = 32, 6, 4
# Seconds of the sound that are correlated, seconds on either side of a candidate, and number of candidates, where the
# nearest ones are similar but not the sound itself.
LONG_SECONDS, WIDE_SECONDS, WIDELY = 0.5, 2.0, 2
# Least correlation of differences between samples; a place between two samples lowers that of high frequencies.
LEAST_CORRELATION = 0.3
# A loud grain's place among all, from quiet to loud; the gain below which levels are similar; the share of bands at the
# floor from which on a sound may be too quiet to be compared.
LOUD, SIMILAR_GAIN, FLOORED = 0.75, 1.5, 0.01
# Samples on either side of a peak of the correlation that are below it.
PEAK_REACH = 8
# Least ratio in dB of a sound to its difference from the recording; that from which on it is searched no further; and
# the least of a similar place.
LEAST_RATIO, SURE_RATIO, SIMILAR_RATIO = 30.0, 50.0, 6.0
# From this ratio in dB on, no place between two samples is looked for; it must improve the ratio by BETTER dB.
EXACT_RATIO, BETTER = 55.0, 3.0
# Steps towards a place between two samples, and the distance in samples over which the slope is measured.
PLACE_STEPS, SLOPE_DISTANCE = 4, 1 / 64
# Gains this near to 1 or -1 are rounding.
GAIN_ROUNDING = 2e-4


@dataclass(frozen=True)
class FoundPlace:
    """Where on the memory's tape a sound begins, in samples and perhaps between two of them, and its gain.

    `ratio` is that of a stretch of the sound to its difference from the recording, in dB.
    """

    start: float
    gain: float
    ratio: float


class ExcerptSearch:
    """Search of a memory for the place of a sound."""

    def __init__(self, memory: Memory) -> None:
        self.memory, codec = memory, memory.codec
        self.hop, self.step, self.margin = codec.config.hop, codec.config.step, codec.spectral.margin
        self.rate = codec.audio.sample_rate

    @cached_property
    def _gain_direction(self) -> Tensor:
        """The unit vector [dim] along which a gain moves latents."""
        codec = self.memory.codec
        louder = torch.ones(codec.audio.channels, codec.config.bands, codec.ratio, device=codec.mean.device)
        moved = codec.features(louder)[0] @ codec.components.float()
        return moved / moved.norm().clamp_min(1e-12)

    @cached_property
    def _loud(self) -> float:
        """The RMS amplitude of a loud grain."""
        return 10 ** (float(self.memory.loudness().quantile(LOUD)) / 20)

    @cached_property
    def _scale(self) -> Tensor:
        """The factor of each dimension [dim] that gives the recordings' latents equal spread."""
        spread = self._level_free(self.memory.latents).std(0, correction=0)
        return 1 / spread.clamp_min(1e-3 * spread.max().clamp_min(1e-6))

    @cached_property
    def _keys(self) -> tuple[Tensor, Tensor]:
        """The recordings' latents [dim, grain] without their gain, times -2, and their power [grain]."""
        keys = self._level_free(self.memory.latents) * self._scale
        return (-2 * keys.T).contiguous(), keys.square().sum(1)

    def _level_free(self, latent: Tensor) -> Tensor:
        return latent - (latent @ self._gain_direction)[..., None] * self._gain_direction

    @torch.no_grad()
    def places(self, sound: Tensor, after: int = 0) -> list[FoundPlace]:
        """Return the places at which a stretch of a sound, mid/side [channel, time], is the recording's, best first.

        The sound is given from its sample `after` on. Whether all of it is a recording from its beginning on is looked
        at besides the candidates: some stretches, as of a tone that decays, are alike at many places.
        """
        frames = self._frames(sound.shape[-1])
        if frames < 1 or (first := self._liveliest(sound, frames)) is None:
            return []
        rest, log_mel = sound[:, first:], self._log_mel(sound, first, frames)
        near = self._candidates(log_mel, frames)
        starts = self._whole(rest, after + first)
        places = self._compared(rest, starts + self._correlated(rest, CORRELATED_SECONDS, near, 2 * self.step))
        if not places and (gain := self._other_gain(sound, log_mel)) is not None:
            before, near = near, self._candidates(self._log_mel(gain * sound, first, frames), frames)
            others = near[~torch.isin(near, before)]  # a gain changes no correlation
            places = self._compared(rest, self._correlated(rest, CORRELATED_SECONDS, others, 2 * self.step))
        if places and places[0].ratio < SURE_RATIO:
            found = self._correlated(rest, LONG_SECONDS, near[:WIDELY], round(WIDE_SECONDS * self.rate))
            places = sorted([*places, *self._compared(rest, found)], key=lambda one: -one.ratio)
        return [replace(one, start=one.start - first) for one in places if one.ratio >= LEAST_RATIO]

    def _whole(self, sound: Tensor, after: int) -> list[int]:
        """Return the places on the tape, `after` samples behind a recording's beginning, where a sound is its own."""
        part = sound[:, : round(CORRELATED_SECONDS * self.rate)]
        starts = self.memory.recording_span[:, 0] + after
        starts = starts[starts + part.shape[-1] <= self.memory.tape.shape[-1]]
        there = starts[:, None] + torch.arange(part.shape[-1], device=starts.device)
        recorded = self.memory.tape[:, there].movedim(0, 1).flatten(1)
        power, both = recorded.square().sum(1), recorded @ part.flatten()
        left = part.square().sum() - both.square() / power.clamp_min(1e-20)
        alike = left < 10 ** (-LEAST_RATIO / 10) * part.square().sum()
        best = left[alike].argsort()[:COMPARED]
        return [int(one) for one in starts[alike][best]]

    def _other_gain(self, sound: Tensor, log_mel: Tensor) -> float | None:
        """Return the gain that makes a sound about as loud as the recordings, None where it would change little.

        Where a sound is much quieter or louder than its recording, other bands are at the floor of log-magnitudes.
        """
        level = sound.square().mean(0).unfold(0, self.hop, self.hop).mean(1).max().sqrt()
        gain = float(self._loud / level)
        is_floored = float((log_mel <= math.log10(FLOOR)).float().mean()) > FLOORED
        return gain if gain < 1 / SIMILAR_GAIN or (is_floored and gain > SIMILAR_GAIN) else None

    def _frames(self, length: int) -> int:
        """Return how many frames of a sound of `length` samples are compared; 0 if it is too short."""
        room = length - 2 * self.margin - self.hop + self.step
        return min(round(STRETCH_SECONDS * self.rate / self.hop) or 1, room // self.hop, len(self.memory))

    def _liveliest(self, sound: Tensor, frames: int) -> int | None:
        """Return where the stretch of most change from sample to sample begins, after a margin for the windows.

        There is none in a sound that is silent.
        """
        power = sound.diff(dim=-1).square().sum(0)
        size = (frames + 1) * self.hop - self.step
        steps = power[self.margin : sound.shape[-1] - self.margin].unfold(0, self.step, self.step).sum(1)
        total = steps.unfold(0, size // self.step, 1).sum(1)
        best = int(total.argmax())
        return self.margin + best * self.step if total[best] > 0 else None

    def _log_mel(self, sound: Tensor, first: int, frames: int) -> Tensor:
        """Return log-mel spectra [channel, band, k] of the stretch from sample `first` on, and of a frame more."""
        spectral, end = self.memory.codec.spectral, first + (frames + 1) * self.hop - self.step
        return spectral.log_mel(modulus(spectral.stft_inside(sound[:, first - self.margin : end + self.margin])))

    def _candidates(self, log_mel: Tensor, frames: int) -> Tensor:
        """Return the samples of the tape [n] near which a stretch of a sound may lie, nearest first, several spectra
        apart.

        The spectra [channel, band, k] are compared at every offset within a frame.
        """
        codec, ratio = self.memory.codec, self.memory.codec.ratio
        shifted = log_mel.unfold(-1, frames * ratio, 1).movedim(-2, 0)
        latent = self._level_free(codec.latent(codec.features(shifted))) * self._scale
        keys, power = self._keys
        squared = torch.addmm(power, latent.flatten(0, 1), keys).unflatten(0, (ratio, frames))
        width = squared.shape[-1] - frames + 1
        total = latent.square().sum((1, 2))[:, None] + sum(squared[:, at, at : at + width] for at in range(frames))
        nearest = total.flatten().topk(min(NEAREST, total.numel()), largest=False).indices
        offset, grain = nearest // width, nearest % width
        return _distinct(self.memory.tape_start[grain] + self.memory.margin - offset * self.step, 2 * self.step)

    def _correlated(self, sound: Tensor, seconds: float, near: Tensor, reach: int) -> list[int]:
        """Return the places on the tape, within `reach` samples of those `near` [n], where a sound correlates best.

        Differences from sample to sample of the louder of mid and side are correlated, over `seconds` from the sound's
        beginning on.
        """
        part = sound[:, : round(seconds * self.rate)].diff(dim=-1)
        size, lags = part.shape[-1], 2 * reach + 1
        if self.memory.tape.shape[-1] < size + lags or not len(near):
            return []
        channel = int(part.square().sum(1).argmax())
        part, regions = part[channel], self.memory.tape[channel].unfold(-1, size + lags, 1)
        begins = (near - reach).clamp(0, len(regions) - 1)
        regions = regions[begins].diff(dim=-1)
        length = _fast_length(regions.shape[-1])
        product = torch.fft.rfft(regions, length) * torch.fft.rfft(part, length).conj()
        found = torch.fft.irfft(product, length)[:, :lags].abs()
        power = F.pad(regions.square().cumsum(-1), (1, 0))
        local = (power[:, size:] - power[:, :lags]).clamp_min(1e-4 * power[:, -1:] + 1e-20)
        found = found / (local * part.square().sum()).sqrt()
        peaks = torch.where(found == F.max_pool1d(found[None], 2 * PEAK_REACH + 1, 1, PEAK_REACH)[0], found, 0.0)
        best = peaks.flatten().topk(COMPARED)
        which = best.indices[best.values > LEAST_CORRELATION]
        return (begins[which // lags] + which % lags).tolist()

    def _compared(self, sound: Tensor, starts: list[int]) -> list[FoundPlace]:
        """Return the places of a sound at or near `starts` that are at least similar, the nearest first."""
        part = sound[:, : round(STRETCH_SECONDS * self.rate)].cpu().numpy()
        places = [FoundPlace(start, *fitted(part, self.recorded(start, part.shape[1]))) for start in starts]
        similar = sorted((one for one in places if one.ratio > SIMILAR_RATIO), key=lambda one: -one.ratio)
        if similar and similar[0].ratio < EXACT_RATIO:
            similar = sorted((self._refined(part, one) for one in similar), key=lambda one: -one.ratio)
        return [replace(one, gain=_rounded(one.gain)) for one in similar if abs(one.gain) <= LARGEST_GAIN]

    def _refined(self, part: np.ndarray, place: FoundPlace) -> FoundPlace:
        """Return the place between two samples near a place, if it is better."""
        start = self._between(part[:, : round(CORRELATED_SECONDS * self.rate)], place.start)
        between = FoundPlace(start, *fitted(part, self.recorded(start, part.shape[1])))
        return between if between.ratio > place.ratio + BETTER else place

    def _between(self, part: np.ndarray, start: float) -> float:
        """Return the place near `start` on the tape, which may lie between two samples, of a part of a sound.

        Gauss-Newton on the place and the gain.
        """
        for _ in range(PLACE_STEPS):
            before, there, after = (
                self.recorded(start + shift, part.shape[1]).ravel() for shift in (-SLOPE_DISTANCE, 0, SLOPE_DISTANCE)
            )
            basis = np.stack([there, (after - before) / (2 * SLOPE_DISTANCE)], 1)
            gain, moved = np.linalg.lstsq(basis, part.ravel(), rcond=None)[0]
            start += float(np.clip(moved / gain, -0.5, 0.5)) if gain else 0.0
        return start

    def recorded(self, start: float, count: int) -> np.ndarray:
        """Return `count` samples of the tape, mid/side [channel, time], from `start` on; silence beyond its ends."""
        low, high = source_range(0, count, start, 1.0)
        low, high = (min(max(one, 0), self.memory.tape.shape[-1]) for one in (low, high))
        return resampled(self.memory.tape[:, low:high].cpu().numpy(), low, 0, count, start, 1.0)


def fitted(sound: np.ndarray, recorded: np.ndarray) -> tuple[float, float]:
    """Return the gain by which the recorded samples come nearest to the sound, and its ratio in dB to what differs."""
    power = float(np.vdot(recorded, recorded))
    gain = float(np.vdot(recorded, sound)) / power if power else 0.0
    left = sound - np.float32(gain) * recorded
    return gain, ratio_of(float(np.vdot(sound, sound)), float(np.vdot(left, left)))


def ratio_of(power: float, error: float) -> float:
    """Return the ratio of a power to that of an error in dB."""
    return 10 * math.log10((power + 1e-30) / (error + 1e-30))


def _rounded(gain: float) -> float:
    """Return a gain, without what is rounding."""
    return math.copysign(1.0, gain) if abs(abs(gain) - 1) < GAIN_ROUNDING else gain


def _fast_length(length: int) -> int:
    """Return the next length from `length` on of which a Fourier transform is fast: a power of two times 1, 3 or 5."""
    powers = (factor << max(0, math.ceil(math.log2(length / factor))) for factor in (1, 3, 5))
    return min(one for one in powers if one >= length)


def _distinct(starts: Tensor, least: int) -> Tensor:
    """Return the first CORRELATED of starts [n] that are `least` samples apart from all before."""
    kept: list[int] = []
    for start in starts.tolist():
        if all(abs(start - other) >= least for other in kept):
            kept.append(start)
        if len(kept) == CORRELATED:
            break
    return starts.new_tensor(kept)
