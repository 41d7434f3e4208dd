"""Training: a real run in seconds, reproducible, better than its closed-form start, and safe to stop."""

import dataclasses
import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.growing import grow
from sda_lib.model.header import peek, read_header
from sda_lib.model.model import SdaModel
from sda_lib.training import optimize, train
from sda_lib.training.closed_form import encode_sounds, frame_ranges, latent_of
from sda_lib.training.optimize import LEAST_STEPS, StepBudget, learning_rate_factor
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.snapshot import brightness_of_codes, build_memory, within
from sda_lib.training.train import STEP_SHARE, learn

pytestmark = pytest.mark.slow


def run(corpus, recipe, path):
    return list(learn(Corpus.from_folder(corpus), recipe, path, "tiny"))


@pytest.fixture(scope="module")
def longer(tiny_corpus, tiny_recipe, tmp_path_factory):
    """Events and model of a run that is long enough to learn something."""
    path = tmp_path_factory.mktemp("longer") / "longer.sda"
    return run(tiny_corpus, tiny_recipe.override(train__steps=60, train__batch=4, train__patience=0), path), path


def test_closed_form_alone(tiny_corpus, tiny_recipe, tmp_path):
    events = run(tiny_corpus, tiny_recipe.override(train__steps=0), tmp_path / "a.sda")
    assert [event.kind for event in events] == ["progress", "progress", "saved", "metrics", "levels", "done"]
    assert SdaModel.load(tmp_path / "a.sda").metrics["steps"] == 0


def test_events_tell_the_run(longer):
    events, path = longer
    assert events[-1].kind == "done"
    assert events[-1].step == events[-1].of == 60
    assert next(event.message for event in events if event.kind == "saved") == str(path)
    steps = [event for event in events if event.kind == "progress" and event.of]
    assert all({"loss", "seconds_left"} <= set(event.values) for event in steps)
    assert all(Event.from_json(event.to_json()) == event for event in events)


def test_it_learns(longer):
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


def test_a_time_budget_becomes_steps_in_the_recipe(tiny_corpus, tiny_recipe, tmp_path):
    recipe = tiny_recipe.override(train__steps=None, train__minutes=0.1)
    events = run(tiny_corpus, recipe, tmp_path / "timed.sda")
    steps = SdaModel.load(tmp_path / "timed.sda").recipe.train.steps
    assert steps == events[-1].of


def test_stopping_keeps_a_playable_model(tiny_corpus, tiny_recipe, tmp_path):
    path = tmp_path / "stopped.sda"
    setup = learn(Corpus.from_folder(tiny_corpus), tiny_recipe.override(train__steps=5000), path, "stopped")
    seen = list(itertools.takewhile(lambda event: not (event.kind == "progress" and event.of), setup))
    setup.close()
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


def test_codes_are_sorted_by_brightness(tiny_corpus, tiny_recipe):
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    scores = brightness_of_codes(setup.fit().model({}).codec, setup.sounds)
    assert (scores.diff(dim=1) >= -1e-3 * scores.abs().max()).all()


def test_held_out_sounds_are_not_trained_on(tiny_corpus, tiny_recipe):
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    for part, rest in zip(setup.train, setup.held_out, strict=True):
        whole = next(sound for sound in setup.sounds if sound.name == part.name)
        assert part.length + rest.length == whole.length


def test_a_long_sound_is_heard_as_a_whole(tiny_corpus, tiny_recipe):
    """Stretches leave no seam: latents are those of the whole recording."""
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    sound = setup.sounds[0]
    long = dataclasses.replace(sound, whole=np.tile(sound.whole, (1, 24)))
    model = setup.fit().model({})
    assert len(frame_ranges(model.codec, long)) > 1
    assert torch.equal(latent_of(model.codec, long), model.latent(long.clip))


def test_a_bounded_memory_keeps_pieces(tiny_corpus, tiny_recipe):
    """Of a long corpus the memory keeps pieces of at most half a minute, and knows where they were."""
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe.override(memory__minutes=1.1), "x")
    sound = setup.sounds[0]
    long = dataclasses.replace(sound, whole=np.tile(sound.whole, (1, 110)))
    setup.fit()
    memory = build_memory(setup.codec, setup.recipe, encode_sounds(setup.codec, [long]))
    assert all(piece.samples.shape[-1] <= 30 * 48000 for piece in memory.pieces)
    assert 30 < sum(piece.samples.shape[-1] for piece in memory.pieces) / 48000 <= 66
    first = int(memory.pieces[-1].offset * 48000)
    assert memory.pieces[-1].samples.equal(long.signal(first, first + memory.pieces[-1].samples.shape[-1]))


