"""Set-up of a run: split of the corpus, and codes sorted by brightness."""

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.training.setup import TrainingSetup

pytestmark = pytest.mark.slow


def test_held_out_sounds_are_not_trained_on(tiny_corpus, tiny_recipe):
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    for part, rest in zip(setup.train, setup.held_out, strict=True):
        whole = next(sound for sound in setup.sounds if sound.name == part.name)
        assert part.length + rest.length == whole.length
