"""Time budgets become steps, also on a busy machine."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.growing import grow
from sda_lib.growing.growable import GrowOptions
from sda_lib.model.model import SdaModel
from sda_lib.training import optimize, step_plan, train
from sda_lib.training.optimize import LEAST_STEPS
from sda_lib.training.step_plan import STEP_SHARE, seconds_for_steps
from sda_lib.training.train import learn

pytestmark = pytest.mark.slow


def run(corpus, recipe, path):
    return list(learn(Corpus.from_folder(corpus), recipe, path, "tiny"))


def test_a_time_budget_becomes_steps_in_the_recipe(tiny_corpus, tiny_recipe, tmp_path):
    recipe = tiny_recipe.override(train__steps=None, train__minutes=0.1)
    events = run(tiny_corpus, recipe, tmp_path / "timed.sda")
    steps = SdaModel.load(tmp_path / "timed.sda").recipe.train.steps
    assert steps == events[-1].of


@pytest.fixture
def busy(monkeypatch):
    """A machine on which 100 s pass between two calls of the clock: more than a budget of six seconds."""
    now = itertools.count(0, 100)
    for module in (train, optimize, step_plan, grow):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: float(next(now))))


def test_a_busy_machine_delays_the_steps_and_does_not_replace_them(tiny_corpus, tiny_recipe, tmp_path, busy):
    events = run(tiny_corpus, tiny_recipe.override(train__steps=None, train__minutes=0.1), tmp_path / "busy.sda")
    assert events[-1].step >= LEAST_STEPS
    assert SdaModel.load(tmp_path / "busy.sda").metrics["steps"] >= LEAST_STEPS
    assert "no step was taken" not in events[-1].message


def test_a_busy_machine_lets_a_model_grow_by_steps_too(tiny_model_path, tmp_path, busy):
    time = np.arange(22050) / 22050
    soundfile.write(tmp_path / "new.wav", 0.4 * np.sin(2 * np.pi * 330 * time) * np.exp(-3 * time), 22050)
    model, corpus = SdaModel.load(tiny_model_path), Corpus.from_folder(tmp_path)
    assert (
        list(grow.grow(model, corpus, tmp_path / "grown.sda", "grown", GrowOptions(tmp_path, 0.1)))[-1].step
        >= LEAST_STEPS
    )
    assert list(grow.grow(model, corpus, tmp_path / "grown.sda", "grown", GrowOptions(tmp_path, 0.0)))[-1].step == 0


def test_steps_have_their_share_of_a_budget():
    assert seconds_for_steps(2, 20) == 100
    assert seconds_for_steps(2, 500) == STEP_SHARE * 120
    assert seconds_for_steps(0, 500) == 0


def test_as_many_steps_as_fit_are_planned(monkeypatch):
    monkeypatch.setattr(step_plan, "step_seconds", lambda setup, threads: setup)
    assert step_plan.plan_steps(0.5, 100, [1])[:2] == (200, 1)
    assert step_plan.plan_steps(50, 1, [1])[0] == LEAST_STEPS
