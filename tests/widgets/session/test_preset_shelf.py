"""Presets in a session."""

import numpy as np
import pytest

import sda_lib
from sda_lib.export.finish import Finish
from sda_lib.presets.preset import Preset
from sda_lib.presets.store import PresetStore
from sda_lib.writers.options import GenerateOptions


def test_presets_are_saved_starred_and_deleted(session):
    shelf = session.presets
    count = len(shelf.entries)
    shelf.save("Mine", GenerateOptions(novelty=0.8, seed=4), Finish(trim=40.0), session.sound)
    assert session.message == ""
    assert (shelf.chosen.name, shelf.notice, len(shelf.entries)) == ("Mine", "Saved as Mine.", count + 1)
    assert shelf.chosen.preset == Preset("Mine", "", GenerateOptions(novelty=0.8), Finish(trim=40.0))
    shelf.star()
    assert shelf.entries[0].name == "Mine"
    assert shelf.chosen.starred
    shelf.save("mine", GenerateOptions(), Finish(), session.sound)
    assert "You have a preset Mine" in session.message
    shelf.delete()
    assert (shelf.chosen, shelf.notice, len(shelf.entries)) == (None, "Mine is in the trash.", count)
    shelf.choose("crushed")
    shelf.delete()
    assert "ships with SDA" in session.message
    shelf.save("a/b", GenerateOptions(), Finish(), session.sound)
    assert "can't name a preset" in session.message


def test_presets_of_the_command_line_are_found(session):
    PresetStore.of(session.places).save(Preset("From outside"))
    session.presets.refresh()
    session.presets.choose("From outside")
    assert session.presets.chosen.name == "From outside"


def test_what_a_model_cannot_do_is_known_when_a_preset_is_chosen_and_when_another_model_is_opened(
    session, continuous_path
):
    session.presets.choose("Opening up")
    assert len(session.presets.fitted.left_out) == 2
    session.presets.choose("New takes")
    assert session.presets.fitted.left_out == ()
    PresetStore.of(session.places).save(Preset("Levels", options=GenerateOptions(level_temperatures=(0.5,))))
    session.presets.refresh()
    session.presets.choose("Levels")
    assert session.presets.fitted.left_out == ()
    session.open_model(continuous_path)
    assert session.presets.fitted.left_out == ("temperatures of levels: the model has no codes",)


@pytest.mark.slow
def test_sliders_and_curves_of_a_preset_are_those_of_the_new_sound_and_are_saved_again(slider_session):
    session = slider_session
    first, second = [card.name for card in session.model.sliders.shown if not card.is_axis][:2]
    options = GenerateOptions(seconds=1.0, sliders={first: 1.0}, curves={second: ((0.0, -1.0), (0.5, 1.0))})
    session.presets.store.save(Preset("Moved", options=options))
    session.presets.refresh()
    session.presets.choose("Moved")
    session.presets.apply()
    session.presets.generate(session.sound, GenerateOptions(seconds=1.0, seed=3))
    assert session.message == ""
    settings = session.sound.settings
    assert settings.steps[first] == 1.0
    np.testing.assert_allclose(settings.curves[second], ((0.0, -1.0), (0.5 * session.sound.seconds, 1.0)))
    plain = sda_lib.generate(session.model, GenerateOptions(seconds=1.0, seed=3)).codes
    assert not np.array_equal(session.sound.codes.indices, plain.indices)
    session.presets.save("Again", GenerateOptions(seconds=1.0), Finish(), session.sound)
    found = session.presets.chosen.preset.options
    assert found.sliders == options.sliders
    np.testing.assert_allclose(found.curves[second], options.curves[second])
