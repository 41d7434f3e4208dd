"""Two pages on one library and one run: what one of them does, the other shows, and neither undoes it."""

import json
import os

import pytest

from sda_lib.events import Event
from sda_lib.runs import manage
from sda_widgets.session.midi_map import load
from sda_widgets.session.session import Session


@pytest.fixture
def pages(places):
    """Two sessions on the same folders."""
    return Session(places), Session(places)


@pytest.fixture
def dead_run(places, tiny_recipe):
    job = manage.Job("dead", (places.demo,), places.models / "dead.sda", tiny_recipe)
    with manage.create_run(places.runs, job) as (run, _):
        run.append(Event("metrics", 0, 0, {"held_out": 2.0, "held_out_start": 2.0}))
    return run


def test_of_two_pages_that_resume_one_run_one_does(pages, dead_run, launched):
    for page in pages:
        page.training.attach()
        assert (page.training.run, page.training.state) == (dead_run, "died")
    for page in pages:
        page.training.resume()
    assert len(launched) == 1
    assert pages[0].message == ""
    assert "being trained already" in pages[1].message
    for page in pages:
        page.tick()
        assert (page.training.run, page.training.state) == (dead_run, "running")


def test_of_two_pages_that_train_one_name_one_does(pages, places, launched):
    for page in pages:
        page.training.start(places.demo, 0, "same")
    assert len(launched) == 1
    assert [page.message == "" for page in pages] == [True, False]
    assert "same.sda is being trained already" in pages[1].message


def test_a_run_that_one_page_stops_is_stopped_on_both_and_after_a_reload(pages, places, dead_run, launched):
    one, other = pages
    for page in pages:
        page.training.attach()
    one.training.resume()
    for page in pages:
        page.training.stop()
    assert (dead_run.folder / "STOP").exists()
    assert [page.message for page in pages] == ["", ""]
    manage.write_atomically(dead_run.folder / "state", b"stopped")
    os.close(launched.pop()[1])
    for page in pages:
        page.tick()
        assert page.training.state == "stopped"
    reloaded = Session(places)
    reloaded.training.attach()
    assert (reloaded.training.run, reloaded.training.state) == (dead_run, "stopped")
    manage.delete(dead_run)
    other.training.resume()
    assert other.message.endswith(".")
    assert len(launched) == 0


def test_sounds_that_two_pages_save_under_one_title_are_two_files(places, session):
    paths = [session.files.save(session.sound), session.exports.write(session.sound)]
    again = [session.files.save(session.sound), session.exports.write(session.sound)]
    assert len({*paths, *again}) == 4
    assert [path.stem for path in again] == [f"{path.stem}_2" for path in paths]


def test_controllers_that_two_pages_assign_are_both_kept(pages, places):
    one, other = pages
    one.midi.assign("warmth", "1:7")
    other.midi.assign("attack", "1:8")
    one.midi.assign("loudness", "1:9")
    assert load(places.midi_map) == {"warmth": "1:7", "attack": "1:8", "loudness": "1:9"}
    assert json.loads(places.midi_map.read_text()) == one.midi.knobs
