"""Undo and redo across sounds: what took the place of a sound can be undone, and the sound is as it was left."""

import dataclasses
import shutil

import numpy as np
import pytest

import sda_lib
from sda_lib.maps.corpus_map import corpus_map
from sda_lib.model.model import SdaModel
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.session import sound as sound_module
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

ALL = {"levels": (0, 12), "frames": (0, 10)}


def edited(session, steps=2):
    """The session's sound after some edits, the last of which is undone."""
    session.set(selection=((0, 2), (3, 8)), cursor=(0, 3))
    session.freeze()
    for seed in range(steps):
        session.edit("randomize", seed=seed, **ALL)
    session.undo()
    assert session.message == ""
    return Sound.of(session)


def assert_is(session, sound):
    """Everything of the sound is there, its samples to the last bit."""
    now = Sound.of(session)
    assert session.message == ""
    for name in ("written", "codes", "original", "clip", "shape", "history", "sound"):
        assert getattr(now, name) is getattr(sound, name), name
    for name in ("title", "seconds", "cursor", "selection", "more", "frozen", "responses", "source_amount", "fades"):
        assert getattr(now, name) == getattr(sound, name), name
    whole = session.clip.length - 480  # behind that it may fade
    if session.codes is not None and session.shape.is_neutral:
        fresh = session.model.decode(session.codes, session.source_amount)
        assert np.array_equal(fresh.samples[:, :whole], session.clip.samples[:, :whole])


REPLACING = {
    "generate": lambda session: session.generate(sda_lib.GenerateOptions(0.7, seed=5, source_amount=0.4)),
    "go on": lambda session: session.go_on(sda_lib.GenerateOptions(0.5, seed=5)),
    "open a file": lambda session: session.load_sound(session.places.demo / "rain.wav"),
    "take a recording": lambda session: session.take_recording(1),
    "go between two": lambda session: session.go_between(0, 1, 0.5),
    "open a model": lambda session: session.open_model(session.model_path),
    "open a session": lambda session: session.open_session(session.saved),
}


@pytest.mark.parametrize("name", REPLACING)
def test_an_edited_sound_that_was_replaced_comes_back_and_redo_leads_on(session, name):
    session.save_session()
    sound, model = edited(session), session.model
    REPLACING[name](session)
    assert session.message == ""
    assert session.codes is not sound.codes
    assert not session.history.can_undo or name == "open a session"
    after = Sound.of(session)
    while session.history is not sound.history:
        assert session.can_undo
        session.undo()
    assert_is(session, sound)
    assert session.model.codec is model.codec
    session.undo()  # goes on in the older sound's steps
    assert session.codes is session.written
    session.redo()
    assert_is(session, dataclasses.replace(sound, history=session.history, clip=session.clip, shape=session.shape))
    assert np.array_equal(session.clip.samples, sound.clip.samples)
    session.redo()
    assert session.codes is (after.history.steps[0].state.codes)
    assert not session.can_redo


def test_an_edit_after_a_new_sound_and_then_back_through_both(session):
    first = edited(session)
    session.generate(sda_lib.GenerateOptions(0.7, seed=5))
    second = edited(session)
    for _ in range(2):
        session.undo()
    assert_is(session, first)
    session.redo()
    assert session.codes is second.written
    session.redo()
    assert session.codes is second.codes
    assert np.array_equal(session.clip.samples, second.clip.samples)


def test_redo_reaches_what_was_undone_in_the_older_sound_only_by_its_steps(session):
    """Undo led to the sound where it was left: redo leads back where undo came from."""
    edited(session)
    undone = session.history.steps[-1].state.codes
    session.generate(sda_lib.GenerateOptions(0.7, seed=5))
    new = session.codes
    session.undo()
    session.redo()
    assert session.codes is new
    session.undo()
    session.go_to(len(session.history.steps) - 1)
    assert session.codes is undone
    session.redo()
    assert session.codes is new


def test_an_edit_of_the_older_sound_is_redone_before_the_newer_sound(session):
    session.generate(sda_lib.GenerateOptions(0.7, seed=5))
    newer = session.codes
    session.undo()
    session.edit("reverse", **ALL)
    reversed_codes = session.codes
    session.undo()
    session.redo()
    assert session.codes is reversed_codes
    session.redo()
    assert session.codes is newer
    session.undo()
    assert session.codes is reversed_codes


def test_a_sound_that_was_undone_when_another_one_came_is_not_lost(session):
    first = session.codes
    session.generate(sda_lib.GenerateOptions(0.7, seed=5))
    session.edit("reverse", **ALL)
    lost = session.codes
    session.undo()
    session.undo()
    session.generate(sda_lib.GenerateOptions(0.5, seed=6))
    assert not session.can_redo
    session.undo()
    assert session.codes is first
    while session.can_undo:
        session.undo()
    seen = [session.codes]
    while session.can_redo:
        session.redo()
        seen.append(session.codes)
    assert any(one is lost for one in seen)
    assert any(one is first for one in seen)


def test_sliders_courses_and_quantizing_come_back_with_a_moved_sound(slider_session):
    session = slider_session
    session.follow_sliders()
    session.move_sliders({"loudness": -1.5})
    sound = Sound.of(session)
    session.reset_sliders()
    session.undo()
    session.take_recording(2)
    session.undo()
    assert_is(session, dataclasses.replace(sound, history=session.history, clip=session.clip, shape=session.shape))
    assert session.shape.steps == {"loudness": -1.5}
    assert np.array_equal(session.clip.samples, sound.clip.samples)
    session.generate(sda_lib.GenerateOptions(0.5, seed=1))
    session.set_quantized(False)
    session.undo()
    assert session.shape.steps == {"loudness": -1.5}
    assert not np.array_equal(session.clip.samples, sound.clip.samples)  # decoded as it comes, as all sounds are now
    session.set_quantized(True)
    assert np.array_equal(session.clip.samples, sound.clip.samples)


