"""What a first page says and offers at each stage, and that it is remembered once it was put away."""

import json

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.runs import manage
from sda_lib.writers.options import GenerateOptions
from sda_widgets.frame.first_steps import FirstSteps
from sda_widgets.session.session import CODES, LEARN, PLAY, Session


@pytest.fixture
def empty(places, monkeypatch):
    """A session of a page without models, which makes no real starter."""
    session = Session(places)
    session.place = LEARN
    monkeypatch.setattr(type(session.starter), "start", lambda self: self.set(is_running=True))
    return session


def names(first):
    return [step.name for step in first.steps]


def test_a_first_page_makes_the_starter_and_shows_play(empty):
    first = FirstSteps(empty)
    first.begin()
    assert (first.is_shown, first.stage, empty.place) == (True, "making", PLAY)
    assert "new sounds out of sounds" in first.sentence
    assert json.loads(empty.places.first_steps.read_text()) == {"shown": True}


def test_what_was_put_away_does_not_come_again(empty):
    first = FirstSteps(empty)
    first.begin()
    first.hide()
    again = FirstSteps(Session(empty.places))
    again.begin()
    assert not again.is_shown
    assert not again.session.starter.is_running
    again.show()  # as `?` does
    assert again.is_shown


def test_a_page_with_models_begins_without_them(session):
    session.library.refresh()
    first = FirstSteps(session)
    first.begin()
    assert not first.is_shown
    assert not session.places.first_steps.exists()


@pytest.mark.parametrize("text", ["", "[1", "[]", '"shown"'])
def test_a_damaged_file_counts_as_none(empty, text):
    empty.places.first_steps.parent.mkdir(parents=True, exist_ok=True)
    empty.places.first_steps.write_text(text)
    first = FirstSteps(empty)
    first.begin()
    assert first.is_shown


def test_learn_leads_to_sounds_of_ones_own(empty, tiny_corpus, tmp_path, monkeypatch):
    first = FirstSteps(empty)
    assert (first.stage, names(first)) == ("bring", ["demo"])
    empty.scan.set(paths=(str(tmp_path),), chosen=Corpus.from_folder(tiny_corpus))
    assert names(first) == ["train"]
    assert f"{len(empty.scan.chosen)} sounds are chosen" in first.sentence


def test_the_starter_has_three_things_to_try_and_then_ones_own_sounds(session):
    session.place = PLAY
    session.model_path = session.starter.path
    first = FirstSteps(session)
    assert (first.stage, names(first)) == ("starter", ["play", "another", "move", "own"])
    first.steps[-1].run(session)
    assert session.place == LEARN


def test_a_training_can_be_played_before_and_after_it_ends(session, tiny_corpus):
    session.place = PLAY
    first = FirstSteps(session)
    job = manage.Job("birds", (tiny_corpus,), session.places.models / "birds.sda", Recipe())
    with manage.create_run(session.places.runs, job) as (run, _):
        session.training.set(run=run, state="running")
        assert (first.stage, names(first)) == ("training", ["play", "another"])
        run.model_path.touch()
        session.training.events = (Event("saved"),)
        assert names(first) == ["first"]
        session.training.state = "finished"
        assert (first.stage, first.sentence, names(first)) == ("ready", "“birds” is ready.", ["open"])


def test_what_was_tried_is_marked(session):
    session.place = PLAY
    first = FirstSteps(session)
    assert (first.stage, first.done) == ("own", ())
    session.sound.position = 0.2
    session.go_to(CODES)
    assert first.done == ("play", "codes")
    session.sound.create.generate(GenerateOptions(seconds=0.5, seed=1))
    assert "another" in first.done
