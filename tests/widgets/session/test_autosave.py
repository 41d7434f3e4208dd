"""The state of a page comes back after a reload, a killed kernel and on another day; two pages keep their own."""

import json
import shutil
import time

import numpy as np
import pytest

import sda_lib
from sda_lib.files import write_atomically
from sda_lib.sessions.autosave import load_page
from sda_widgets.app import workbench
from sda_widgets.session import autosave as autosave_module
from sda_widgets.session.autosave import Autosave
from sda_widgets.session.session import Session


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Pages that don't wait for another one to end."""
    monkeypatch.setattr(autosave_module, "PATIENCE", 0.0)


@pytest.fixture
def pages(places, tiny_model_path):
    """Open pages on one folder; each as often as called. All of them are closed at the end."""
    places.models.mkdir(parents=True)
    shutil.copy(tiny_model_path, places.models / "tiny.sda")
    opened = []

    def open_page():
        opened.append(workbench(places, resumes=True))
        assert opened[-1].session.message == ""
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()


def is_saved(places, codes):
    path = places.autosave / "page.json"
    return path.exists() and load_page(path).sounds[0].codes.is_same(codes)


def reloaded(page, pages):
    page.close()
    return pages().session


def test_edits_steps_selection_and_place_come_back_bit_exactly(pages):
    page = pages()
    sound = page.session.sound
    sound.create.generate(sda_lib.GenerateOptions(1.0, seed=7))
    sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    sound.edits.apply("set", code=2, levels=(0, 1), frames=(3, 4))
    edited = sound.codes
    sound.edits.apply("set", code=5, levels=(1, 2), frames=(3, 4))
    sound.steps.undo()
    sound.set(cursor=(2, 4), selection=((1, 3), (2, 6)))
    sound.position = 0.4
    again = reloaded(page, pages).sound
    assert again.codes.is_same(edited)
    assert again.clip.samples.tobytes() == sound.clip.samples.tobytes()
    assert again.original.samples.tobytes() == sound.original.samples.tobytes()
    assert (again.title, again.cursor, again.selection) == (sound.title, (2, 4), ((1, 3), (2, 6)))
    assert again.position == pytest.approx(0.4)
    again.steps.redo()
    assert again.codes.indices[1, 3] == 5
    while again.history.can_undo:
        again.steps.undo()
    assert again.codes.is_same(sound.written)


def test_all_sounds_and_the_one_that_receives_come_back(pages):
    page = pages()
    session = page.session
    session.add_sound()
    session.receiver = "B"
    session.receiving.create.generate(sda_lib.GenerateOptions(0.5, seed=3))
    codes = [sound.codes for sound in session.sounds]
    again = reloaded(page, pages)
    assert [sound.name for sound in again.sounds] == ["A", "B"]
    assert all(sound.codes.is_same(one) for sound, one in zip(again.sounds, codes, strict=True))
    assert (again.receiver, again.place) == ("B", "play")


def test_four_sounds_come_back_with_their_steps(pages):
    page = pages()
    session = page.session
    for number in range(3):
        session.add_sound()
        session.sounds[-1].create.generate(sda_lib.GenerateOptions(0.5, seed=number + 3))
        session.sounds[-1].edits.apply("set", code=number, levels=(0, 1), frames=(3, 4))
    session.compare.swap(session.sounds[1], session.sounds[3])
    kept = [(sound.codes, sound.written, sound.clip.samples.tobytes()) for sound in session.sounds]
    again = reloaded(page, pages).sounds
    assert [sound.name for sound in again] == ["A", "B", "C", "D"]
    for sound, (codes, written, samples) in zip(again, kept, strict=True):
        assert sound.codes.is_same(codes)
        assert sound.clip.samples.tobytes() == samples
        while sound.history.can_undo:
            sound.steps.undo()
        assert sound.codes.is_same(written)


def test_undo_leads_to_the_sounds_before_after_a_reload_too(pages):
    page = pages()
    sound = page.session.sound
    made = [sound.codes]
    for seed in (3, 4):
        sound.create.generate(sda_lib.GenerateOptions(0.5, seed=seed))
        sound.edits.apply("set", code=2, levels=(0, 1), frames=(3, 4))
        made.append(sound.codes)
    clip = sound.clip
    sound.create.generate(sda_lib.GenerateOptions(0.5, seed=5))
    again = reloaded(page, pages).sound
    again.steps.undo()
    assert again.codes.is_same(made[2])
    assert again.clip.samples.tobytes() == clip.samples.tobytes()
    for _ in range(2):
        again.steps.undo()
    assert again.codes.is_same(made[1])
    for _ in range(2):
        again.steps.undo()
    assert again.codes.is_same(made[0])
    for _ in range(5):
        again.steps.redo()
    assert again.codes.is_same(sound.codes)


