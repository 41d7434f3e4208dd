"""Phases for magnitudes: propagated along partials between anchors, and made consistent by Griffin-Lim iterations.

Propagation integrates the phase's derivatives, which the log-magnitudes alone imply (Prusa, Balazs and Sondergaard, "A
noniterative method for reconstruction of phase from STFT magnitude", 2017), along spectral peaks, and locks every other
bin to its peak (Laroche and Dolson 1999). It starts anew at anchors in fixed places of the sound, so that an edit
changes no phase beyond the next anchor. Between two anchors it runs from both and glides from one to the other, so that
a sustained partial has no seam.
"""

from __future__ import annotations

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.models.spectral import Spectral, modulus

HANN_GAMMA = 0.25645
"""Width of the Gaussian nearest to a Hann window of length 1 (Prusa et al. 2017, table 1)."""
TURN = 2 * math.pi


def griffin_lim(spectral: Spectral, magnitudes: Tensor, phase: Tensor, rounds: int, momentum: float = 0.99) -> Tensor:
    """Fast Griffin-Lim (Perraudin et al. 2013): magnitudes and a first phase (unit complex), [channel, bin, k] ->
    signal [channel, k * step].

    A consistent spectrum is a fixed point, so a recording's own magnitudes and phase come back as the recording.
    """
    wanted = magnitudes.transpose(-1, -2).contiguous()
    rows, previous = wanted * phase.transpose(-1, -2), None
    for _ in range(rounds):
        rebuilt = spectral.rows(spectral.signal(rows))
        ahead = rebuilt if previous is None else torch.add(rebuilt, rebuilt - previous, alpha=momentum)
        previous = rebuilt
        rows = ahead * (wanted / modulus(ahead))
    return spectral.signal(rows)


def scattered_phase(like: Tensor, first: int = 0) -> Tensor:
    """Random unit phases [channel, bin, k] by place alone, so that an edit elsewhere changes nothing here."""
    places = torch.arange(first, first + like.shape[-1], device=like.device)
    return torch.polar(torch.ones_like(like), scattered_angles(places, *like.shape[:2]).permute(1, 2, 0))


def scattered_angles(places: Tensor, channels: int, bins: int) -> Tensor:
    """Random angles [place, channel, bin] that depend on the place alone."""
    table = _angle_table(channels, bins).to(places.device)
    return table[places % len(table)]