def test_sliders_that_were_made_meanwhile_stay(slider_session):
    session = slider_session
    full, bare = session.model, dataclasses.replace(session.model, sliders=None)
    session.model = bare
    session.generate(sda_lib.GenerateOptions(0.5, seed=1))
    session.model = full
    session.undo()
    assert session.model is full


def test_a_drag_on_the_map_is_one_sound(session):
    sound = edited(session)
    for share in (0.5, 0.4, 0.3, 0.2):
        session.go_between(0, 1, share)
    last = session.codes
    session.undo()
    assert_is(session, sound)
    session.redo()
    assert session.codes is last
    session.edit("reverse", levels=(0, 12), frames=(0, 10))
    reversed_codes = session.codes
    session.go_between(0, 1, 0.6)  # what was done to the last one is not lost
    session.undo()
    assert session.codes is reversed_codes


def test_a_sound_of_another_model_comes_back_with_its_model(session, slider_model_path):
    grid = CodeGrid(session)
    sound, model, path = edited(session), session.model, session.model_path
    session.open_model(shutil.copy(slider_model_path, session.places.models / "other.sda"))
    other = session.model
    session.undo()
    assert_is(session, sound)
    assert (session.model, session.model_path) == (model, path)
    assert grid._view.frames == session.codes.frames
    session.redo()
    assert session.model is other
    session.edit("reverse", levels=(0, 3), frames=(0, 5))
    assert session.message == ""


def test_a_model_that_can_not_write_leaves_the_way_back(session):
    sound, path = edited(session), session.places.models / "bare.sda"
    dataclasses.replace(session.model, memory=None).save(path)
    session.open_model(path)
    assert session.message  # says that it can't write a first sound
    assert session.clip is None
    session.undo()
    assert_is(session, sound)
    assert SdaModel.load(path).memory is None


def test_sounds_without_codes_come_back(continuous_path, places):
    session = Session(places)
    session.open_model(continuous_path)
    session.load_sound(places.demo / "rain.wav")
    first = Sound.of(session)
    session.load_sound(places.demo / "pluck.wav")
    session.undo()
    assert_is(session, first)
    session.redo()
    assert session.title == "pluck"


def test_what_fails_keeps_no_second_copy(session):
    before = session.sounds
    session.load_sound(session.places.folder / "none.wav")
    session.take_recording(999)
    session.go_between(0, 1, 1.5)
    assert session.message
    assert session.sounds is before


def test_the_buttons_know_of_former_sounds(session):
    grid = CodeGrid(session)
    assert (grid._undo.disabled, grid._redo.disabled) == (True, True)
    session.generate(sda_lib.GenerateOptions(0.7, seed=5))
    assert (grid._undo.disabled, grid._redo.disabled) == (False, True)
    grid._undo.click()
    assert (grid._undo.disabled, grid._redo.disabled) == (True, False)
    grid._redo.click()
    assert session.title.endswith("seed 5")


def test_each_of_two_sounds_has_its_own_way_back_and_takes_it_along(session):
    first = edited(session)
    session.open_pair()
    session.other.generate(sda_lib.GenerateOptions(0.7, seed=5))
    assert not session.sounds.before
    session.swap_sounds()
    session.undo()
    assert_is(session, first)
    assert not session.other.sounds.before


def test_b_is_not_given_another_model(session, slider_model_path):
    session.open_model(shutil.copy(slider_model_path, session.places.models / "other.sda"))
    session.open_pair()
    session.swap_sounds()
    other = session.other
    before = Sound.of(other)
    other.undo()
    assert "another model" in session.message
    assert Sound.of(other).codes is before.codes
    assert other.model.codec is session.model.codec


@pytest.mark.parametrize(("name", "limit"), [("MOST_SOUNDS", 3), ("MOST_BYTES", 1_000_000)])
def test_only_the_last_sounds_are_kept(session, monkeypatch, name, limit):
    monkeypatch.setattr(sound_module, name, limit)
    for seed in range(12):
        session.generate(sda_lib.GenerateOptions(0.5, seed=seed))
    kept = session.sounds.before
    assert 1 <= len(kept) < 12
    assert sound_module.fit(kept)
    assert [one.sound.title for one in kept] == [f"tiny · seed {seed}" for seed in range(11)][-len(kept) :]


def test_a_sound_larger_than_the_limit_is_kept_all_the_same(session, monkeypatch):
    monkeypatch.setattr(sound_module, "MOST_BYTES", 10)
    sound = edited(session)
    session.generate(sda_lib.GenerateOptions(0.5, seed=1))
    session.undo()
    assert_is(session, sound)


def test_a_batch_and_a_saved_session_are_of_the_sound_that_came_back(session):
    sound = edited(session)
    session.take_recording(0)
    assert session.title == corpus_map(session.model).names[0]
    session.undo()
    session.save_session()
    another = Session(session.places)
    another.open_session(session.saved)
    assert another.codes.is_same(sound.codes)
    assert np.array_equal(another.clip.samples, sound.clip.samples)
