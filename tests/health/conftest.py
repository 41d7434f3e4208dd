"""Fixtures for tests of model health."""

import pytest

from sda_lib.model.model import SdaModel
from sda_lib.training import encoding, evaluate


@pytest.fixture(scope="module")
def little_sound():
    """Measure a fifth of the usual sound, in short excerpts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "EXCERPTS_SECONDS", 6.0)
        patch.setattr(encoding, "EXCERPT_SECONDS", 0.6)
        patch.setattr(evaluate, "CURVE_SECONDS", 0.6)
        yield


@pytest.fixture(scope="module")
def tiny(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def model(slider_model_path):
    """A closed-form model of a few real sounds."""
    return SdaModel.load(slider_model_path)
