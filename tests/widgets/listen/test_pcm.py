"""Samples for the browser."""

import numpy as np

from sda_widgets.listen.pcm import pcm16, sample_peak, scale_for


def test_pcm_is_interleaved_and_clipped():
    samples = np.array([[0, 0.5, 2], [-2, 0, 1]], np.float32)
    assert np.frombuffer(pcm16(samples), "<i2").tolist() == [0, -32767, 16384, 0, 32767, 32767]


def test_samples_beyond_full_scale_fit_a_scale():
    samples = np.array([[0, 0.5, -3.5]], np.float32)
    assert sample_peak(samples) == 3.5
    assert np.frombuffer(pcm16(samples, 4.0), "<i2").tolist() == [0, round(32767 / 8), -round(32767 * 3.5 / 4)]
    assert [scale_for(peak) for peak in (0, 1, 1.01, 2, 2.01, 3.5)] == [1, 1, 2, 2, 4, 4]
    assert sample_peak(np.zeros((2, 0), np.float32)) == 0
