"""The training view that stands alone."""

import shutil

import pytest

import sda_lib
from sda_widgets import Training


def test_a_folder_outside_of_the_users_is_scanned(tiny_corpus, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    folder = shutil.copytree(tiny_corpus, tmp_path_factory.mktemp("elsewhere") / "sounds")
    training = Training(folder)
    assert (training.folder, training.state, training.message) == (str(folder), "", "")
    assert len(training.session.scan.corpus) == 3
    training.session.scan.thread.join()
    with pytest.raises(sda_lib.SdaError, match="There is no folder"):
        Training(folder / "missing")


def test_another_folder_can_be_assigned(tiny_corpus):
    training = Training(tiny_corpus)
    training.folder = str(tiny_corpus.parent)
    assert training.children[2].folder.value == str(tiny_corpus.parent)


def test_the_run_and_its_model(tiny_corpus, launched, tiny_model_path):
    training = Training(tiny_corpus)
    training.session.training.start(tiny_corpus, 1.0, "mine")
    assert training.run.name == "mine"
    assert training.state
    assert training.model is None
    training.session.open_model(tiny_model_path)
    assert training.model is not None
