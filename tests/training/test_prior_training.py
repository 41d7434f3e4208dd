"""Training of a prior: networks, when a level ends, and the n-gram of small corpora."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.model.model import SdaModel
from sda_lib.training import prior_training
from sda_lib.training.prior_data import baselines, split_recordings
from sda_lib.training.prior_training import PriorTrainer, learn_prior
from sda_lib.training.train import learn
from sda_lib.writers.registry import writer_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


def run(level, trainer, steps):
    """Return what a level's training returns."""
    events = trainer.train_level(level, 0.0, steps)
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


def test_a_network_learns_what_counting_cannot_know(model, sound):
    """Only the last frame differs, and only a network is reported how long a sound still lasts."""
    sounds = [
        sound(np.r_[np.zeros(length - 1, int), 15], str(number)) for number, length in enumerate([*range(3, 12)] * 4)
    ]
    train, held_out = split_recordings(sounds, 0)
    network, nll, _ = run(0, PriorTrainer(model, train, held_out, 0), 300)
    known = baselines(train, held_out, 0, model.codebook_size)
    assert nll < 0.6 * known["trigram"]
    assert not network.training


def test_recordings_are_drawn_by_their_weights(model, sound):
    weights = (9.0, 1.0)
    sounds = [dataclasses.replace(sound(np.full(60, code), str(code)), weight=weights[code]) for code in (0, 1)]
    trainer = PriorTrainer(model, sounds, sounds, 0)
    generator = np.random.default_rng(0)
    drawn = trainer.codes[0][np.concatenate([trainer._row(generator) for _ in range(400)])]
    assert (drawn == 1).mean() == pytest.approx(0.1, abs=0.04)


def test_held_out_codes_that_are_nothing_like_it_stop_a_level_early(model, sound):
    generator = np.random.default_rng(0)
    sounds = [sound(generator.integers(model.codebook_size, size=30), str(number)) for number in range(12)]
    trainer = PriorTrainer(model, *split_recordings(sounds, 0), 0)
    _, nll, taken = run(0, trainer, 5000)
    assert taken < 1000
    assert nll == pytest.approx(np.log(model.codebook_size), abs=0.15)


def test_steps_repeat_exactly_and_the_file_has_it(model, tmp_path):
    paths = [tmp_path / f"{number}.sda" for number in range(2)]
    for path in paths:
        *events, done = learn_prior(model, path, steps=25, seed=3)
        assert done.kind == "done"
        levels = [event for event in events if event.kind == "metrics"]
        assert {"uniform", "unigram", "trigram", "network", "steps", "frames"} <= set(levels[0].values)
    one, other = map(SdaModel.load, paths)
    assert one.prior.config == other.prior.config
    assert all(torch.equal(a, other.prior.tensors()[name]) for name, a in one.prior.tensors().items())
    assert len(one.prior.measured) >= one.prior.config.levels if not one.prior.is_ngram else True
    assert writer_of(one, "prior").levels <= one.levels


@pytest.mark.parametrize(("many", "levels"), [(False, 2), (True, 3)])
def test_few_files_do_not_decide_on_high_levels(model, tmp_path, monkeypatch, many, levels, sound):
    """However well the ends of files are reported by networks that know the rest of them."""
    apart = [sound(np.arange(30) % 7, str(number)) for number in range(12 if many else 3)]
    monkeypatch.setattr(prior_training, "coded_recordings", lambda *_: apart)
    monkeypatch.setattr(prior_training, "MARGIN", -np.inf)
    *_, done = learn_prior(model, tmp_path / "m.sda", steps=20)
    assert done.values["levels"] == levels


def test_one_short_sound_gives_an_ngram(tiny_corpus, tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(tiny_corpus / "rain.wav", folder)
    corpus, path = Corpus.from_folder(folder), tmp_path / "one.sda"
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, "one"):
        pass
    *_, done = learn_prior(SdaModel.load(path), path)
    assert "n-gram" in done.message
    model = SdaModel.load(path)
    assert model.prior.is_ngram
    from sda_lib.writers.request import Request

    assert writer_of(model, "prior").write(Request(40), np.random.default_rng(0)).frames == 40


def test_learning_the_codec_again_drops_the_prior(model, tiny_corpus, tiny_recipe, tmp_path):
    path = tmp_path / "m.sda"
    for _ in learn_prior(model, path, steps=1):
        pass
    assert SdaModel.load(path).prior is not None
    for _ in learn(Corpus.from_folder(tiny_corpus), tiny_recipe.override(train__steps=0), path, "m"):
        pass
    assert SdaModel.load(path).prior is None