@cache
def _angle_table(channels: int, bins: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return TURN * torch.rand(997, channels, bins, generator=generator)


def propagated_phase(
    spectral: Spectral, levels: Tensor, first: int, spacing: int, given: tuple[Tensor, Tensor] | None = None
) -> Tensor:
    """Unit phases [channel, bin, k] for log10 magnitudes of that shape.

    `first` is the place of the first spectrum in its sound; anchors stand at the multiples of `spacing`. A spectrum's
    phase depends on the spectra from the anchor before it to the anchor after it and on one more on either side.
    `given` says which spectra [k] have which angles [channel, bin, k]; propagation starts anew there.
    """
    channels, bins, count = levels.shape
    before = first % spacing
    segments = -(-(before + count) // spacing)
    places = torch.arange(-before, segments * spacing + 1, device=levels.device)
    rows = levels.transpose(-1, -2)[:, places.clamp(0, count - 1)] * math.log(10)  # whole segments, edges held
    advance, across = gradients(spectral, rows)
    seed = peak_of(rows)
    locked = across - across.gather(-1, seed)
    anchors = torch.arange(segments + 1, device=levels.device) + (first - before) // spacing
    start = scattered_angles(anchors, channels, bins).transpose(0, 1).gather(-1, seed[:, ::spacing])
    start = start + locked[:, ::spacing]
    if given is not None:
        fixed = given[0][places.clamp(0, count - 1)]
        fixed[:before] = False
        given = fixed, given[1].transpose(-1, -2)[:, places.clamp(0, count - 1)]
    angles = _between_anchors(advance, locked, seed, start, spacing, given)[:, before : before + count]
    return torch.complex(angles.cos(), angles.sin()).transpose(-1, -2)


def gradients(spectral: Spectral, rows: Tensor) -> tuple[Tensor, Tensor]:
    """What natural log-magnitudes [channel, k, bin] say of their phases, both of that shape: the advance in one step,
    and the phase within a spectrum relative to its first bin. Windows begin at their first sample."""
    n_fft, step = spectral.n_fft, spectral.step
    gamma = HANN_GAMMA * n_fft**2
    bins = torch.arange(spectral.bins, device=rows.device)
    wide = F.pad(rows, (1, 1), mode="replicate")
    advance = (wide[..., 2:] - wide[..., :-2]) * (step * n_fft / gamma / 2)
    advance += (bins * step % n_fft) * (TURN / n_fft)  # whole turns left out, for the sake of precision
    slope = torch.empty_like(rows)
    slope[:, 1:-1] = rows[:, 2:] - rows[:, :-2]
    slope[:, 0], slope[:, -1] = rows[:, 1] - rows[:, 0], rows[:, -1] - rows[:, -2]
    slope *= -gamma / (step * n_fft) / 2
    across = slope.cumsum(-1) - slope / 2  # the trapezoidal rule, up to a constant of each spectrum
    return advance, across + (bins % 2) * math.pi


def peak_of(rows: Tensor) -> Tensor:
    """For every bin of [channel, k, bin] the bin of the peak it belongs to; valleys part the peaks."""
    rises = torch.ones(*rows.shape[:-1], rows.shape[-1] + 1, dtype=torch.bool, device=rows.device)
    torch.gt(rows[..., 1:], rows[..., :-1], out=rises[..., 1:-1])
    rises[..., -1] = False
    before, after = rises[..., :-1], rises[..., 1:]
    begins = after & ~before
    begins[..., 0] = True
    peaks = (before & ~after).flatten().nonzero()[:, 0] % rows.shape[-1]  # exactly one from each beginning to the next
    return peaks[begins.flatten().cumsum(0) - 1].reshape(rows.shape)


def _between_anchors(
    advance: Tensor,
    locked: Tensor,
    seed: Tensor,
    start: Tensor,
    spacing: int,
    given: tuple[Tensor, Tensor] | None,
) -> Tensor:
    """Angles [channel, k, bin] of whole segments, without the last anchor: from the anchor on the left and from the one
    on the right, mixed by nearness. Spectra that are given (which [k], angles [channel, k, bin]) stand in for the
    anchor on the left; before them nothing is mixed in from the right."""

    def segments(rows: Tensor) -> Tensor:
        """[channel, k, bin] -> there and back from anchor to anchor, [2, channel, segment, 1 + spacing, bin]."""
        there = rows.unfold(1, spacing + 1, spacing).transpose(-1, -2)
        return torch.stack([there, there.flip(-2)])

    sign = torch.tensor([0.5, -0.5], device=advance.device).reshape(2, 1, 1, 1, 1)
    half, peak = segments(advance) * sign, segments(seed)
    change = half.gather(-1, peak) + segments(locked)
    here = torch.stack([start[:, :-1], start[:, 1:]])
    fixed = None if given is None else given[0].unfold(0, spacing + 1, spacing)
    angles = []
    for i in range(spacing + 1):
        if i:
            here = (here + half[..., i - 1, :]).gather(-1, peak[..., i, :]) + change[..., i, :]
        if fixed is not None and fixed[:, i].any():
            asked = given[1][:, i::spacing][:, : len(fixed)]
            here = torch.stack([torch.where(fixed[:, i, None], asked, here[0]), here[1]])
        angles.append(here)
    left, right = torch.stack(angles, -2)
    left, right = left[..., :-1, :], right.flip(-2)[..., :-1, :]
    apart = right - left
    nearness = _nearness(fixed, spacing, left.device)
    return (left + nearness * (apart - TURN * (apart / TURN).round())).flatten(1, 2)


def _nearness(fixed: Tensor | None, spacing: int, device: torch.device) -> Tensor:
    """How much of the way to the anchor on the right is gone, 0..1, [segment or 1, spacing, 1]: from the left anchor,
    or from the last of the `fixed` spectra [segment, 1 + spacing]; 0 while one of them is still to come."""
    place = torch.arange(spacing, device=device)
    if fixed is None:
        return (place / spacing)[None, :, None]
    fixed = fixed[:, :-1]
    last = torch.where(fixed, place, 0).cummax(1).values
    to_come = fixed.flip(1).cumsum(1).flip(1) > fixed
    return ((place - last) / (spacing - last)).masked_fill(to_come, 0.0)[..., None]
