"""Joints: where a sound leaves a recording for another place in the corpus, both are crossfaded.

Each of the two is read from its recording on either side of the border. In the spectra around the border their phases
are turned towards each other, bin by bin, so that partials go through without cancelling, and the power of every bin
goes from one to the other. The turning fades out towards the ends of the joint, so the recordings keep their places: a
joint depends on the two frames at its border alone, and changes nothing beyond its length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import hann_window, squared_modulus
from sda_lib.memory.grains import FULL_IDENTITY, Match, Memory

# Seconds over which phases are turned, and over which one recording replaces the other.
TURN_SECONDS, FADE_SECONDS = 0.053, 0.043
# Weights of a bin and its neighbors in the phase difference of the bin: bins of a partial turn together.
NEIGHBOR_BINS = (0.25, 0.75, 1.0, 0.75, 0.25)
# Greatest factor by which a bin is raised to hold its power.
MOST_RAISED = 2.0
TINY = 1e-12
# Factor of power (3 dB) by which a level may change within a joint before it counts as an attack or an end.
STEADY = 2.0
# Numbers of which a row of spectra holds a multiple, and numbers up to which torch computes with one thread: so a joint
# is the same to the last bit whichever others are made with it.
VECTOR, ONE_THREAD = 32, 32768
# Joints made at once by one thread, and number of joints that a memory keeps: 7 to 14 MB.
AT_ONCE, KEPT = 32, 512
# Samples over which recorded samples replace synthesized ones.
TRANSITION = 256


@dataclass(frozen=True)
class Stretch:
    """The recorded samples behind consecutive frames.

    `samples` [channel, time] are mid/side; `place` [frame]: the sample with which each frame begins. Where frames
    cannot be joined, each side goes on for a margin, and the places are further apart.
    """

    samples: Tensor
    place: Tensor
    hop: int
    margin: int

    def within(self, frames: slice) -> Tensor:
        """Return the samples [channel, frame * hop] of frames."""
        return self.samples.unfold(-1, self.hop, 1)[:, self.place[frames]].flatten(1)

    def sections(self, frames: slice) -> Tensor:
        """Return the samples of every frame with the margins of its windows [channel, frame, hop + 2 * margin]."""
        return self.samples.unfold(-1, self.hop + 2 * self.margin, 1)[:, self.place[frames] - self.margin]


@dataclass(frozen=True)
class RecordedPart:
    """The recorded samples [channel, time] of a tile, and their `share` 0..1 in its sound at full amount [time].

    It is 1 where all frames up to some frames away are their grains, and 0 elsewhere, with short transitions. So
    whether a sample is a recorded one depends on these frames alone.
    """

    samples: Tensor
    share: Tensor

    @property
    def is_all(self) -> bool:
        """Return whether all samples are recorded ones."""
        return bool((self.share == 1).all())

    @classmethod
    def of(cls, stretch: Stretch, match: Match, apart: int, tile: slice) -> RecordedPart:
        """Take a tile out of a stretch, where frames up to `apart` frames away count."""
        foreign = F.pad((~own_frames(match))[None].float(), (apart, apart))
        inner = F.max_pool1d(foreign, 2 * apart + 1, 1)[0] == 0
        rise = ((torch.arange(stretch.hop, device=inner.device) + 0.5) / min(stretch.hop, TRANSITION)).clamp_max(1)
        before, after = F.pad(inner[:-1], (1, 0), value=True), F.pad(inner[1:], (0, 1), value=True)
        begins, ends = torch.where(before[:, None], 1.0, rise), torch.where(after[:, None], 1.0, rise.flip(0))
        return cls(stretch.within(tile), (inner[:, None] * begins * ends)[tile].flatten())


def joint_reach(codec: Codec) -> int:
    """Return the number of frames on either side of a border that a joint changes, with the windows that reach it."""
    half = JointShape.of(codec).half
    return -(-(half + codec.spectral.margin) // codec.config.hop)


def own_frames(match: Match) -> Tensor:
    """Return [frame] whether each frame consists of its grain only."""
    return match.identity > FULL_IDENTITY


def recorded_stretch(memory: Memory, match: Match) -> Stretch:
    """Return the recorded samples behind the frames of a match.

    They are contiguous where the grains are, and joined where two frames that are their grains meet; elsewhere they are
    cut.
    """
    codec, grain = memory.codec, match.grain
    hop, margin, own = codec.config.hop, memory.margin, own_frames(match)
    borders = ~memory.follows(grain[:-1], grain[1:])
    joint = F.pad(borders & own[:-1] & own[1:], (1, 0))
    cut = F.pad(borders, (1, 0)) & ~joint
    place = margin + torch.arange(len(grain), device=grain.device) * hop + 2 * margin * cut.cumsum(0)
    first = F.pad(borders, (1, 0), value=True).nonzero()[:, 0]  # of every run of grains that follow each other
    ends = F.pad(first[1:], (0, 1), value=len(grain)) - 1
    starts = memory.sample_start[grain[first]] - margin * cut[first]
    stops = memory.sample_start[grain[ends]] + hop + margin * F.pad(cut, (0, 1))[ends + 1]
    starts[0] -= margin
    stops[-1] += margin
    runs = [memory.tape[:, start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
    stretch = Stretch(torch.cat(runs, -1), place, hop, margin)
    return _with_joints(memory, stretch, grain, joint, cut) if joint.any() else stretch


def _with_joints(memory: Memory, stretch: Stretch, grain: Tensor, joint: Tensor, cut: Tensor) -> Stretch:
    """Return the stretch with a crossfade at every `joint` [frame], the first frame after the border.

    No joint reaches beyond a `cut` [frame].
    """
    shape, frames = JointShape.of(memory.codec), joint.nonzero()[:, 0]
    chain = cut.cumsum(0)
    ends = torch.bincount(chain).cumsum(0)
    first, last = F.pad(ends[:-1], (1, 0))[chain[frames]], ends[chain[frames]] - 1
    lowest, highest = stretch.place[first] - stretch.margin, stretch.place[last] + stretch.hop + stretch.margin
    changes = _changes(memory, shape, list(zip(grain[frames - 1].tolist(), grain[frames].tolist(), strict=True)))
    begin = stretch.place[frames] - shape.half
    rows = zip(begin.tolist(), lowest.tolist(), highest.tolist(), changes, strict=True)
    for start, low, high, one in rows:
        inside = slice(max(start, low), min(start + 2 * shape.half, high))
        stretch.samples[:, inside] += one[:, inside.start - start : inside.stop - start]
    return stretch


def _changes(memory: Memory, shape: JointShape, borders: Sequence[tuple[int, int]]) -> list[Tensor]:
    """Return what joints change [channel, time] where the grains of `borders` (before and after it) meet.

    The last KEPT ones of the memory are kept: an edit of a sound, or another Source, needs almost all of them again.
    """
    kept, known = memory.joints, dict[tuple[int, int], Tensor]()
    for border in borders:
        if (change := kept.pop(border, None)) is not None:
            known[border] = change
    missing = [border for border in dict.fromkeys(borders) if border not in known]
    size = _at_once(shape, memory.tape.shape[0])
    for first in range(0, len(missing), size):
        part = missing[first : first + size]
        before, after = (torch.tensor(grains, device=memory.tape.device) for grains in zip(*part, strict=True))
        old, new = memory.around(before, memory.codec.config.hop, shape.half), memory.around(after, 0, shape.half)
        made = crossfaded(shape, old, new) - torch.cat([old[..., : shape.half], new[..., shape.half :]], -1)
        known.update((border, one.clone()) for border, one in zip(part, made, strict=True))  # not all or none of them
    kept.update(known)
    for border in list(kept)[: max(0, len(kept) - KEPT)]:
        kept.pop(border, None)
    return [known[border] for border in borders]


def _at_once(shape: JointShape, channels: int) -> int:
    """Return how many joints are made at once.

    More than one thread would cut the rows of several joints anywhere, and the last numbers before a cut are rounded
    in another way.
    """
    return AT_ONCE if torch.get_num_threads() == 1 else max(1, ONE_THREAD // (channels * shape.numbers))


def crossfaded(shape: JointShape, old: Tensor, new: Tensor) -> Tensor:
    """Return the crossfade [joint, channel, time] from `old` to `new` samples, both of that shape.

    At its ends it is `old` and `new`.
    """
    spectra = _spectra(shape, torch.cat([old, new]))
    powers = squared_modulus(spectra)
    levels = powers.sum(-1).sum(1).clamp_min_(TINY)
    calm = levels.cummin(1).values.div_(levels)  # small from an attack on
    (before, after), (power_before, power_after) = spectra.chunk(2), powers.chunk(2)
    fade = _fade(shape, levels, calm)[:, None, :, None]
    turn_old, turn_new = _turns(before, after, powers, calm)
    mixed = _turned(before, turn_old, shape.ramp, 1 - fade)
    mixed += _turned(after, turn_new, shape.ramp, fade, falls=True)
    held = torch.lerp(power_before, power_after, fade)
    mixed *= held.div_(squared_modulus(mixed)).sqrt_().clamp_max_(MOST_RAISED)
    rows = torch.fft.irfft(mixed[..., : shape.n_fft // 2 + 1], shape.n_fft)
    made = overlapped(rows.mul_(shape.window), shape.step)
    return made * shape.scale + old * shape.kept_old + new * shape.kept_new


def _spectra(shape: JointShape, samples: Tensor) -> Tensor:
    """Return the spectra [joint, channel, k, bin] of samples [joint, channel, time], with empty bins at their end.

    Vectors of a processor hold a whole number of their rows, whose results so do not depend on the number of joints.
    """
    rows = torch.fft.rfft(samples.unfold(-1, shape.n_fft, shape.step) * shape.window)
    return F.pad(rows, (0, -rows.shape[-1] % VECTOR))


def _fade(shape: JointShape, levels: Tensor, calm: Tensor) -> Tensor:
    """Return the share of the new recording [joint, k], from powers and their `calm`, of old and new [2 * joint, k].

    Neither goes on beyond the border where it is much louder or quieter than at the border, and an attack on its own
    side stays as it is.
    """
    middle, (old, new), (calm_old, calm_new) = levels.shape[1] // 2, levels.chunk(2), calm.chunk(2)
    until = new[:, :middle].flip(1).cummin(1).values.flip(1)
    since = old[:, middle:].cummin(1).values
    most_new = torch.minimum(new[:, :middle] / new[:, middle, None], until / new[:, :middle])
    most_old = torch.minimum(old[:, middle:] / old[:, middle - 1, None], since / old[:, middle:])
    most_new = STEADY * torch.minimum(most_new, calm_old[:, :middle])
    most_old = STEADY * torch.minimum(most_old, calm_new[:, middle:])
    first, last = shape.fade[:middle], shape.fade[middle:]
    return torch.cat([torch.minimum(first, most_new), torch.maximum(last, 1 - most_old)], 1)


def _turns(before: Tensor, after: Tensor, powers: Tensor, calm: Tensor) -> tuple[Tensor, Tensor]:
    """Return the angles [joint, bin] by which spectra [joint, channel, k, bin] before and after the border turn.

    Together they are the phase difference of the two spectra next to the border, of all channels. `powers`
    [2 * joint, channel, k, bin] and their `calm` [2 * joint, k] decide the shares: the side with less power in a bin
    turns more, and one with an attack does not.
    """
    middle = before.shape[2] // 2
    border = slice(middle - 1, middle + 1)
    product = _at_border(before[:, :, border] * after[:, :, border].conj())
    real, imaginary, old, new = _over_bins(
        torch.cat([product.real, product.imag, _at_border(powers[:, :, border])])
    ).chunk(4)
    angle, share = torch.atan2(imaginary, real), old / (old + new + TINY)
    parts = calm.chunk(2)[0][:, :middle], calm.chunk(2)[1][:, middle:]
    calm_old, calm_new = ((STEADY * part.amin(1, keepdim=True)).clamp_max_(1) for part in parts)
    shares = calm_old * (1 - share * calm_new), calm_new * (1 - (1 - share) * calm_old)
    return -angle * shares[0], angle * shares[1]


def _turned(spectra: Tensor, angle: Tensor, ramp: Tensor, weight: Tensor, falls: bool = False) -> Tensor:
    """Return spectra [joint, channel, k, bin] turned by angles [joint, bin], times a weight [joint, 1, k, 1].

    In the half of the spectra on their own side the angles follow the `ramp` [k / 2, 1] from 0 to 1, or from 1 to 0
    where it `falls`; in the other half they are full.
    """
    angle = angle[:, None, None]
    halves = [angle, angle * ramp.flip(0)] if falls else [angle * ramp, angle]
    factors = torch.empty(len(angle), 1, *spectra.shape[2:], dtype=spectra.dtype, device=spectra.device)
    for turn, share, part in zip(halves, weight.chunk(2, 2), factors.chunk(2, 2), strict=True):
        torch.complex(turn.cos() * share, turn.sin() * share, out=part)
    return spectra * factors


def _at_border(pair: Tensor) -> Tensor:
    """Return the sum over channels and the two spectra at the border, [joint, channel, 2, bin] -> [joint, bin]."""
    return (pair[:, :, 0] + pair[:, :, 1]).sum(1)


def _over_bins(row: Tensor) -> Tensor:
    """Return the weighted sum over each bin of [joint, bin] and its neighbors.

    It is taken one term at a time, so that it does not depend on the number of joints.
    """
    reach, bins = len(NEIGHBOR_BINS) // 2, row.shape[-1]
    wide, total = F.pad(row, (reach, reach)), torch.zeros_like(row)
    for at, weight in enumerate(NEIGHBOR_BINS):
        total.add_(wide[:, at : at + bins], alpha=weight)
    return total


def overlapped(pieces: Tensor, step: int) -> Tensor:
    """Return the sum of overlapping pieces [..., k, n] that begin a step apart [..., (k - 1) * step + n]."""
    parts, count = pieces.shape[-1] // step, pieces.shape[-2]
    pieces = pieces.unflatten(-1, (parts, step))
    out = pieces.new_zeros(*pieces.shape[:-3], count + parts - 1, step)
    for part in range(parts):
        out[..., part : part + count, :] += pieces[..., part, :]
    return out.flatten(-2)


@dataclass(frozen=True)
class JointShape:
    """The spectra of a joint, an even number, so that the border lies between two of them.

    `fade` [k]: share of the new recording; `ramp` [k / 2, 1]: share of the turn on either side; `window` [n_fft];
    `scale`, `kept_old`, `kept_new` [time]: factors of the overlapping windows, and of the samples where windows of the
    joint are missing at its ends.
    """

    n_fft: int
    step: int
    fade: Tensor
    ramp: Tensor
    window: Tensor
    scale: Tensor
    kept_old: Tensor
    kept_new: Tensor

    @property
    def half(self) -> int:
        """Return the number of samples on either side of the border."""
        return len(self.scale) // 2

    @property
    def numbers(self) -> int:
        """Return the number of complex numbers in the spectra of a channel."""
        bins = self.n_fft // 2 + 1
        return len(self.fade) * (bins + -bins % VECTOR)

    @classmethod
    def of(cls, codec: Codec) -> JointShape:
        """Return the shape of a codec's joints."""
        config = codec.config
        return joint_shape(config.n_fft, config.step, codec.audio.sample_rate, codec.mean.device)


