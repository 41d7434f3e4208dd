"""Changes around the borders of grains: those of the recordings, and a click is one."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib.memory.changes import NEAR_SECONDS, flux_at_borders
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def memory(tiny_model_path):
    return SdaModel.load(tiny_model_path).memory


def with_click(memory, piece, sample):
    """The memory with a click of two samples in one piece."""
    samples = memory.pieces[piece].samples.clone()
    samples[:, sample : sample + 2] += 0.5
    pieces = [replace(one, samples=samples) if n == piece else one for n, one in enumerate(memory.pieces)]
    return Memory(memory.codec, pieces)


def test_one_number_for_each_grain(memory):
    flux = flux_at_borders(memory)
    assert len(flux) == len(memory)
    assert np.isfinite(flux).all()
    assert (flux >= 0).all()
    assert np.ptp(flux) > 0.1


def test_a_click_counts_near_its_border_only(memory):
    """The click is soft enough not to be the loudest moment, from which the range is counted."""
    hop, rate = memory.codec.config.hop, memory.codec.audio.sample_rate
    border = memory.lengths[0] // 2
    before, after = flux_at_borders(memory), flux_at_borders(with_click(memory, 0, border * hop + 40))
    away = np.abs(np.arange(memory.lengths[0]) - border) * hop / rate
    near = away < NEAR_SECONDS - 512 / 48000
    assert (after[: len(away)][near] > 1.5 * before[: len(away)][near]).all()
    assert after[: len(away)][away > 2 * NEAR_SECONDS] == pytest.approx(
        before[: len(away)][away > 2 * NEAR_SECONDS], abs=0.1
    )
    assert np.array_equal(after[memory.lengths[0] :], before[memory.lengths[0] :])
