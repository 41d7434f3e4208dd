"""A sound of the history is found by its codes and its sliders."""

import pytest

from sda_lib.history import known_sound
from sda_lib.history.entry import MadeSound
from sda_lib.history.known_sound import known_number
from sda_lib.history.recipe import recipe_of
from sda_lib.history.store import HistoryStore
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture
def store(tmp_path):
    return HistoryStore(tmp_path / "history")


def made(store, model, seed):
    """Record a sound; return its state and its number."""
    codes = generate(model, GenerateOptions(0.5, seed=seed)).codes
    state = SoundState(codes, SliderSettings(codes))
    recipe = recipe_of(model, state, Playback())
    return state, store.record(MadeSound("generated", recipe, "sound", None, "", None)).number


def test_the_newest_sound_of_these_codes_is_found(store, model):
    (one, first), (other, second) = made(store, model, 1), made(store, model, 2)
    assert (known_number(store, one), known_number(store, other)) == (first, second)
    assert known_number(store, made(store, model, 1)[0]) == second + 1


def test_other_codes_sliders_and_sounds_without_codes_are_not_found(store, model):
    state, _number = made(store, model, 1)
    other = generate(model, GenerateOptions(0.5, seed=3)).codes
    assert known_number(store, SoundState(other, SliderSettings(other))) is None
    assert known_number(store, SoundState(state.codes, SliderSettings(state.codes, {"brightness": 1.0}))) is None
    assert known_number(store, SoundState()) is None


def test_only_the_last_sounds_are_compared(store, model, monkeypatch):
    monkeypatch.setattr(known_sound, "MOST_COMPARED", 1)
    state, _number = made(store, model, 1)
    made(store, model, 2)
    assert known_number(store, state) is None
