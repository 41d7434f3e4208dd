"""Phases for magnitudes: propagated along partials between anchors, and made consistent by Griffin-Lim iterations.

Propagation integrates the phase's derivatives, which follow from the log-magnitudes (Prusa, Balazs and Sondergaard, "A
noniterative method for reconstruction of phase from STFT magnitude", 2017), along spectral peaks, and locks every other
bin to its peak (Laroche and Dolson 1999). It restarts at anchors at fixed positions of the sound, so that an edit
changes no phase beyond the next anchor. Between two anchors it runs from both and crossfades between them, so that a
sustained partial has no seam.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.stft import Spectral, modulus

# Width of the Gaussian nearest to a Hann window of length 1 (Prusa et al. 2017, table 1).
HANN_GAMMA = 0.25645
TURN = 2 * math.pi


def griffin_lim(spectral: Spectral, magnitudes: Tensor, phase: Tensor, rounds: int, momentum: float = 0.99) -> Tensor:
    """Run fast Griffin-Lim (Perraudin et al. 2013).

    Takes magnitudes and an initial phase (unit complex), both [channel, bin, k]; returns a signal [channel, k * step].
    A consistent spectrum is a fixed point, so a recording's own magnitudes and phase reproduce the recording.
    """
    wanted = magnitudes.transpose(-1, -2).contiguous()
    rows = wanted * phase.transpose(-1, -2)
    previous = None
    for _ in range(rounds):
        rebuilt = spectral.signal(rows)
        ahead = rebuilt if previous is None else torch.lerp(previous, rebuilt, 1 + momentum)  # spectra are linear in it
        previous, rows = rebuilt, spectral.rows(ahead)
        rows *= wanted / modulus(rows)
    return spectral.signal(rows)


def random_phase(like: Tensor, first: int = 0) -> Tensor:
    """Return random unit phases [channel, bin, k].

    They depend on the position alone, so that edits elsewhere don't change them.
    """
    places = torch.arange(first, first + like.shape[-1], device=like.device)
    return torch.polar(torch.ones_like(like), random_angles(places, *like.shape[:2]).permute(1, 2, 0))


def random_angles(places: Tensor, channels: int, bins: int) -> Tensor:
    """Return random angles [place, channel, bin] that depend on the position alone."""
    table = _angle_table(channels, bins).to(places.device)
    return table[places % len(table)]


@cache
def _angle_table(channels: int, bins: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return TURN * torch.rand(997, channels, bins, generator=generator)


def propagated_phase(
    spectral: Spectral,
    log_magnitudes: Tensor,
    first: int,
    spacing: int,
    given: tuple[Tensor, Tensor] | None = None,
    around: tuple[int, int] = (0, 0),
) -> Tensor:
    """Return unit phases [channel, bin, k] for log10 magnitudes of that shape, without those `around`.

    `first` is the position of the first spectrum in its sound; anchors lie at the multiples of `spacing`. A spectrum's
    phase depends on the spectra from the anchor before it to the anchor after it and on one more on either side.
    `around` is the number of spectra at the beginning and at the end that serve as context only. `given` fixes the
    angles of some of the other spectra: a mask [k] with n true values, and angles [channel, n, bin]; propagation
    restarts there.
    """
    channels, bins, count = log_magnitudes.shape
    begin, end = first + around[0], first + count - around[1]
    lowest = begin - begin % spacing
    segments = -(-(end - lowest) // spacing)
    places = torch.arange(lowest - 1, lowest + segments * spacing + 2, device=log_magnitudes.device)
    rows = log_magnitudes.transpose(-1, -2)[:, (places - first).clamp_(0, count - 1)]  # whole segments, edges held
    advance, across = (one[:, 1:-1] for one in gradients(spectral, rows.mul_(math.log(10))))
    seed = peak_of(rows[:, 1:-1])
    locked = across - across.gather(-1, seed)
    anchors = places[1:-1:spacing].div(spacing, rounding_mode="floor")
    start = random_angles(anchors, channels, bins).transpose(0, 1).gather(-1, seed[:, ::spacing])
    start += locked[:, ::spacing]
    if given is not None:
        given = F.pad(given[0], (begin - lowest, lowest + segments * spacing - end)), given[1]
    steps = (advance[:, 1:] + advance[:, :-1]).mul_(0.5)
    angles = _between_anchors(steps, locked[:, :-1], seed[:, :-1], start, spacing, given)
    angles = angles[:, begin - lowest : end - lowest]
    return torch.complex(angles.cos(), angles.sin()).transpose(-1, -2)


def gradients(spectral: Spectral, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the phase derivatives that natural log-magnitudes [channel, k, bin] imply, both of that shape.

    These are the advance in one step, and the phase within a spectrum relative to its first bin. Windows begin at their
    first sample.
    """
    n_fft, step = spectral.n_fft, spectral.step
    gamma = HANN_GAMMA * n_fft**2
    bins = torch.arange(spectral.bins, device=rows.device)
    wide = F.pad(rows, (1, 1), mode="replicate")
    advance = (wide[..., 2:] - wide[..., :-2]) * (step * n_fft / gamma / 2)
    advance += (bins * step % n_fft) * (TURN / n_fft)  # whole turns are left out for precision
    slope = torch.empty_like(rows)
    slope[:, 1:-1] = rows[:, 2:] - rows[:, :-2]
    slope[:, 0], slope[:, -1] = rows[:, 1] - rows[:, 0], rows[:, -1] - rows[:, -2]
    slope *= -gamma / (step * n_fft) / 2
    across = slope.cumsum(-1) - slope / 2  # the trapezoidal rule, up to a constant of each spectrum
    return advance, across + (bins % 2) * math.pi


