"""Sessions that are saved on the page and opened again."""

import json

import numpy as np
import pytest

import sda_lib
from sda_lib.codec.codes import codes_from_dict
from sda_lib.sessions import history as history_module
from sda_widgets.export.export_view import ExportView
from sda_widgets.session.session import Session


def test_a_session_is_saved_and_gone_on_with(session, places):
    session.edit("reverse", levels=(0, 12), frames=(0, 20))
    session.edit("set", code=2, levels=(0, 1), frames=(3, 4))
    session.save_session()
    sound, codes, title = session.clip.samples, session.codes, session.title
    another = Session(places)
    another.refresh()
    another.open_session(session.saved)
    assert another.message == ""
    assert np.array_equal(another.clip.samples, sound)
    assert (another.title, another.model.name) == (title, session.model.name)
    another.undo()
    another.undo()
    assert another.codes.is_same(session.history.steps[0].state.codes)
    assert np.array_equal(another.clip.samples, another.original.samples)
    another.redo()
    another.redo()
    assert another.codes.is_same(codes)


def test_the_card_saves_lists_and_opens(session):
    card = ExportView(session)
    card.save.click()
    session.edit("reverse", levels=(0, 12), frames=(0, 20))
    names = [name for name, _path in card.saved.options]
    assert len(names) == 2
    assert session.saved.name in card.where.value
    card.saved.value = str(session.saved)
    assert not session.history.can_undo
    assert card.saved.value == ""


def test_a_session_of_a_model_that_is_gone_says_so(session, places, slider_model_path):
    session.save_session()
    session.model_path.unlink()
    another = Session(places)
    another.refresh()
    another.open_session(session.saved)
    assert "not in the library" in another.message
    another.open_session(places.folder / "none.json")
    assert "no session file" in another.message


def reopened(session):
    """Another session that opens what this one saves."""
    path = session.save_session()
    another = Session(session.places)
    another.open_session(path)
    assert (session.message, another.message) == ("", "")
    return another


def assert_alike(one, other):
    assert other.codes.is_same(one.codes)
    for name in ("clip", "original"):
        sounds = [getattr(session, name).samples for session in (one, other)]
        assert sounds[0].shape == sounds[1].shape
        assert sounds[0].tobytes() == sounds[1].tobytes(), name


def freeze(session, cells=((0, 12), (5, 20))):
    session.selection = cells
    session.freeze()
    session.selection = None


@pytest.mark.parametrize("name", ["pluck", "rain", "sweep"])
def test_a_sound_from_a_file_is_as_long_again(session, places, name):
    session.load_sound(places.demo / f"{name}.wav")
    session.edit("reverse", levels=(0, 12), frames=(2, 9))
    assert_alike(session, reopened(session))


def test_cells_that_were_frozen_after_sliders_moved_stay_moved(slider_session):
    slider_session.move_sliders({"brightness": 2.0})
    moved = slider_session.codes
    slider_session.undo()
    freeze(slider_session)
    slider_session.redo()
    assert slider_session.codes.is_same(moved)
    again = reopened(slider_session)
    assert_alike(slider_session, again)
    assert_alike(slider_session, reopened(again))


def test_cells_that_are_frozen_while_a_slider_is_dragged_stay_as_they_are_then(slider_session):
    slider_session.move_sliders({"brightness": 2.0}, done=False)
    freeze(slider_session)
    slider_session.move_sliders({"brightness": -1.0})
    assert_alike(slider_session, reopened(slider_session))


def test_a_sound_that_sliders_moved_from_the_beginning_comes_back_with_its_own_codes(slider_session):
    slider_session.move_sliders({"brightness": 1.5})
    slider_session.generate(sda_lib.GenerateOptions(1.0, seed=5))
    slider_session.edit("reverse", levels=(0, 12), frames=(0, 10))
    assert not slider_session.written.is_same(slider_session.history.steps[0].state.codes)
    again = reopened(slider_session)
    assert_alike(slider_session, again)
    assert again.written.is_same(slider_session.written)
    assert again.shape.is_neutral
    again.undo()
    assert again.shape.steps == {"brightness": 1.5}


def test_a_history_that_forgot_its_beginning_keeps_what_was_frozen(slider_session, monkeypatch):
    monkeypatch.setattr(history_module, "MOST_STEPS", 4)
    freeze(slider_session)
    for turn in range(6):
        slider_session.move_sliders({"brightness": 0.2 + 0.3 * turn})
    again = reopened(slider_session)
    assert again.codes.is_same(slider_session.codes)
    assert again.clip.samples.tobytes() == slider_session.clip.samples.tobytes()


def test_a_session_says_how_its_sound_was_written(session):
    session.generate(sda_lib.GenerateOptions(0.5, seed=11, novelty=0.8))
    again = reopened(session)
    plain = json.loads(again.save_session().read_text())
    assert (plain["written"]["seed"], plain["written"]["novelty"]) == (11, 0.8)
    assert codes_from_dict(plain["source"]).is_same(session.written)
    session.load_sound(session.places.demo / "pluck.wav")
    assert json.loads(session.save_session().read_text())["written"] is None


def test_two_sounds_side_by_side_stay_at_one_source_amount(session):
    session.set_source(0.2)
    path = session.save_session()
    session.set_source(0.9)
    session.open_pair()
    session.open_session(path)
    assert (session.message, session.source_amount, session.other.source_amount) == ("", 0.2, 0.2)


def test_a_model_that_came_into_the_library_meanwhile_is_found(session, places):
    another = Session(places)
    another.open_session(session.save_session())
    assert another.message == ""
    assert another.model_path == session.model_path
    assert [entry.name for entry in another.models] == ["tiny"]
