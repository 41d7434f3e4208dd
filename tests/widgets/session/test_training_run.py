"""Training runs that a page starts, finds and resumes."""

import dataclasses
import os
import shutil

import pytest

from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.runs import manage
from sda_widgets.app import workbench
from sda_widgets.session.session import Session
from sda_widgets.sliders.sliders_view import SlidersView
from sda_widgets.training.folder_choice import FolderChoice
from sda_widgets.training.training_view import TrainingView


def test_model_name_must_be_a_file_name(session):
    session.training.start(session.places.demo, 0, "///")
    assert "The name '///' needs at least one letter or digit" in session.message
    assert session.training.run is None
    assert session.library.new_path("../../my sounds").parent == session.places.models


def test_training_never_overwrites_a_model(session):
    before = session.model_path.read_bytes()
    session.training.start(session.places.demo, 0, session.model_path.stem)
    assert "already" in session.message
    assert session.training.run is None
    assert session.model_path.read_bytes() == before


@pytest.fixture
def dead_run(places, tiny_recipe, tmp_path):
    """A run whose process ended without a word, after two measurements of which one was made twice."""
    with manage.create_run(
        places.runs, manage.Job("dead <b>", (places.demo,), places.models / "dead.sda", tiny_recipe)
    ) as (
        run,
        _,
    ):
        for event in (
            Event("metrics", 0, 0, {"held_out": 2.0, "held_out_start": 2.0}),
            Event("metrics", 5, 9, {"held_out": 1.5}),
            Event("progress", 5, 9, {"loss": 1.0}),
            Event("progress", 3, 9, message="resuming from the last checkpoint"),
            Event("metrics", 5, 9, {"held_out": 1.5}),
        ):
            run.append(event)
    return run


def test_page_shows_and_resumes_a_crashed_run(places, dead_run, monkeypatch):
    session = Session(places)
    window = TrainingView(session)
    session.training.attach()
    assert (session.training.run, session.training.state) == (dead_run, "died")
    assert window.progress.resume.layout.display is None
    assert window.progress.halt.layout.display == "none"
    assert "died" in window.progress.headline.value
    assert "&lt;b&gt;" in window.progress.headline.value
    assert "resume it" in window.progress.figures.value
    assert window.progress.curves.held_out.lines.x.tolist() == [0, 5]
    held = []
    monkeypatch.setattr(manage, "_launch", lambda run, lock: held.append((run, os.dup(lock))))
    window.progress.resume.click()
    assert session.message == ""
    assert session.training.state == "running"
    assert window.progress.resume.layout.display == "none"
    assert window.progress.curves.held_out.lines.x.tolist() == [0, 5]
    session.training.resume()
    assert "being trained already" in session.message
    manage.write_atomically(dead_run.folder / "queued", b"")
    session.tick()
    assert session.training.state == "queued"
    assert "waits" in window.progress.figures.value
    os.close(held[0][1])
    session.tick()
    assert session.training.state == "died"


def test_page_prefers_a_running_run(places, dead_run, tiny_recipe):
    with manage.create_run(places.runs, manage.Job("new", (places.demo,), places.models / "new.sda", tiny_recipe)) as (
        run,
        _,
    ):
        with manage.create_run(
            places.runs, manage.Job("newer", (places.demo,), places.models / "newer.sda", tiny_recipe)
        ) as (
            newer,
            _,
        ):
            manage.write_atomically(newer.folder / "state", b"failed")
            newer.append(Event("failed", message="No sound in it."))
            session = Session(places)
            session.training.attach()
            assert (session.training.run, session.training.state) == (run, "running")
        manage.write_atomically(run.folder / "state", b"finished")
        session.training.attach()
        assert (session.training.run, session.training.state, session.training.run.message) == (
            newer,
            "failed",
            "No sound in it.",
        )
    manage.delete(newer)
    session = Session(places)
    session.training.attach()
    assert session.training.run is None


def test_a_page_that_opens_returns_to_an_unfinished_training_with_its_folder(places, tiny_recipe):
    birds = shutil.copytree(places.demo, places.folder / "birds")
    job = manage.Job("birds", (birds,), places.models / "birds.sda", tiny_recipe)
    with manage.create_run(places.runs, job):
        pass
    page = workbench(places)
    try:
        session = page.session
        assert session.training.folder == birds
        assert session.scan.paths == (str(birds),)
        session.go_to("learn")
        (form,) = [one for one in inside(page) if isinstance(one, FolderChoice)]
        assert form.folder.value == str(birds)
    finally:
        page.close()


def test_without_a_training_the_examples_are_scanned(places):
    page = workbench(places)
    try:
        assert page.session.training.folder is None
        assert page.session.scan.paths == (str(places.demo),)
    finally:
        page.close()


def inside(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from inside(child)


def test_the_time_left_runs_on_between_two_events(places, tiny_corpus, tiny_recipe, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("sda_widgets.session.training_run.time.monotonic", lambda: now[0])
    monkeypatch.setattr("sda_lib.runs.run.Run.state", "running")
    job = manage.Job("birds", (tiny_corpus,), places.models / "birds.sda", tiny_recipe)
    session = Session(places)
    with manage.create_run(places.runs, job) as (run, _):
        run.append(Event("progress", values={"seconds_left": 60.0}))
        session.training.watch(run)
        assert session.training.left == pytest.approx(60, abs=1)
        now[0] += 20
        run.append(Event("levels"))  # tells none
        session.training.poll()
        assert session.training.left == pytest.approx(40, abs=1)
        now[0] += 100
        session.training.poll()
        assert session.training.left == 1.0  # overdue, but not over
        monkeypatch.setattr("sda_lib.runs.run.Run.state", "finished")
        session.training.poll()
        assert session.training.left is None


def test_sliders_that_the_run_makes_itself_are_not_offered(session, tiny_corpus):
    view = SlidersView(session)
    session.model = dataclasses.replace(session.model, sliders=None)
    assert view.make.layout.display is None
    job = manage.Job("tiny", (tiny_corpus,), session.model_path, Recipe())
    with manage.create_run(session.places.runs, job) as (run, _):
        session.training.set(run=run, state="running")
        assert view.make.layout.display == "none"
        assert "at its end" in view.reason.value
        session.training.state = "stopped"
        assert view.make.layout.display is None
