"""Undo and redo, within a sound and across sounds that replaced each other."""

import dataclasses
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import sda_lib
from sda_lib.maps.corpus_map import corpus_map
from sda_lib.model.model import SdaModel
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.session import sound_traits
from sda_widgets.session.session import Session

ALL = {"levels": (0, 12), "frames": (0, 10)}
REPLACING = {
    "generate": lambda session: session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=5, source_amount=0.4)),
    "continue": lambda session: session.sound.create.continue_sound(sda_lib.GenerateOptions(0.5, seed=5)),
    "open a file": lambda session: session.sound.create.load_file(session.places.demo / "rain.wav"),
    "take a recording": lambda session: session.sound.create.take_recording(1),
    "go between two": lambda session: session.sound.create.interpolate(0, 1, 0.5),
    "open a model": lambda session: session.open_model(session.model_path),
    "open a session": lambda session: session.files.open(session.files.saved, session.sound),
}


def snapshot(sound):
    """The state of a sound, by attributes."""
    return SimpleNamespace(**sound.state)


def assert_same_after_steps(session, sound):
    """The sound is the same, though its steps were undone and redone."""
    changed = {name: session.sound.state[name] for name in ("history", "clip", "settings", "decoded")}
    assert_is(session, SimpleNamespace(**{**vars(sound), **changed}))


def edited(session, steps=2):
    """The session's sound after some edits, the last of which is undone."""
    session.sound.set(selection=((0, 2), (3, 8)), cursor=(0, 3))
    session.sound.edits.freeze()
    for seed in range(steps):
        session.sound.edits.apply("randomize", seed=seed, **ALL)
    session.sound.steps.undo()
    assert session.message == ""
    return snapshot(session.sound)


def assert_is(session, sound):
    """Everything of the sound is there, its samples to the last bit."""
    now = snapshot(session.sound)
    assert session.message == ""
    for name in ("written", "codes", "original", "clip", "settings", "history", "recording"):
        assert getattr(now, name) is getattr(sound, name), name
    for name in ("title", "seconds", "cursor", "selection", "more", "frozen", "responses", "source_amount", "fades"):
        assert getattr(now, name) == getattr(sound, name), name
    whole = session.sound.clip.length - 480  # behind that it may fade
    if session.sound.codes is not None and session.sound.settings.is_neutral:
        fresh = session.model.decode(session.sound.codes, session.sound.source_amount)
        assert np.array_equal(fresh.samples[:, :whole], session.sound.clip.samples[:, :whole])


@pytest.mark.parametrize("name", REPLACING)
def test_replaced_sound_is_restored_by_undo_and_redo(session, name):
    session.files.save(session.sound)
    sound, model = edited(session), session.model
    REPLACING[name](session)
    assert session.message == ""
    assert session.sound.codes is not sound.codes
    assert not session.sound.history.can_undo or name == "open a session"
    after = snapshot(session.sound)
    while session.sound.history is not sound.history:
        assert session.sound.steps.can_undo
        session.sound.steps.undo()
    assert_is(session, sound)
    assert session.model.codec is model.codec
    session.sound.steps.undo()  # continues in the older sound's steps
    assert session.sound.codes is session.sound.written
    session.sound.steps.redo()
    assert_same_after_steps(session, sound)
    assert np.array_equal(session.sound.clip.samples, sound.clip.samples)
    session.sound.steps.redo()
    assert session.sound.codes is (after.history.steps[0].state.codes)
    assert not session.sound.steps.can_redo


def test_undo_through_two_sounds(session):
    first = edited(session)
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=5))
    second = edited(session)
    for _ in range(2):
        session.sound.steps.undo()
    assert_is(session, first)
    session.sound.steps.redo()
    assert session.sound.codes is second.written
    session.sound.steps.redo()
    assert session.sound.codes is second.codes
    assert np.array_equal(session.sound.clip.samples, second.clip.samples)


