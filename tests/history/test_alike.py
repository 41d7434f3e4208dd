"""More sounds like one of the history."""

import dataclasses

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.history.alike import likeness
from sda_lib.sessions.history import SoundState
from sda_lib.writers.generate import generate


def test_a_generated_sound_keeps_its_options_but_not_its_seed(store, record, history_model, take):
    number = record()
    alike = likeness(store.entry(number), store.recipe(number), history_model, 99)
    assert alike.given is None
    assert alike.options == dataclasses.replace(take.options, seed=99)


@pytest.mark.parametrize("kind", ["edited", "opened", "recorded"])
def test_another_sound_keeps_its_structure_and_gets_other_detail(kind, store, record, history_model, take):
    number = record(kind=kind)
    alike = likeness(store.entry(number), store.recipe(number), history_model, 5)
    made = generate(history_model, alike.moved_options, given=alike.given)
    assert np.array_equal(made.codes.indices[0], take.codes.indices[0])
    assert not np.array_equal(made.codes.indices, take.codes.indices)


def test_sliders_that_act_on_the_whole_sound_are_kept_where_the_model_has_them(store, record, history_model, made):
    from types import SimpleNamespace

    model = SimpleNamespace(sliders=SimpleNamespace(shown=(SimpleNamespace(name="warmth"),)))
    settings = made.recipe.state.settings.moved({"warmth": 1.5, "gone": 1.0})
    moved = dataclasses.replace(made.recipe, state=dataclasses.replace(made.recipe.state, settings=settings))
    entry = store.entry(record(kind="moved"))
    assert likeness(entry, moved, model, 1).moved_options.sliders == {"warmth": 1.5}
    part = dataclasses.replace(settings, frames=(0, 2))
    moved = dataclasses.replace(moved, state=dataclasses.replace(moved.state, settings=part))
    assert likeness(entry, moved, model, 1).sliders == {}


def test_a_sound_without_options_and_codes_is_refused(store, record, history_model, made):
    entry = store.entry(record(kind="opened"))
    bare = dataclasses.replace(made.recipe.provenance, request={})
    recipe = dataclasses.replace(made.recipe, provenance=bare, state=SoundState())
    with pytest.raises(SdaError, match="neither options nor codes"):
        likeness(entry, recipe, history_model, 1)
