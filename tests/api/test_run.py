"""Trainings in the background."""

import time

import pytest

import sda_lib
from sda_lib.errors import SdaError

SMALL = {"codec__levels": 2, "codec__codebook_size": 16, "train__steps": 1}


@pytest.mark.slow
def test_a_training_in_the_background_shows_itself_and_gives_its_model(tiny_corpus, checked_html):
    run = sda_lib.train(tiny_corpus, name="rain", background=True, **SMALL)
    assert repr(run).startswith("Run(")
    checked_html(run._repr_html_())
    kinds = []
    assert run.follow(lambda event: kinds.append(event.kind)).levels == 2
    assert kinds[-1] == "done"
    assert run.progress.state == "finished"
    assert run.wait(seconds=0).name == "rain"
    assert sda_lib.Run.find("rain").folder == run.folder
    assert "<svg" in checked_html(run._repr_html_())


def test_a_run_without_a_model_says_what_is_missing(tmp_path, tiny_corpus):
    from sda_lib.runs import manage

    recipe = sda_lib.Recipe.for_corpus(sda_lib.Corpus.from_folder(tiny_corpus))
    with manage.create_run(tmp_path / "runs", manage.Job("rain", (tiny_corpus,), tmp_path / "rain.sda", recipe)) as (
        run,
        _,
    ):
        pass
    found = sda_lib.Run.of(run)
    found.stop()
    with pytest.raises(SdaError, match="rain"):
        found.load()


def test_waiting_has_an_end(monkeypatch):
    run = sda_lib.Run("nowhere")
    monkeypatch.setattr(sda_lib.Run, "state", "running")
    monkeypatch.setattr(sda_lib.Run, "name", "rain")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(SdaError, match="still running"):
        run.wait(seconds=0)
