"""Fixtures for tests of training."""

import numpy as np
import pytest

from sda_lib.controls.names import CONTROLS
from sda_lib.training.prior_data import Recording


@pytest.fixture
def sound():
    """Make recordings of codes that repeat on every level."""

    def make(codes, name="a", levels=12):
        codes = np.tile(codes, (levels, 1))
        nothing = np.full((codes.shape[1], len(CONTROLS)), 0.5, np.float32)
        return Recording(name, codes, nothing, -codes[0].astype(float))

    return make
