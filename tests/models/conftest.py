"""Models with priors that need no training, for the tests of the writers that use one."""

import pytest
import torch

from sda_lib.models.bundle import SdaModel
from sda_lib.models.prior import LevelNetwork, Prior, PriorConfig
from sda_lib.sound.clip import read_clip

WIDTH = 16


@pytest.fixture(scope="session")
def network_prior():
    """What makes networks that were not trained but are not silent either, for a model."""
    return _network_prior


@pytest.fixture(scope="session")
def ngram_prior():
    """What makes an n-gram of a model's own codes."""
    return _ngram_prior


def _network_prior(model, levels=2):
    """Networks that were not trained but are not silent either, with a loudness that rises with the code."""
    torch.manual_seed(0)
    books = model.codec.bottleneck.codebooks
    networks = []
    for level in range(levels):
        network = LevelNetwork(books.shape[2], books.shape[1], WIDTH)
        network.fit_scale(torch.randn(50, books.shape[2]), books[level])
        for part in (network.point.weight, network.straight.weight, network.stay.weight, network.bias, network.shrink):
            torch.nn.init.normal_(part, std=0.3)
        networks.append(network.eval().requires_grad_(False))
    return Prior(PriorConfig(levels, WIDTH, 30), tuple(networks), torch.linspace(-60, 0, books.shape[1]))


def _ngram_prior(model):
    known = model.memory.codes[:2].cpu()
    lengths = torch.tensor(model.memory.lengths)
    config = PriorConfig(2, 0, 30, known.shape[1], len(lengths))
    return Prior(config, (), torch.zeros(model.codebook_size), (), known, lengths)


@pytest.fixture(scope="module")
def plain(tiny_model_path):
    """The tiny model, without a prior."""
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module", params=["network_prior", "ngram_prior"])
def model(request, plain):
    """The tiny model with either prior."""
    return plain.with_prior(request.getfixturevalue(request.param)(plain))


@pytest.fixture(scope="module")
def rain(plain, tiny_corpus):
    """A recording of the tiny model as codes."""
    return plain.encode(read_clip(tiny_corpus / "rain.wav"))
