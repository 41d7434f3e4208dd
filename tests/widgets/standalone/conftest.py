"""A model and a take of it, as a notebook holds them."""

import pytest

import sda_lib


@pytest.fixture
def owned(tiny_model_path):
    """The tiny model."""
    return sda_lib.SdaModel.load(tiny_model_path)


@pytest.fixture
def take(owned):
    """A second of new sound."""
    return owned.generate(seconds=1.0, seed=1)