def test_a_corpus_longer_than_what_the_closed_form_looks_at(tiny_corpus, tiny_recipe, tmp_path, monkeypatch):
    """Of an hour only some minutes are looked at; the use of the codes is known all the same, and all is remembered."""
    monkeypatch.setattr("sda_lib.training.closed_form.RANGE_SECONDS", 0.3)
    monkeypatch.setattr("sda_lib.training.closed_form.FITTED_SECONDS", 1.0)
    monkeypatch.setattr("sda_lib.training.closed_form.REVIVED_SECONDS", 1.0)
    events = run(tiny_corpus, tiny_recipe.override(train__steps=2), tmp_path / "long.sda")
    assert events[-1].kind == "done"
    model = SdaModel.load(tmp_path / "long.sda")
    assert 0 < model.metrics["utilization_least"] <= 1
    assert model.memory.seconds == pytest.approx(Corpus.from_folder(tiny_corpus).seconds, abs=0.2)


def test_schedule_rises_and_falls():
    assert (
        learning_rate_factor(0.01) < learning_rate_factor(0.05) > learning_rate_factor(0.5) > learning_rate_factor(0.99)
    )
    assert learning_rate_factor(1.0) == pytest.approx(0)


def test_judging_is_bounded(tiny_corpus, tiny_recipe):
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    assert len(within(setup.sounds, 0.01)) == 1
    assert len(within(setup.sounds, 100)) == 3


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


def test_a_late_run_ends_by_the_clock():
    on_time, late, untimed = (
        StepBudget(100, 60.0, time.monotonic()),
        StepBudget(100, 60.0, time.monotonic() - 50),
        StepBudget(100, None, 0),
    )
    assert on_time.progress(50) == untimed.progress(50) == 0.5
    assert late.progress(50) == pytest.approx(50 / 60 - 0.1, abs=0.01)
    assert StepBudget(100, 60.0, time.monotonic() - 90).progress(LEAST_STEPS) == 1.0
    assert StepBudget(100, 60.0, time.monotonic() - 90).progress(LEAST_STEPS - 1) < 1.0


@pytest.fixture
def busy(monkeypatch):
    """A machine on which every look at the clock finds that 100 s have passed: each act takes longer than a budget of
    six seconds."""
    now = itertools.count(0, 100)
    for module in (train, optimize, grow):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: float(next(now))))


def test_a_busy_machine_delays_the_steps_and_does_not_replace_them(tiny_corpus, tiny_recipe, tmp_path, busy):
    events = run(tiny_corpus, tiny_recipe.override(train__steps=None, train__minutes=0.1), tmp_path / "busy.sda")
    assert events[-1].step >= LEAST_STEPS
    assert SdaModel.load(tmp_path / "busy.sda").metrics["steps"] >= LEAST_STEPS
    assert "no step was made" not in events[-1].message


def test_a_busy_machine_lets_a_model_grow_by_steps_too(tiny_model_path, tmp_path, busy):
    time = np.arange(22050) / 22050
    soundfile.write(tmp_path / "new.wav", 0.4 * np.sin(2 * np.pi * 330 * time) * np.exp(-3 * time), 22050)
    model, corpus = SdaModel.load(tiny_model_path), Corpus.from_folder(tmp_path)
    assert list(grow.grow(model, corpus, tmp_path / "grown.sda", "grown", 0.1))[-1].step >= LEAST_STEPS
    assert list(grow.grow(model, corpus, tmp_path / "grown.sda", "grown", 0.0))[-1].step == 0


def test_steps_have_their_share_of_a_budget():
    assert train.seconds_for_steps(2, 20) == 100
    assert train.seconds_for_steps(2, 500) == STEP_SHARE * 120
    assert train.seconds_for_steps(0, 500) == 0
    assert train.steps_that_fit(100, 0.5) == 200
    assert train.steps_that_fit(1, 50) == LEAST_STEPS


@pytest.mark.parametrize("change", [{"train__steps": 0}, {"train__steps": None, "train__minutes": 0}])
def test_a_run_without_steps_says_so(tiny_corpus, tiny_recipe, tmp_path, change):
    words = run(tiny_corpus, tiny_recipe.override(**change), tmp_path / "none.sda")[-1].message
    budget = "0 steps" if change["train__steps"] == 0 else "0 minutes"
    assert words.endswith(f"kept: the closed form; no step was made, since the budget is {budget}.")
    assert "came closer" not in words
