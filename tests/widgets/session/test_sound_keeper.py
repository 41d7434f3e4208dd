"""Every sound of a page is kept in the history, and can be made again bit for bit."""

import dataclasses
import shutil
import time

import numpy as np
import pytest

import sda_lib
from sda_lib.history.recipe import render
from sda_lib.history.store import HistoryStore
from sda_widgets.app import workbench
from sda_widgets.session import sound_keeper as module
from sda_widgets.session.closer_codes import STEP


@pytest.fixture(params=["tiny", "slider"])
def page(request, places, monkeypatch):
    """An open page whose sounds are kept, with a model with and without sliders."""
    monkeypatch.setattr(module, "HELD", 0.3)
    monkeypatch.setattr(module, "REST", 0.0)
    places.models.mkdir(parents=True, exist_ok=True)
    path = request.getfixturevalue(f"{request.param}_model_path")
    shutil.copy(path, places.models / "model.sda")
    page = workbench(places, resumes=True)
    assert page.session.message == ""
    yield page
    page.close()


def entries(page, count):
    """The sounds of the history, oldest first, once there are `count`."""
    store, end = HistoryStore(page.session.places.history), time.monotonic() + 20
    while len(found := store.search().entries) < count and time.monotonic() < end:
        time.sleep(0.05)
    assert len(found) == count
    return sorted(found, key=lambda entry: entry.number)


@pytest.mark.parametrize("page", ["tiny"], indirect=True)
def test_generated_opened_and_edited_sounds_are_made_again_bit_for_bit(page, tiny_corpus):
    session = page.session
    sound, store = session.sound, HistoryStore(session.places.history)
    heard = [sound.clip.samples]
    sound.create.generate(sda_lib.GenerateOptions(1.0, seed=7))
    heard.append(sound.clip.samples)
    sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    heard.append(sound.clip.samples)
    sound.create.load_file(tiny_corpus / "rain.wav")
    heard.append(sound.clip.samples)
    page.keeper.close()
    made = entries(page, 4)
    assert [one.kind for one in made] == ["generated", "generated", "edited", "opened"]
    assert [one.seed for one in made][1:] == [7, 7, None]
    assert [one.parent for one in made] == [None, None, made[1].number, None]
    assert made[3].name == "rain"
    for entry, samples in zip(made, heard, strict=True):
        assert np.array_equal(render(session.model, store.recipe(entry.number)).samples, samples)
        assert entry.stored


@pytest.mark.parametrize("page", ["tiny"], indirect=True)
def test_what_was_heard_before_is_kept_once(page):
    sound = page.session.sound
    sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    entries(page, 2)
    sound.steps.undo()
    sound.steps.redo()
    sound.edits.freeze()
    sound.edits.apply("reverse", levels=(0, 1), frames=(20, 29))
    assert entries(page, 2)[1].kind == "edited"


@pytest.mark.parametrize("page", ["tiny"], indirect=True)
def test_the_first_edit_after_a_reload_follows_the_sound_before_it(page):
    page.session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=7))
    before = entries(page, 2)
    page.close()
    again = workbench(page.session.places, resumes=True)
    try:
        again.session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
        assert entries(again, 3)[2].parent == before[1].number
    finally:
        again.close()


@pytest.mark.slow
@pytest.mark.parametrize("page", ["slider"], indirect=True)
def test_a_slider_pose_counts_once_it_is_held(page):
    sound = page.session.sound
    for step in (-0.5, -1.0, -1.5):
        sound.sliders.move({"loudness": step}, done=False)
    sound.sliders.move({"loudness": -2.0})
    made = entries(page, 2)
    assert [one.kind for one in made] == ["generated", "moved"]
    assert made[1].parent == made[0].number
    again = render(page.session.model, HistoryStore(page.session.places.history).recipe(made[1].number))
    assert np.array_equal(again.samples, sound.clip.samples)


@pytest.mark.parametrize("page", ["tiny"], indirect=True)
def test_a_history_that_can_not_be_written_is_said_once_and_stops_nothing(page):
    entries(page, 1)
    end = time.monotonic() + 20
    while page.session.made.waits() and time.monotonic() < end:  # its samples are still being written
        time.sleep(0.01)
    shutil.rmtree(page.session.places.history)
    page.session.places.history.write_bytes(b"no folder")
    for seed in (1, 2):
        page.session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=seed))
    page.keeper.close()
    page.session.tick()
    assert page.session.message.startswith("The history does not keep this sound: ")


@pytest.mark.parametrize("page", ["tiny"], indirect=True)
def test_closer_codes_are_an_edit_of_the_opened_sound(page, tiny_corpus, finished):
    session, sound = page.session, page.session.sound
    clip = sda_lib.read_clip(tiny_corpus / "pluck.wav")
    sound.create.load_clip(dataclasses.replace(clip, samples=clip.samples[:, ::-1], name="turned"))
    finished(sound.closer.work)
    session.tick()
    page.keeper.close()
    opened, closer = entries(page, 3)[1:]
    assert (opened.kind, opened.name) == ("opened", "turned")
    assert (closer.kind, closer.description, closer.parent) == ("edited", STEP, opened.number)
    store = HistoryStore(session.places.history)
    for entry, clip in ((opened, sound.original), (closer, sound.clip)):
        assert np.array_equal(render(session.model, store.recipe(entry.number)).samples, clip.samples)
