"""Sessions that are saved on the page and opened again."""

import json

import numpy as np
import pytest

import sda_lib
from sda_lib.codec.codes import codes_from_dict
from sda_lib.sessions import history as history_module
from sda_widgets.session.session import Session


def test_save_and_open(session, places):
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    session.sound.edits.apply("set", code=2, levels=(0, 1), frames=(3, 4))
    session.files.save(session.sound)
    sound, codes, title = session.sound.clip.samples, session.sound.codes, session.sound.title
    another = Session(places)
    another.library.refresh()
    another.files.open(session.files.saved, another.sound)
    assert another.message == ""
    assert np.array_equal(another.sound.clip.samples, sound)
    assert (another.sound.title, another.model.name) == (title, session.model.name)
    another.sound.steps.undo()
    another.sound.steps.undo()
    assert another.sound.codes.is_same(session.sound.history.steps[0].state.codes)
    assert np.array_equal(another.sound.clip.samples, another.sound.original.samples)
    another.sound.steps.redo()
    another.sound.steps.redo()
    assert another.sound.codes.is_same(codes)


def test_session_of_a_missing_model_is_an_error(session, places, slider_model_path):
    session.files.save(session.sound)
    session.model_path.unlink()
    another = Session(places)
    another.library.refresh()
    another.files.open(session.files.saved, another.sound)
    assert "not in the library" in another.message
    another.files.open(places.folder / "none.json", another.sound)
    assert "no session file" in another.message


def reopened(session):
    """Another session that opens what this one saves."""
    path = session.files.save(session.sound)
    another = Session(session.places)
    another.files.open(path, another.sound)
    assert (session.message, another.message) == ("", "")
    return another


def assert_alike(one, other):
    one, other = one.sound, other.sound
    assert other.codes.is_same(one.codes)
    for name in ("clip", "original"):
        sounds = [getattr(sound, name).samples for sound in (one, other)]
        assert sounds[0].shape == sounds[1].shape
        assert sounds[0].tobytes() == sounds[1].tobytes(), name


def freeze(session, cells=((0, 12), (5, 20))):
    session.sound.selection = cells
    session.sound.edits.freeze()
    session.sound.selection = None


@pytest.mark.parametrize("name", ["pluck", "rain", "sweep"])
def test_sound_from_a_file_keeps_its_length(session, places, name):
    session.sound.create.load_file(places.demo / f"{name}.wav")
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(2, 9))
    assert_alike(session, reopened(session))


def test_cells_frozen_after_sliders(slider_session):
    slider_session.sound.sliders.move({"brightness": 2.0})
    moved = slider_session.sound.codes
    slider_session.sound.steps.undo()
    freeze(slider_session)
    slider_session.sound.steps.redo()
    assert slider_session.sound.codes.is_same(moved)
    again = reopened(slider_session)
    assert_alike(slider_session, again)
    assert_alike(slider_session, reopened(again))


def test_cells_frozen_during_a_drag(slider_session):
    slider_session.sound.sliders.move({"brightness": 2.0}, done=False)
    freeze(slider_session)
    slider_session.sound.sliders.move({"brightness": -1.0})
    assert_alike(slider_session, reopened(slider_session))


def test_carried_over_sliders_are_restored(slider_session):
    slider_session.sound.sliders.move({"brightness": 1.5})
    slider_session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=5))
    slider_session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    assert not slider_session.sound.written.is_same(slider_session.sound.history.steps[0].state.codes)
    again = reopened(slider_session)
    assert_alike(slider_session, again)
    assert again.sound.written.is_same(slider_session.sound.written)
    assert again.sound.settings.is_neutral
    again.sound.steps.undo()
    assert again.sound.settings.steps == {"brightness": 1.5}


def test_shortened_history_keeps_frozen_cells(slider_session, monkeypatch):
    monkeypatch.setattr(history_module, "MOST_STEPS", 4)
    freeze(slider_session)
    for task in range(6):
        slider_session.sound.sliders.move({"brightness": 0.2 + 0.3 * task})
    again = reopened(slider_session)
    assert again.sound.codes.is_same(slider_session.sound.codes)
    assert again.sound.clip.samples.tobytes() == slider_session.sound.clip.samples.tobytes()


def test_file_records_generation_options(session):
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=11, novelty=0.8))
    again = reopened(session)
    plain = json.loads(again.files.save(again.sound).read_text())
    assert (plain["written"]["seed"], plain["written"]["novelty"]) == (11, 0.8)
    assert codes_from_dict(plain["source"]).is_same(session.sound.written)
    session.sound.create.load_file(session.places.demo / "pluck.wav")
    assert json.loads(session.files.save(session.sound).read_text())["written"] is None


def test_open_sets_source_of_all_sounds(session):
    session.set_source(0.2)
    path = session.files.save(session.sound)
    session.set_source(0.9)
    session.add_sound()
    session.files.open(path, session.sound)
    assert (session.message, session.sound.source_amount, session.sounds[1].source_amount) == ("", 0.2, 0.2)


def test_open_finds_a_new_library_model(session, places):
    another = Session(places)
    another.files.open(session.files.save(session.sound), another.sound)
    assert another.message == ""
    assert another.model_path == session.model_path
    assert [entry.name for entry in another.library.models] == ["tiny"]
