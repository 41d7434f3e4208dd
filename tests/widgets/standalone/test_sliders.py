"""The sliders that stand alone."""

import pytest

import sda_lib
from sda_widgets import Sliders


@pytest.fixture
def sliders(slider_model_path):
    model = sda_lib.SdaModel.load(slider_model_path)
    return Sliders(model, model.generate(seconds=1.0, seed=1))


def test_values_move_the_sound_and_follow_it(sliders):
    name, other, *_ = sliders.names
    before = sliders.codes
    sliders.values = {name: 1.0}
    assert sliders.session.sound.settings.steps[name] == 1.0
    assert not sliders.codes.is_same(before)
    sliders.session.sound.sliders.move({other: -0.5})
    assert sliders.values == {name: 1.0, other: -0.5}
    sliders.values = {}
    assert sliders.codes.is_same(before)
    with pytest.raises(sda_lib.SdaError, match="There is no slider"):
        sliders.values = {"loudest": 1.0}
    assert sliders.values == {}


def test_responses_are_computed_for_a_sound_that_is_there_already(sliders):
    assert sliders.session.sound.is_computing
    sliders.session.sound.response_work.idle.finish()
    assert set(sliders.session.sound.responses) >= {sliders.names[0]}
