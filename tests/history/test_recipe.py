"""Recipes make a sound again bit for bit, and hold all that is needed to go on working on it."""

import dataclasses
import json

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.editing.registry import Edit
from sda_lib.errors import SdaError
from sda_lib.history.recipe import parse_recipe, recipe_of, recipe_texts, render
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings, moved_clip, moved_codes


def again(recipe):
    return parse_recipe(*recipe_texts(recipe), 1)


def test_a_generated_sound_is_the_same_again(history_model, take, made):
    found = again(made.recipe)
    assert np.array_equal(render(history_model, found).samples, take.clip.samples)
    assert found.options == take.options
    assert found.seed == 7
    assert found.playback == Playback(fades=True)
    assert found.state.frozen == (((0, 1), (0, 2)),)
    assert np.array_equal(found.state.codes.indices, take.codes.indices)
    assert found.state.settings.is_neutral


def test_an_edited_sound_names_its_edit(history_model, take):
    edit = Edit("swap", {"levels": (0, 1), "frames": (0, 3), "other": take.codes})
    codes = edit.apply(take.codes)
    recipe = recipe_of(history_model, SoundState(codes, SliderSettings(codes)), Playback(), edit, take.options)
    found = again(recipe)
    assert found.action["edit"]["name"] == "swap"
    assert found.seed == 7
    assert np.array_equal(render(history_model, found).samples, history_model.decode(codes).samples)


@pytest.mark.parametrize("quantized", [True, False])
def test_a_moved_sound_keeps_its_sliders_and_what_they_act_on(slider_model_path, quantized):
    model = SdaModel.load(slider_model_path)
    codes = model.encode(AudioClip(0.1 * np.random.default_rng(0).normal(size=(1, 20000)).astype("f4"), 44100))
    name = next(card.name for card in model.sliders.cards if not card.why_hidden)
    settings = SliderSettings(codes, {name: 1.5}, {}, (1, 5))
    state = SoundState(moved_codes(model, settings), settings)
    found = again(recipe_of(model, state, Playback(0.5, quantized), settings))
    wanted = model.decode(state.codes, 0.5) if quantized else moved_clip(model, settings, 0.5)
    assert np.array_equal(render(model, found).samples, wanted.samples)
    moved = found.state.settings
    assert (dict(moved.steps), moved.frames, moved.holds_level) == ({name: 1.5}, (1, 5), True)
    assert np.array_equal(moved.base.indices, codes.indices)
    assert np.array_equal(found.state.codes.indices, state.codes.indices)


def test_another_model_is_refused(history_model, made):
    made_by = {**made.recipe.provenance.model, "codec": "0" * 32}
    other = dataclasses.replace(made.recipe, provenance=dataclasses.replace(made.recipe.provenance, model=made_by))
    with pytest.raises(SdaError, match="other contents"):
        render(history_model, other)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("frozen", [[[0, 99], [0, 1]]]),
        ("frozen", 3),
        ("quantized", "yes"),
        ("action", []),
        ("sliders", {"steps": {"x": "1"}, "curves": {}, "frames": None, "holds_level": True}),
        ("sliders", {"steps": {}, "curves": {"x": [[1]]}, "frames": None, "holds_level": True}),
        ("sliders", {"steps": {}, "curves": {}, "frames": [5, 2], "holds_level": True}),
        ("state", {"codes": {"indices": "%", "shape": [1, 1 << 40]}}),
    ],
)
def test_a_strangers_recipe_is_refused_in_a_sentence(made, key, value):
    first, rest = recipe_texts(made.recipe)
    plain = json.loads(rest) | {key: value}
    with pytest.raises(SdaError, match=r"^[^\n]+\.$"):
        parse_recipe(first, json.dumps(plain), 4)


def test_a_cut_off_recipe_is_refused(made):
    first, rest = recipe_texts(made.recipe)
    for texts in ((first[:-9], rest), (first, rest[:-9]), ("", "")):
        with pytest.raises(SdaError, match="sound 4"):
            parse_recipe(*texts, 4)
