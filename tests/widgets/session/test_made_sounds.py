"""The history on the page: its list, and acts on its sounds."""

import shutil
import time

import numpy as np
import pytest

import sda_lib
from sda_lib.history.search import Search
from sda_widgets.app import workbench
from sda_widgets.session import made_sounds, sound_keeper
from sda_widgets.session.made_sounds import ROWS


@pytest.fixture
def page(places, tiny_model_path, monkeypatch):
    """An open page whose sounds are kept."""
    monkeypatch.setattr(sound_keeper, "REST", 0.0)
    places.models.mkdir(parents=True, exist_ok=True)
    shutil.copy(tiny_model_path, places.models / "model.sda")
    page = workbench(places, resumes=True)
    assert page.session.message == ""
    yield page
    page.close()


@pytest.fixture
def made(page):
    return page.session.made


def recorded(page):
    """Wait until all sounds are recorded, as the page does, and return the list."""
    made, end = page.session.made, time.monotonic() + 20
    made.expect()
    while made.is_expecting and time.monotonic() < end:
        made.poll()
        time.sleep(0.05)
    assert not made.is_expecting
    return made.entries


def generate(page, *seeds):
    for seed in seeds:
        page.session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=seed))
    return recorded(page)


def test_recorded_sounds_are_listed_newest_first_with_pictures(page, made):
    entries = generate(page, 5, 6)
    assert [one.seed for one in entries] == [6, 5, entries[2].seed]
    assert set(made.thumbnails) == {one.number for one in entries}
    assert (made.total, made.pages, made.stored > 0) == (3, 1, True)
    made.search(Search("seed 5"))
    assert [one.seed for one in made.entries] == [5]


def test_a_long_list_has_pages(page, made):
    number = generate(page, 5)[0].number
    recipe = made.store.recipe(number)
    for _ in range(2 * ROWS):
        made.store.record(sda_lib.history.entry.MadeSound("generated", recipe))
    made.refresh()
    first = made.entries
    assert (len(first), made.pages) == (ROWS, 3)
    made.turn(2)
    assert len(made.entries) == 2
    made.turn(9)
    assert made.number == 2
    made.delete([one.number for one in made.entries])
    assert (made.number, len(made.entries)) == (1, ROWS)


def test_a_restored_sound_is_as_it_was_and_undo_leads_back(page, made):
    sound = page.session.sound
    sound.create.generate(sda_lib.GenerateOptions(0.5, seed=5))
    sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    heard, codes = sound.clip.samples, sound.codes
    number = recorded(page)[0].number
    generate(page, 8)
    other = sound.clip.samples
    made.restore(number, sound)
    assert page.session.message == ""
    assert np.array_equal(sound.clip.samples, heard)
    assert sound.codes.is_same(codes)
    assert sound.history.steps[0].action.seed == 5
    count = len(recorded(page))
    sound.steps.undo()
    assert np.array_equal(sound.clip.samples, other)
    sound.steps.redo()
    assert np.array_equal(sound.clip.samples, heard)
    assert len(recorded(page)) == count  # it is the sound that is recorded already
    sound.edits.apply("reverse", levels=(0, 12), frames=(2, 6))
    assert page.session.message == ""
    assert recorded(page)[0].parent == number


def test_a_sound_of_another_model_opens_it(page, made, slider_model_path, places):
    number, name = generate(page, 5)[0].number, page.session.model.name
    heard = page.session.sound.clip.samples
    shutil.copy(slider_model_path, places.models / "other.sda")
    page.session.open_model(places.models / "other.sda")
    assert page.session.model.name != name
    made.restore(number, page.session.sound)
    assert page.session.message == ""
    assert page.session.model.name == name
    assert np.array_equal(page.session.sound.clip.samples, heard)
    page.session.open_model(places.models / "other.sda")
    page.session.add_sound()
    made.restore(number, page.session.sounds[1])
    assert "restore it as A" in page.session.message
    (places.models / "model.sda").unlink()
    made.restore(number, page.session.sound)
    assert "put it back" in page.session.message


def test_more_like_one_have_its_options_and_another_seed(page, made):
    page.session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=5, novelty=0.9))
    number = recorded(page)[0].number
    generate(page, 8)
    made.make_more(number, page.session.sound)
    options = page.session.sound.history.steps[0].action
    assert (options.seconds, options.novelty) == (0.5, 0.9)
    assert options.seed != 5
    page.session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=5))
    page.session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    codes, number = page.session.sound.codes, recorded(page)[0].number
    made.make_more(number, page.session.sound)
    assert page.session.message == ""
    assert np.array_equal(page.session.sound.codes.indices[0], codes.indices[0])
    assert not page.session.sound.codes.is_same(codes)


def test_stars_names_notes_and_limits(page, made):
    number = generate(page, 5)[0].number
    made.star(number)
    made.rename(number, "Tin roof")
    made.annotate(number, "wet")
    one = made.entries[0]
    assert (one.starred, one.name, one.note) == (True, "Tin roof", "wet")
    made.star(number)
    assert not made.entries[0].starred
    made.limit_to("5GB")
    assert made.limit == 5_000_000_000
    made.limit_to("much")
    assert "is no size" in page.session.message
    made.star(999)
    assert "no sound 999" in page.session.message


def test_sounds_are_played_collected_exported_and_deleted(page, made, places, monkeypatch):
    monkeypatch.setattr(made_sounds, "REPORTED", 0.0)
    numbers = [one.number for one in generate(page, 5, 6)][:2]
    made.play(numbers[0])
    assert page.session.preview.length == made.store.entry(numbers[0]).seconds * page.session.model.sample_rate
    made.collect(numbers)
    assert made.collected == places.sounds / "history"
    assert len(list(made.collected.iterdir())) == 2
    made.export(numbers, sda_lib.Finish(), ".flac")
    made.thread.join()
    page.session.tick()
    assert [path.suffix for path in made.exported] == [".flac"] * 2
    assert "2 sounds written" in made.notice
    made.choose(numbers)
    made.delete(made.chosen)
    assert made.chosen == ()
    assert not {one.number for one in made.entries} & set(numbers)
    made.play(numbers[0])
    assert "no sound" in page.session.message
