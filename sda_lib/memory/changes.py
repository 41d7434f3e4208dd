"""How suddenly the recordings of a memory change around the borders of their grains, by spectral flux.

A jump replaces what a recording does there. Where the recording itself changes suddenly (at an attack, at a click), two
changes meet at the border; where it goes on steadily, the joint is least audible.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from sda_lib.codec.stft import hann_window
from sda_lib.memory.grains import Memory

# Samples of a spectrum at 48 kHz, and seconds around a border within which the strongest flux is taken.
SPECTRUM, NEAR_SECONDS = 512, 0.03
# Spectra overlap by half.
OVERLAP = 2
# Bins whose power is added, which saves logarithms.
BAND_BINS = 4
# Bands this many dB below a recording's loudest one, and fainter ones, count as equally quiet.
RANGE_DB = 60.0


def flux_at_borders(memory: Memory) -> np.ndarray:
    """Return the strongest spectral flux near the beginning of every grain [grain]: mean change of log10 magnitudes."""
    rate, hop = memory.codec.audio.sample_rate, memory.codec.config.hop
    size = 2 ** max(3, round(np.log2(SPECTRUM * rate / 48000)))
    found = []
    for pieces in memory.recordings:
        samples = torch.cat([piece.samples[0] for piece in pieces]).cpu()
        flux, step = _flux(samples, size), size // OVERLAP
        near = max(1, round(NEAR_SECONDS * rate / step))
        strongest = F.max_pool1d(flux[None], 2 * near + 1, 1, near)[0]
        places = (torch.arange(0, len(samples), hop) / step).round().long()
        found.append(strongest[places.clamp_max(len(strongest) - 1)])
    return torch.cat(found).numpy()


def _flux(samples: torch.Tensor, size: int) -> torch.Tensor:
    """Return the mean absolute change [k] of log10 magnitudes of samples [time] from each spectrum to the next."""
    rows = F.pad(samples, (size // 2, size)).unfold(0, size, size // OVERLAP)
    spectra = torch.view_as_real(torch.fft.rfft(rows * hann_window(size))[:, 1:])
    power = spectra.square_().flatten(1).unflatten(1, (-1, 2 * BAND_BINS)).sum(2)
    return (
        power.clamp_min(power.max().clamp_min(1e-18) * 10 ** (-RANGE_DB / 10)).log10_().diff(dim=0).abs_().mean(1) / 2
    )
