"""Trainings that start from a base: it decodes files that it has never met, and the model needs no base any more."""

import dataclasses
import shutil

import pytest
import torch

import sda_lib.base.base as bases
from sda_lib.audio.corpus import Corpus
from sda_lib.base.base import BASES, load_base
from sda_lib.codec.codec import Codec
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.model.header import peek
from sda_lib.model.model import SdaModel
from sda_lib.training.base_start import fit_from_base, refit_own_ridge
from sda_lib.training.codec_choice import spectral_distance
from sda_lib.training.segments import CorpusSound
from sda_lib.training.train import learn

pytestmark = pytest.mark.slow


FILES = ("elec_bell", "elec_chime", "elec_filt_snare", "perc_till", "tabla_ghe2")


@pytest.fixture(scope="module")
def corpus(pytestconfig, tmp_path_factory):
    """A folder of five recordings."""
    folder = tmp_path_factory.mktemp("five")
    for name in FILES:
        shutil.copy(pytestconfig.rootpath / f"data/demo/{name}.flac", folder)
    return Corpus.from_folder(folder)


@pytest.fixture(scope="module")
def sounds(corpus):
    return list(CorpusSound.of_corpus(corpus, BASES["long-mono"][0]))


def started(sounds, own_ridge):
    codec = Codec(*BASES["long-mono"])
    encoded = fit_from_base(codec, load_base("long-mono"), sounds, own_ridge)
    assert [one.sound.name for one in encoded] == [sound.name for sound in sounds]
    return codec


def test_a_decoder_of_its_own_brings_the_corpus_closer(sounds):
    plain, own = (started(sounds, own_ridge) for own_ridge in (False, True))
    assert torch.equal(plain.ridge, load_base("long-mono").tensors["ridge"])
    assert torch.equal(plain.bottleneck.codebooks, own.bottleneck.codebooks)
    assert spectral_distance(own, sounds) < 0.98 * spectral_distance(plain, sounds)


def test_a_ridge_is_fitted_once_more_after_training(sounds):
    codec = started(sounds, True)
    with torch.no_grad():
        codec.decoder.end.weight.mul_(0.5)  # as if steps had changed the networks
    before = spectral_distance(codec, sounds)
    refit_own_ridge(codec, load_base("long-mono"), sounds)
    assert spectral_distance(codec, sounds) < before


def test_the_loudest_spectrum_is_that_of_the_corpus(sounds):
    quiet = [dataclasses.replace(sound, gain=sound.gain / 100) for sound in sounds]
    assert started(quiet, False).loudest == pytest.approx(float(started(sounds, False).loudest) - 2, abs=0.05)


def recipe_of(corpus, **changes):
    changes = {"train__steps": 2, "train__batch": 2, "train__segment": 4096, **changes}
    return Recipe.for_corpus(corpus).override(**changes)


def trained(corpus, recipe, path):
    events = list(learn(corpus, recipe, path, "started"))
    return events, SdaModel.load(path)


def test_few_files_start_from_the_base_by_themselves(corpus, tmp_path, monkeypatch):
    events, model = trained(corpus, recipe_of(corpus), tmp_path / "a.sda")
    assert any("the base" in event.message for event in events)
    assert model.recipe.train.base == "ridge"
    assert model.codec.config == dataclasses.replace(BASES["long-mono"][1], beam=model.codec.config.beam)
    choice = peek(tmp_path / "a.sda")["choice"]
    assert choice["base"] == load_base("long-mono").facts
    assert min(choice["distances"].values()) == choice["distances"][choice["chosen"]]
    # The same recipe needs no choice the second time, and the model no base.
    _, again = trained(corpus, model.recipe, tmp_path / "b.sda")
    assert again.fingerprints == model.fingerprints
    monkeypatch.setattr(bases, "FOLDER", tmp_path / "nowhere")
    monkeypatch.setattr(bases, "load_base", None)
    assert SdaModel.load(tmp_path / "a.sda").fingerprints == model.fingerprints


def test_a_run_resumes_with_the_codec_that_was_chosen(corpus, tmp_path):
    recipe = recipe_of(corpus, train__steps=4, train__checks=4)
    _, whole = trained(corpus, recipe, tmp_path / "whole.sda")
    checkpoint = tmp_path / "run"
    checkpoint.mkdir()
    run = learn(corpus, recipe, tmp_path / "cut.sda", "started", checkpoint=checkpoint)
    for event in run:
        if event.kind == "metrics" and event.step == 2:
            break
    run.close()
    events = list(learn(corpus, recipe, tmp_path / "cut.sda", "started", checkpoint=checkpoint))
    assert events[-1].step == 4
    assert SdaModel.load(tmp_path / "cut.sda").fingerprints == whole.fingerprints


def test_a_codebook_size_given_by_hand_is_kept(corpus, tmp_path):
    _, model = trained(corpus, recipe_of(corpus, codec__codebook_size=8), tmp_path / "a.sda")
    assert model.codebook_size == 8
    assert "base" not in peek(tmp_path / "a.sda")["choice"]


def test_a_base_for_other_settings_is_refused(corpus, tmp_path):
    with pytest.raises(SdaError, match="no base for these settings"):
        trained(corpus, recipe_of(corpus, codec__width=32, train__base="plain"), tmp_path / "a.sda")
