"""Samples for the browser."""

import numpy as np

from sda_widgets.listen.pcm import pcm16


def test_pcm_is_interleaved_and_clipped():
    samples = np.array([[0, 0.5, 2], [-2, 0, 1]], np.float32)
    assert np.frombuffer(pcm16(samples), "<i2").tolist() == [0, -32767, 16384, 0, 32767, 32767]
