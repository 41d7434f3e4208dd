"""The key table finds the best grain without rating all of them."""

import pytest
import torch

from sda_lib.memory.key_table import FAR, REACH, KeyTable
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def memory(tiny_model_path):
    return SdaModel.load(tiny_model_path).memory


@pytest.mark.parametrize("stray", [0.0, 0.3, 1.0, 4.0])
def test_best_finds_the_lowest_rating(memory, stray):
    """Rating every frame with every column finds what the search finds that looks at few of them."""
    generator, table = torch.Generator().manual_seed(0), KeyTable.of(memory.keys, memory.piece)
    latent = memory.keys[5:35] + stray * memory.unit * torch.randn(30, memory.keys.shape[1], generator=generator) / 7
    squared, inner = table.squared_distances(latent), len(table.grain)
    frame, column = torch.arange(30).repeat_interleave(inner), torch.arange(inner).repeat(30)
    ratings = table.rated(squared, frame, column, memory.unit)[0].reshape(30, inner)
    ratings[squared[:, REACH:-REACH] >= FAR] = torch.inf
    rated, _, grain = table.best(latent, memory.unit)
    assert torch.equal(rated, ratings.min(1).values)
    assert torch.equal(grain, table.grain[ratings.argmin(1)])


def test_a_loop_finds_its_place_where_it_begins_and_ends():
    """Repeated codes are distinguished from the beginning and the end of a recording."""
    once = torch.randn(30, 48, generator=torch.Generator().manual_seed(0))
    twice = torch.cat([once, once])
    grain = KeyTable.of(twice, torch.zeros(60, dtype=torch.long)).best(twice, 1.0)[2]
    assert grain[[0, 29, 30, 59]].tolist() == [0, 29, 30, 59]
