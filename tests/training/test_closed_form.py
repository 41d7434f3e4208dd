"""The closed form alone, and on corpora longer than it uses."""

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn

pytestmark = pytest.mark.slow


def run(corpus, recipe, path):
    return list(learn(Corpus.from_folder(corpus), recipe, path, "tiny"))


def test_closed_form_alone(tiny_corpus, tiny_recipe, tmp_path):
    events = run(tiny_corpus, tiny_recipe.override(train__steps=0), tmp_path / "a.sda")
    assert [event.kind for event in events] == ["progress", "progress", "saved", "metrics", "levels", "done"]
    assert SdaModel.load(tmp_path / "a.sda").metrics["steps"] == 0


def test_a_corpus_longer_than_the_closed_form_uses(tiny_corpus, tiny_recipe, tmp_path, monkeypatch):
    """Only some minutes of an hour are used; the use of codes is still measured, and the memory holds everything."""
    monkeypatch.setattr("sda_lib.training.encoding.RANGE_SECONDS", 0.3)
    monkeypatch.setattr("sda_lib.training.closed_form.FITTED_SECONDS", 1.0)
    monkeypatch.setattr("sda_lib.training.closed_form.REVIVED_SECONDS", 1.0)
    events = run(tiny_corpus, tiny_recipe.override(train__steps=2), tmp_path / "long.sda")
    assert events[-1].kind == "done"
    model = SdaModel.load(tmp_path / "long.sda")
    assert 0 < model.metrics["utilization_least"] <= 1
    assert model.memory.seconds == pytest.approx(Corpus.from_folder(tiny_corpus).seconds, abs=0.2)
