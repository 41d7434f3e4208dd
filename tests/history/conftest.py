"""Fixtures of the history's tests: a model, recipes of its sounds, and a store."""

import dataclasses

import pytest

from sda_lib.history.entry import MadeSound
from sda_lib.history.recipe import recipe_of
from sda_lib.history.store import HistoryStore
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture(scope="session")
def history_model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="session")
def take(history_model):
    return generate(history_model, GenerateOptions(seconds=0.5, seed=7))


@pytest.fixture(scope="session")
def made(history_model, take):
    """The take as it is recorded."""
    state = SoundState(take.codes, SliderSettings(take.codes), (((0, 1), (0, 2)),))
    recipe = recipe_of(history_model, state, Playback(fades=True), take.options)
    return MadeSound("generated", recipe, "a new sound", clip=take.clip)


@pytest.fixture
def store(tmp_path):
    return HistoryStore(tmp_path / "home/history")


@pytest.fixture
def record(store, made):
    """Record the take with other facts; returns its number."""
    return lambda **facts: store.record(dataclasses.replace(made, **facts)).number