def test_redo_leads_back_to_the_newer_sound(session):
    """Undo led to the sound where it was left: redo leads back where undo came from."""
    edited(session)
    undone = session.sound.history.steps[-1].state.codes
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=5))
    new = session.sound.codes
    session.sound.steps.undo()
    session.sound.steps.redo()
    assert session.sound.codes is new
    session.sound.steps.undo()
    session.sound.steps.go_to(len(session.sound.history.steps) - 1)
    assert session.sound.codes is undone
    session.sound.steps.redo()
    assert session.sound.codes is new


def test_redo_of_the_older_sound_comes_first(session):
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=5))
    newer = session.sound.codes
    session.sound.steps.undo()
    session.sound.edits.apply("reverse", **ALL)
    reversed_codes = session.sound.codes
    session.sound.steps.undo()
    session.sound.steps.redo()
    assert session.sound.codes is reversed_codes
    session.sound.steps.redo()
    assert session.sound.codes is newer
    session.sound.steps.undo()
    assert session.sound.codes is reversed_codes


def test_undone_sound_is_kept_when_another_replaces(session):
    first = session.sound.codes
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=5))
    session.sound.edits.apply("reverse", **ALL)
    lost = session.sound.codes
    session.sound.steps.undo()
    session.sound.steps.undo()
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=6))
    assert not session.sound.steps.can_redo
    session.sound.steps.undo()
    assert session.sound.codes is first
    while session.sound.steps.can_undo:
        session.sound.steps.undo()
    seen = [session.sound.codes]
    while session.sound.steps.can_redo:
        session.sound.steps.redo()
        seen.append(session.sound.codes)
    assert any(one is lost for one in seen)
    assert any(one is first for one in seen)


def test_sliders_and_responses_are_restored(slider_session):
    session = slider_session
    session.sound.response_work.compute([card.name for card in session.sound.sliders.cards])
    session.sound.sliders.move({"loudness": -1.5})
    sound = snapshot(session.sound)
    session.sound.sliders.reset()
    session.sound.steps.undo()
    session.sound.create.take_recording(2)
    session.sound.steps.undo()
    assert_same_after_steps(session, sound)
    assert session.sound.settings.steps == {"loudness": -1.5}
    assert np.array_equal(session.sound.clip.samples, sound.clip.samples)
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=1))
    session.set_quantized(False)
    session.sound.steps.undo()
    assert session.sound.settings.steps == {"loudness": -1.5}
    assert not np.array_equal(
        session.sound.clip.samples, sound.clip.samples
    )  # decoded as it comes, as all sounds are now
    session.set_quantized(True)
    assert np.array_equal(session.sound.clip.samples, sound.clip.samples)


def test_undo_keeps_newly_fitted_sliders(slider_session):
    session = slider_session
    full, bare = session.model, dataclasses.replace(session.model, sliders=None)
    session.model = bare
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=1))
    session.model = full
    session.sound.steps.undo()
    assert session.model is full


def test_drag_on_the_map_is_one_sound(session):
    sound = edited(session)
    for share in (0.5, 0.4, 0.3, 0.2):
        session.sound.create.interpolate(0, 1, share)
    last = session.sound.codes
    session.sound.steps.undo()
    assert_is(session, sound)
    session.sound.steps.redo()
    assert session.sound.codes is last
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    reversed_codes = session.sound.codes
    session.sound.create.interpolate(0, 1, 0.6)  # what was done to the last one is not lost
    session.sound.steps.undo()
    assert session.sound.codes is reversed_codes


def test_undo_restores_the_model(session, slider_model_path):
    grid = CodeGrid(session, session.sound)
    sound, model, path = edited(session), session.model, session.model_path
    session.open_model(shutil.copy(slider_model_path, session.places.models / "other.sda"))
    other = session.model
    session.sound.steps.undo()
    assert_is(session, sound)
    assert (session.model, session.model_path) == (model, path)
    assert grid._view.frames == session.sound.codes.frames
    session.sound.steps.redo()
    assert session.model is other
    session.sound.edits.apply("reverse", levels=(0, 3), frames=(0, 5))
    assert session.message == ""


def test_undo_after_a_model_that_cannot_generate(session):
    sound, path = edited(session), session.places.models / "bare.sda"
    dataclasses.replace(session.model, memory=None).save(path)
    session.open_model(path)
    assert session.message  # it cannot generate a first sound
    assert session.sound.clip is None
    session.sound.steps.undo()
    assert_is(session, sound)
    assert SdaModel.load(path).memory is None