def test_the_model_that_was_open_is_opened_and_not_the_newest(pages, places, tiny_model_path):
    page = pages()
    shutil.copy(tiny_model_path, places.models / "other.sda")
    page.session.open_model(places.models / "other.sda")
    shutil.copy(tiny_model_path, places.models / "third.sda")
    assert reloaded(page, pages).model_path.name == "other.sda"


def test_the_recordings_that_were_chosen_come_back(pages):
    page = pages()
    name = page.session.recordings.offered[1]
    page.session.recordings.choose([name])
    session = reloaded(page, pages)
    assert session.recordings.names == (name,)
    assert session.recordings.chosen.sum() == 1


def test_the_state_is_written_soon_after_an_act_without_being_closed(pages, places):
    page = pages()
    page.session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    end = time.monotonic() + 20
    while not is_saved(places, page.session.sound.codes):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_pages_keep_their_own_sounds(pages):
    one = pages()
    one.session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    one.autosave.save()
    other = pages()
    assert other.session.sound.codes.is_same(one.session.sound.codes)  # begins as a copy
    for page, seed in ((one, 1), (other, 2)):
        page.session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=seed))
    wanted = {page.session.sound.title: page.session.sound.codes for page in (one, other)}
    assert len(wanted) == 2
    for page in (one, other):
        page.close()
    found = [pages().session.sound for _ in range(2)]
    assert {sound.title for sound in found} == set(wanted)
    assert all(sound.codes.is_same(wanted[sound.title]) for sound in found)


@pytest.mark.parametrize("damage", ["cut", "no json", "wrong codes", "outside", "two of one name", "newer"])
def test_a_broken_file_is_said_and_set_aside(pages, places, damage):
    page = pages()
    page.close()
    path = places.autosave / "page.json"
    text = path.read_text()
    plain = json.loads(text)
    if damage == "wrong codes":
        plain["sounds"][0]["codes"]["indices"][0][0] = 10**6
    elif damage == "outside":
        plain["model"] = "/etc/passwd"
    elif damage == "two of one name":
        plain["sounds"] *= 2
    elif damage == "newer":
        plain["format"] = 99
    path.write_text({"cut": text[:-40], "no json": "<b>"}.get(damage, json.dumps(plain)))
    session = workbench(places, resumes=True)
    said = session.session.message
    assert said.startswith("The last page could not be brought back. ")
    assert said.count("\n") == 0
    assert session.session.sound.clip is not None  # the newest model is open
    assert len(list(places.trash.glob("page*.json"))) == 1
    session.close()
    assert pages().session.message == ""


def test_selection_outside_the_grid_and_changed_steps_are_left_out(pages, places):
    page = pages()
    page.session.sound.edits.apply("set", code=2, levels=(0, 1), frames=(3, 4))
    codes = page.session.sound.codes
    page.close()
    path = places.autosave / "page.json"
    plain = json.loads(path.read_text())
    plain["sounds"][0]["selection"] = [[0, 1], [0, 10**6]]
    indices = plain["sounds"][0]["session"]["source"]["indices"]
    indices[5][10] = (indices[5][10] + 1) % 2  # the steps now give other codes than were played
    path.write_text(json.dumps(plain))
    sound = pages().session.sound
    assert sound.codes.is_same(codes)
    assert (sound.selection, sound.steps.can_undo) == (None, False)


def test_a_full_disk_is_said_once_and_acts_go_on(pages, monkeypatch):
    page = pages()

    def full(*_):
        raise sda_lib.SdaError("No space left.")

    monkeypatch.setattr("sda_lib.sessions.autosave.write_atomically", full)
    page.session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=2))
    page.autosave.save()
    page.session.tick()
    assert page.session.message == "This page is not kept for a reload: No space left."
    page.session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=3))
    page.autosave.save()
    page.session.tick()
    assert page.session.message == ""
    monkeypatch.setattr("sda_lib.sessions.autosave.write_atomically", write_atomically)
    page.session.sound.steps.undo()
    page.autosave.save()
    codes = page.session.sound.codes
    assert reloaded(page, pages).sound.codes.is_same(codes)


def test_sliders_and_quantizing_come_back(slider_session):
    session = slider_session
    keeper = Autosave(session)
    keeper.watch()
    session.set_quantized(False)
    session.sound.sliders.move({"brightness": 1.5})
    keeper.close()
    again = Session(session.places)
    other = Autosave(again)
    assert other.resume()
    other.close()
    assert not again.quantized
    assert again.sound.settings.steps == {"brightness": 1.5}
    assert np.array_equal(again.sound.clip.samples, session.sound.clip.samples)


def test_models_without_codes_keep_their_model_alone(session, continuous_path, places):
    shutil.copy(continuous_path, places.models / "continuous.sda")
    keeper = Autosave(session)
    keeper.watch()
    session.open_model(places.models / "continuous.sda")
    keeper.close()
    page = workbench(places, resumes=True)
    assert page.session.model_path.name == "continuous.sda"
    assert page.session.sound.clip is not None
    page.close()