@lru_cache(maxsize=8)
def joint_shape(n_fft: int, step: int, sample_rate: int, device: torch.device) -> JointShape:
    """Return the shape of joints with these spectra."""
    count, parts = 2 * max(1, round(TURN_SECONDS * sample_rate / step / 2)), n_fft // step
    place, window = torch.arange(count) - (count - 1) / 2, hann_window(n_fft)
    fade = _cosine(place / max(2.0, FADE_SECONDS * sample_rate / step) + 0.5)
    ramp = _cosine(1 + 2 * place[: count // 2, None] / (count + 1))
    power = window.square()
    inside = overlapped(power.expand(count, n_fft), step)
    around = overlapped(power.expand(count + 2 * parts, n_fft), step)[n_fft : n_fft + len(inside)]
    rest = (1 - inside / around).clamp_min_(0)
    first = torch.arange(len(inside)) < len(inside) // 2
    tensors = fade, ramp, window, 1 / around, rest * first, rest * ~first
    return JointShape(n_fft, step, *(one.to(device) for one in tensors))


def _cosine(share: Tensor) -> Tensor:
    """Return the raised cosine from 0 to 1 of a share, which is limited to 0..1."""
    return 0.5 - 0.5 * torch.cos(math.pi * share.clamp(0, 1))
