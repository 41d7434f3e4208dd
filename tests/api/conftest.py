"""A model and the codes of one of its recordings, by the public classes."""

import pytest

import sda_lib


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return sda_lib.SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def codes(model, tiny_corpus):
    return model.encode(tiny_corpus / "rain.wav")
