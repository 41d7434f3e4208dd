"""Trainings by one call."""

import pytest

import sda_lib
from sda_lib.api.training import Training
from sda_lib.errors import SdaError


def test_a_training_in_the_background_needs_a_name(tiny_corpus):
    with pytest.raises(SdaError, match="name"):
        sda_lib.train(tiny_corpus, background=True)


def test_a_training_in_the_background_takes_a_whole_folder(tiny_corpus):
    with pytest.raises(SdaError, match="whole folder"):
        sda_lib.train([tiny_corpus / "rain.wav"], name="rain", background=True)


def test_settings_become_a_recipe(tiny_corpus, tmp_path):
    corpus = sda_lib.Corpus.from_folder(tiny_corpus)
    job = Training(minutes=3, settings={"codec__levels": 5}).job(corpus, tmp_path / "a.sda")
    assert (job.recipe.train.minutes, job.recipe.codec.levels, job.name) == (3, 5, "tiny")


def test_a_model_without_a_name_does_not_speak_of_its_temporary_file(tiny_corpus):
    messages = []
    small = {"codec__levels": 2, "codec__codebook_size": 16, "minutes": 0}
    sda_lib.train(tiny_corpus, progress=False, on_event=lambda event: messages.append(event.message), **small)
    assert messages[-1].startswith("tiny is ready; ")


def test_the_former_name_of_the_effort_is_refused(tiny_corpus, tmp_path):
    corpus = sda_lib.Corpus.from_folder(tiny_corpus)
    with pytest.raises(SdaError, match="effort='best'"):
        Training(settings={"preset": "best"}).job(corpus, tmp_path / "a.sda")
