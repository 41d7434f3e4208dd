"""Training: a real run in seconds, reproducible, better than its closed-form start, and safe to stop."""

import itertools

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.model.header import peek, read_header
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn

pytestmark = pytest.mark.slow


def run(corpus, recipe, path):
    return list(learn(Corpus.from_folder(corpus), recipe, path, "tiny"))


@pytest.fixture(scope="module")
def longer(tiny_corpus, tiny_recipe, tmp_path_factory):
    """Events and model of a run that is long enough to learn something."""
    path = tmp_path_factory.mktemp("longer") / "longer.sda"
    return run(tiny_corpus, tiny_recipe.override(train__steps=60, train__batch=4, train__patience=0), path), path


def test_events_describe_the_run(longer):
    events, path = longer
    assert events[-1].kind == "done"
    assert events[-1].step == events[-1].of == 60
    assert next(event.message for event in events if event.kind == "saved") == str(path)
    steps = [event for event in events if event.kind == "progress" and event.of]
    assert all({"loss", "seconds_left"} <= set(event.values) for event in steps)
    assert all(Event.from_json(event.to_json()) == event for event in events)


def test_events_report_the_use_of_every_level(tiny_corpus, tiny_recipe, tmp_path):
    events = list(learn(Corpus.from_folder(tiny_corpus), tiny_recipe, tmp_path / "a.sda", "a"))
    reported = [event for event in events if event.kind == "levels"]
    assert [event.step for event in reported] == [event.step for event in events if event.kind == "metrics"]
    levels = tiny_recipe.codec.levels
    for values in (event.values for event in reported):
        assert len(values) == 2 * levels + 2
        assert all(0 < values[f"use_{level}"] <= 1 for level in range(levels))
        assert all(1 <= values[f"perplexity_{level}"] <= tiny_recipe.codec.codebook_size for level in range(levels))


def test_training_improves_the_model(longer):
    events, path = longer
    metrics = peek(path)["metrics"]
    assert metrics == events[-1].values
    assert metrics["held_out"] < metrics["held_out_start"]
    assert 0 < metrics["utilization"] <= 1


def test_steps_make_a_run_repeatable(tiny_corpus, tiny_recipe, tmp_path, tiny_model_path):
    run(tiny_corpus, tiny_recipe, tmp_path / "again.sda")
    first, second = SdaModel.load(tiny_model_path), SdaModel.load(tmp_path / "again.sda")
    for name, weights in first.codec.state_dict().items():
        assert weights.equal(second.codec.state_dict()[name]), name


def test_stopping_keeps_a_playable_model(tiny_corpus, tiny_recipe, tmp_path):
    path = tmp_path / "stopped.sda"
    events = learn(Corpus.from_folder(tiny_corpus), tiny_recipe.override(train__steps=5000), path, "stopped")
    seen = list(itertools.takewhile(lambda event: not (event.kind == "progress" and event.of), events))
    events.close()
    assert "saved" in {event.kind for event in seen}
    model = SdaModel.load(path)
    assert model.metrics["held_out"] <= model.metrics["held_out_start"]
    assert 0 < model.metrics["steps"] < 5000


def test_no_memory_on_request(tiny_corpus, tiny_recipe, tmp_path):
    run(tiny_corpus, tiny_recipe.override(train__steps=0, memory__enabled=False), tmp_path / "bare.sda")
    model = SdaModel.load(tmp_path / "bare.sda")
    assert model.memory is None
    assert "memory" not in model.header
    assert not any(name.startswith("memory") for name in read_header(tmp_path / "bare.sda")[1])


def test_five_tiny_one_shots(tmp_path):
    """The least a person might bring: five sounds of a tenth of a second."""
    rng = np.random.default_rng(0)
    for number in range(5):
        decay = np.exp(-np.arange(4410) / 600)
        soundfile.write(tmp_path / f"{number}.wav", rng.normal(0, 0.3, 4410) * decay, 44100)
    corpus = Corpus.from_folder(tmp_path)
    recipe = Recipe.for_corpus(corpus).override(train__steps=2, train__batch=2)
    assert list(learn(corpus, recipe, tmp_path / "five.sda", "five"))[-1].kind == "done"
    assert SdaModel.load(tmp_path / "five.sda").memory is not None


@pytest.mark.parametrize("change", [{"train__steps": 0}, {"train__steps": None, "train__minutes": 0}])
def test_a_run_without_steps_reports_it(tiny_corpus, tiny_recipe, tmp_path, change):
    words = run(tiny_corpus, tiny_recipe.override(**change), tmp_path / "none.sda")[-1].message
    budget = "0 steps" if change["train__steps"] == 0 else "0 minutes"
    assert words.endswith(f"kept: the closed form; no step was taken, since the budget is {budget}.")
    assert "reduced" not in words