def peak_of(rows: Tensor) -> Tensor:
    """Return for every bin of [channel, k, bin] the bin of its peak; valleys separate the peaks."""
    rises = torch.ones(*rows.shape[:-1], rows.shape[-1] + 1, dtype=torch.bool, device=rows.device)
    torch.gt(rows[..., 1:], rows[..., :-1], out=rises[..., 1:-1])
    rises[..., -1] = False
    before, after = rises[..., :-1], rises[..., 1:]
    begins = after & ~before
    begins[..., 0] = True
    peaks = true_positions(before & ~after) % rows.shape[-1]  # exactly one from each beginning to the next
    return peaks.index_select(0, begins.flatten().cumsum(0).sub_(1)).reshape(rows.shape)


def true_positions(mask: Tensor) -> Tensor:
    """Return the positions in the flattened mask where it is true [n].

    On the CPU numpy takes a fifth of torch's time.
    """
    if mask.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(mask.numpy()))
    return mask.flatten().nonzero()[:, 0]


def _between_anchors(
    steps: Tensor,
    locked: Tensor,
    seed: Tensor,
    start: Tensor,
    spacing: int,
    given: tuple[Tensor, Tensor] | None,
) -> Tensor:
    """Return angles [channel, k, bin] of whole segments, without the last anchor, propagated from both sides.

    The angles propagated from the anchors on the left and on the right are mixed by nearness. `steps` lead from each
    spectrum to the next one, `start` [channel, anchor, bin] are the anchors' angles. Given spectra (mask [k], angles
    [channel, n, bin]) replace the anchor on the left; before them nothing is mixed in from the right.
    """

    def by_step(rows: Tensor) -> Tensor:
        """Split [channel, k, bin] into segments, step by step: [spacing, channel, segment, bin]."""
        return rows.unflatten(1, (-1, spacing)).permute(2, 0, 1, 3).contiguous()

    steps, locked, seed = by_step(steps), by_step(locked), by_step(seed)
    left, right = torch.empty_like(locked), torch.empty_like(locked)
    step, lock, peak = steps.unbind(), locked.unbind(), seed.unbind()
    fixed, by_position = None, {}  # only steps with given spectra
    if given is not None:
        fixed = given[0].unflatten(0, (-1, spacing))
        by_position = _given_by_step(fixed, given[1])
    here = start[:, :-1]
    for i, made in enumerate(left.unbind()):
        if i:
            torch.gather(here + step[i - 1], -1, peak[i], out=made).add_(lock[i])
        else:
            made.copy_(here)
        if i in by_position:
            which, angles = by_position[i]
            made[:, which] = angles
        here = made
    here = start[:, 1:]
    for i, made in reversed(list(enumerate(right.unbind()))):
        here = torch.gather(here - step[i], -1, peak[i], out=made).add_(lock[i])
    apart = right.sub_(left)
    apart.sub_((apart / TURN).round_(), alpha=TURN)
    left.addcmul_(apart, _nearness(fixed, spacing, left.device))
    return left.permute(1, 2, 0, 3).flatten(1, 2)


def _given_by_step(fixed: Tensor, angles: Tensor) -> dict[int, tuple[list[int], Tensor]]:
    """Group the n `fixed` spectra [segment, spacing] by their step within a segment.

    Returns for each such step the segments, and their angles out of [channel, n, bin].
    """
    found: dict[int, tuple[list[int], list[int]]] = {}
    for number, (segment, step) in enumerate(fixed.nonzero().tolist()):
        segments, numbers = found.setdefault(step, ([], []))
        segments.append(segment)
        numbers.append(number)
    return {step: (segments, angles[:, numbers]) for step, (segments, numbers) in found.items()}


def _nearness(fixed: Tensor | None, spacing: int, device: torch.device) -> Tensor:
    """Return the weight of the anchor on the right, 0..1, [spacing, 1, segment or 1, 1].

    It grows linearly from the left anchor, or from the last of the `fixed` spectra [segment, spacing]; it is 0 before
    that.
    """
    place = torch.arange(spacing, device=device)
    if fixed is None:
        return (place / spacing)[:, None, None, None]
    last = torch.where(fixed, place, 0).cummax(1).values
    to_come = fixed.flip(1).cumsum(1).flip(1) > fixed
    return ((place - last) / (spacing - last)).masked_fill(to_come, 0.0).T[:, None, :, None]
