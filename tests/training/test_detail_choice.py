"""How far detail of recordings is trusted: what is compared, and when it is off."""

import json

import pytest
import torch

from sda_lib.config import Recipe
from sda_lib.memory.exemplars import Exemplars
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel
from sda_lib.training import detail_choice
from sda_lib.training.detail_choice import SCALES, cross_validated, farthest_trust, with_detail
from sda_lib.training.memory_choice import memory_pieces
from sda_lib.training.segments import CorpusSound


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.mark.parametrize(
    ("losses", "chosen"),
    [
        ([1.0, 0.99, 0.98, 0.97], 0.7),
        ([1.0, 1.0, 1.019, 1.03], 0.5),
        ([1.0, 1.03, 1.04, 1.05], 0.0),
    ],
)
def test_the_farthest_trust_within_the_tolerance_is_chosen(losses, chosen, monkeypatch, model):
    monkeypatch.setattr(detail_choice, "cross_validated", lambda *rest: torch.tensor(losses))
    assert farthest_trust(model.codec, model.memory) == chosen


def test_no_frame_is_compared_with_its_own_surroundings(model, monkeypatch):
    """Three recordings are too few to do without one, so only the second around a frame is banned."""
    asked, plain = [], Exemplars.detail

    def watched(self, latent, first, end, banned=None):
        asked.append((len(latent), first, end, banned(torch.arange(len(self.memory)))))
        return plain(self, latent, first, end, banned)

    monkeypatch.setattr(Exemplars, "detail", watched)
    losses = cross_validated(model.codec, model.memory, SCALES)
    assert losses.shape == (1 + len(SCALES),)
    assert torch.isfinite(losses).all()
    second = model.sample_rate / model.hop
    for _, first, end, banned in asked:
        assert end - first <= banned.sum() <= end - first + 2 * second


def test_copies_of_each_recording_make_detail_pay(model):
    """Where every sound has a twin, detail of the twin brings it closer than noise does."""
    sounds = [CorpusSound.of_pieces(group, model.sample_rate) for group in model.memory.recordings]
    twins = [CorpusSound(f"{one.name} again", one.pcm, one.gain, one.sample_rate) for one in sounds]
    memory = Memory(model.codec, memory_pieces(model.codec, [*sounds, *twins]))
    losses = cross_validated(model.codec, memory, SCALES)
    assert losses[-1] < 0.7 * losses[0]
    assert farthest_trust(model.codec, memory) == SCALES[-1]


def test_a_recipe_that_says_it_is_kept(model):
    for value in (0.0, 0.3):
        recipe = model.recipe.override(memory__detail=value)
        assert with_detail(recipe, model.codec, model.memory) == recipe
    unset = model.recipe.override(memory__detail=None)
    assert with_detail(unset, model.codec, None).memory.detail == 0
    assert with_detail(unset, model.codec, model.memory).memory.detail in (0.0, *SCALES)


def test_a_trained_model_says_what_was_chosen_and_an_older_file_has_none(model):
    assert model.recipe.memory.detail in (0.0, *SCALES)
    table = json.loads(model.recipe.to_json())
    del table["memory"]["detail"]
    assert Recipe.from_json(json.dumps(table)).memory.detail == 0
