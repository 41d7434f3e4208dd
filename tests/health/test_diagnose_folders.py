"""Diagnose with a folder of sounds, and models of very little sound."""

import shutil

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.health.diagnose import diagnose
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("little_sound")]


def problems(health):
    """Return the severities that are not green, by subject and level."""
    return {(one.subject, one.level): one.severity for one in health.problems}


def test_three_seconds_of_sound_are_no_problem(tiny, tiny_corpus):
    corpus = Corpus.from_folder(tiny_corpus)
    on_corpus = diagnose(tiny, corpus)
    assert problems(diagnose(tiny)) == problems(on_corpus) == {}
    assert "the folder that it learned from" in on_corpus.measured
    gap = next(one for one in on_corpus.findings if one.subject == "gap")
    assert "too few to judge" in gap.sentence  # 0.3 s of held-out sound


@pytest.mark.long
def test_a_folder_replaces_missing_recordings(tiny, tiny_corpus):
    health = diagnose(tiny.without_memory(), Corpus.from_folder(tiny_corpus))
    assert health.fidelity.gap == pytest.approx(diagnose(tiny, Corpus.from_folder(tiny_corpus)).fidelity.gap)
    assert health.use.transitions.sum() > 0


@pytest.mark.long
def test_other_sounds_are_fixed_by_training_on_them(model, tiny_corpus):
    health = diagnose(model, Corpus.from_folder(tiny_corpus)).with_paths(tiny_corpus)
    assert "other sounds than it learned from" in health.measured
    assert {one.held_out for one in health.fidelity.files} == {True, False}
    assert health.use.frames < model.usage[0].sum()
    assert {one.fix for one in health.problems} == {f"sda train {tiny_corpus}"}


def test_a_folder_that_is_gone(model, tiny_corpus, tmp_path):
    folder = shutil.copytree(tiny_corpus, tmp_path / "gone")
    corpus = Corpus.from_folder(folder)
    (folder / "rain.wav").unlink()
    with pytest.raises(SdaError, match="rain"):
        diagnose(model, corpus)


@pytest.mark.long
@pytest.mark.parametrize(
    "names", [["tabla_ghe1"], ["perc_snap", "elec_blip"], ["tabla_ghe2", "tabla_ghe5", "tabla_dhec"]]
)
def test_one_to_three_short_sounds_are_no_problem(names, pytestconfig, tmp_path):
    for name in names:
        shutil.copy(pytestconfig.rootpath / f"data/demo/{name}.flac", tmp_path)
    corpus = Corpus.from_folder(tmp_path)
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), tmp_path / "few.sda", "few"):
        pass
    assert problems(diagnose(SdaModel.load(tmp_path / "few.sda"))) == {}