def test_sounds_without_codes_are_restored(continuous_path, places):
    session = Session(places)
    session.open_model(continuous_path)
    session.sound.create.load_file(places.demo / "rain.wav")
    first = snapshot(session.sound)
    session.sound.create.load_file(places.demo / "pluck.wav")
    session.sound.steps.undo()
    assert_is(session, first)
    session.sound.steps.redo()
    assert session.sound.title == "pluck"


def test_failed_action_keeps_no_copy(session):
    before = session.sound.former
    session.sound.create.load_file(session.places.folder / "none.wav")
    session.sound.create.take_recording(999)
    session.sound.create.interpolate(0, 1, 1.5)
    assert session.message
    assert session.sound.former is before


def test_undo_buttons_follow_former_sounds(session):
    grid = CodeGrid(session, session.sound)
    assert (grid.toolbar.undo.disabled, grid.toolbar.redo.disabled) == (True, True)
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=5))
    assert (grid.toolbar.undo.disabled, grid.toolbar.redo.disabled) == (False, True)
    grid.toolbar.undo.click()
    assert (grid.toolbar.undo.disabled, grid.toolbar.redo.disabled) == (True, False)
    grid.toolbar.redo.click()
    assert session.sound.title.endswith("seed 5")


def test_former_sounds_are_swapped_too(session):
    first = edited(session)
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(0.7, seed=5))
    assert not session.sound.former.before
    session.compare.swap(*session.sounds)
    session.sound.steps.undo()
    assert_is(session, first)
    assert not session.sounds[1].former.before


def test_only_the_first_sound_changes_the_model(session, slider_model_path):
    session.open_model(shutil.copy(slider_model_path, session.places.models / "other.sda"))
    session.add_sound()
    session.compare.swap(*session.sounds)
    other = session.sounds[1]
    before, model = snapshot(other), session.model
    other.steps.undo()
    assert "another model" in session.message
    assert snapshot(other).codes is before.codes
    assert session.model is model


@pytest.mark.parametrize(("name", "limit"), [("MAX_SOUNDS", 3), ("MAX_BYTES", 1_000_000)])
def test_former_sounds_are_limited(session, monkeypatch, name, limit):
    monkeypatch.setattr(sound_traits, name, limit)
    for seed in range(12):
        session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=seed))
    kept = session.sound.former.before
    assert 1 <= len(kept) < 12
    assert sound_traits.fits_limits(kept)
    assert [one.state["title"] for one in kept] == [f"tiny · seed {seed}" for seed in range(11)][-len(kept) :]


def test_older_former_sounds_are_decoded_when_they_come_back(session):
    heard = []
    for seed in range(sound_traits.WITH_SAMPLES + 3):
        session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=seed))
        session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
        heard.append((session.sound.clip.samples, session.sound.original.samples))
    held = [bool(one.clips) for one in session.sound.former.before]
    assert held[-sound_traits.WITH_SAMPLES :] == [True] * sound_traits.WITH_SAMPLES
    assert not any(held[: -sound_traits.WITH_SAMPLES])
    for clip, original in reversed(heard[:-1]):
        session.sound.steps.undo()  # to the sound as it was generated
        session.sound.steps.undo()  # to the sound before
        assert np.array_equal(session.sound.clip.samples, clip)
        assert np.array_equal(session.sound.original.samples, original)
    assert session.message == ""


def test_nearest_former_sound_is_always_kept(session, monkeypatch):
    monkeypatch.setattr(sound_traits, "MAX_BYTES", 10)
    sound = edited(session)
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=1))
    session.sound.steps.undo()
    assert_is(session, sound)


def test_save_after_undo(session):
    sound = edited(session)
    session.sound.create.take_recording(0)
    assert session.sound.title == corpus_map(session.model).names[0]
    session.sound.steps.undo()
    session.files.save(session.sound)
    another = Session(session.places)
    another.files.open(session.files.saved, another.sound)
    assert another.sound.codes.is_same(sound.codes)
    assert np.array_equal(another.sound.clip.samples, sound.clip.samples)
