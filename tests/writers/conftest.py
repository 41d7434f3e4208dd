"""Fixtures for tests of writers."""

import numpy as np
import pytest
import torch

from sda_lib.codec.codes import Codes
from sda_lib.memory.graph import Graph
from sda_lib.writers.walk import Walk


@pytest.fixture
def cut_off():
    """Make walks of recordings that end where they are loud."""

    def make(lengths):
        """A walk over tones that end as loud as they began, each in a last frame that it fills by a third."""
        generator = np.random.default_rng(0)
        count, ends = sum(lengths), np.cumsum(lengths) - 1
        latents = np.concatenate(
            [generator.normal(0, 0.3, (length, 6)) + generator.normal(0, 3, 6) for length in lengths]
        )
        latents[ends] = (
            generator.normal(0, 0.3, (len(ends), 6)) + 20
        )  # a cut is like any other cut, and like nothing else
        indices = np.stack([np.arange(count), np.zeros(count, int)])
        codes = Codes(indices, max(count, 2), 2048, 44100)
        return Walk(Graph.of(torch.from_numpy(latents).float(), lengths, np.zeros(count), codes), codec=None)

    return make
