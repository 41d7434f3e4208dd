"""Slider responses, computed at once or in the background."""

import threading

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.sliders import settings as shape_module
from sda_widgets.app import Page
from sda_widgets.sliders.sliders_view import SlidersView

pytestmark = pytest.mark.slow
PATIENCE = 30.0


@pytest.fixture
def window(slider_session):
    """The sliders of a session that knows how its sound follows them."""
    window = SlidersView(slider_session)
    slider_session.sound.response_work.compute_all()
    yield window
    window.session.close()


@pytest.fixture
def asked(monkeypatch):
    """Courses are held back until `free` is set; the names of those that were begun, with their sounds."""
    real, begun, free = shape_module.response_of, [], threading.Event()

    def held(model, base, clip, name, quantized=True, pause=shape_module.no_pause):
        begun.append((name, base))
        assert free.wait(PATIENCE)
        return real(model, base, clip, name, quantized, pause)

    monkeypatch.setattr(shape_module, "response_of", held)
    held.begun, held.free = begun, free
    yield held
    free.set()


def names(session):
    return {card.name for card in session.sound.sliders.cards}


def values(responses):
    return {name: response.values for name, response in responses.items()}


def test_a_new_sound_is_there_before_its_zones(window, asked):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    assert session.message == ""
    assert session.sound.responses == {}
    assert {slider["zones"][0][2] for slider in window.panel.sliders} == {"unknown"}
    assert window.heartbeat.beating
    session.sound.edits.apply("reverse", levels=(0, 2), frames=(0, 10))  # nothing waits for them
    session.sound.steps.undo()
    asked.free.set()


def test_the_zones_come_with_the_page_s_heartbeats_and_are_those_of_the_sound(window, asked):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    asked.free.set()
    session.sound.response_work.idle._join()
    assert session.sound.responses == {}  # a thread tells the page nothing
    window.heartbeat._handle_custom_msg({"kind": "beat"}, [])
    assert set(session.sound.responses) == names(session)
    assert not window.heartbeat.beating
    found = values(session.sound.responses)
    session.sound.responses = {}
    session.sound.response_work.compute_all()
    assert values(session.sound.responses) == found
    assert "safe" in {zone[2] for slider in window.panel.sliders for zone in slider["zones"]}


def test_the_next_sound_cancels_the_zones_of_the_one_before(window, asked):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    first = session.sound.settings.base
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=4))
    asked.free.set()
    session.sound.response_work.idle.finish()
    of_the_first = [name for name, base in asked.begun if base is first]
    assert len(of_the_first) <= 1  # at most the one that was under way
    assert {name for name, base in asked.begun if base is session.sound.settings.base} == names(session)
    for name in ("brightness", "loudness"):
        own = shape_module.response_of(session.model, session.sound.settings.base, session.sound.original, name)
        assert session.sound.responses[name].values == own.values


def test_a_slider_that_is_moved_is_worked_out_next_and_the_others_still_come(window, asked):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    last = session.sound.sliders.cards[-1].name
    session.sound.sliders.move({last: 0.5}, done=False)
    session.sound.sliders.move({last: 0.7}, done=True)
    asked.free.set()
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)
    begun = [name for name, _base in asked.begun]
    assert begun.index(last) <= 1
    assert session.sound.settings.steps == {last: 0.7}


def test_a_slider_of_an_edited_sound_is_worked_out_when_it_is_touched(window):
    session = window.session
    session.sound.edits.apply("reverse", levels=(0, session.sound.codes.levels), frames=(0, 20))
    assert session.sound.responses == {}
    assert not session.sound.response_work.idle.is_working
    base = session.sound.codes
    session.sound.sliders.move({"loudness": -1.0})
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == {"loudness"}
    clip = session.model.decode(base, session.sound.source_amount)
    own = shape_module.response_of(session.model, base, clip, "loudness")
    assert session.sound.responses["loudness"].values == own.values


def test_an_edit_drops_what_is_no_longer_of_the_sound(window, asked):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.sound.edits.apply("reverse", levels=(0, 2), frames=(0, 10))
    asked.free.set()
    session.sound.response_work.idle.finish()
    assert session.sound.responses == {}
    assert len(asked.begun) <= 1


def test_zones_are_worked_out_again_where_moved_sounds_are_decoded_as_they_come(window):
    session = window.session
    as_codes = values(session.sound.responses)
    session.set_quantized(False)
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == set(as_codes)
    assert values(session.sound.responses) != as_codes


def test_zones_that_are_waited_for_when_that_changes_come_as_they_are_then(window, asked):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.set_quantized(False)
    asked.free.set()
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)
    own = shape_module.response_of(
        session.model, session.sound.settings.base, session.sound.original, "loudness", False
    )
    assert session.sound.responses["loudness"].values == own.values


def test_random_waits_for_what_it_needs(window):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.sound.sliders.randomize(4)
    assert session.message == ""
    axes = {card.name for card in session.sound.sliders.cards if card.is_axis}
    assert set(session.sound.responses) >= names(session) - axes
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)


def test_a_sound_that_comes_back_has_its_zones_and_the_missing_ones_are_worked_out(window, asked):
    session = window.session
    known = values(session.sound.responses)
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    second = session.sound.codes
    session.sound.steps.undo()
    assert values(session.sound.responses) == known
    session.sound.steps.redo()
    assert session.sound.codes is second
    asked.free.set()
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)


def test_a_course_that_fails_is_said_once_and_the_others_come(window, monkeypatch):
    real = shape_module.response_of

    def fails(model, base, clip, name, *more):
        if name == "loudness":
            raise SdaError("Loudness is not there.")
        return real(model, base, clip, name, *more)

    monkeypatch.setattr(shape_module, "response_of", fails)
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.sound.response_work.idle.finish()
    assert session.message == "Loudness is not there."
    assert set(session.sound.responses) == names(session) - {"loudness"}
    monkeypatch.undo()
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=4))
    session.sound.response_work.idle.finish()
    assert session.message == ""
    assert set(session.sound.responses) == names(session)


def test_a_page_that_is_closed_ends_the_work(slider_session, asked):
    page = Page(slider_session, [SlidersView(slider_session)])
    slider_session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    thread = slider_session.sound.response_work.idle._thread
    assert thread.is_alive()
    asked.free.set()
    page.close()
    assert not thread.is_alive()
    assert slider_session.sound.responses == {}
    assert not slider_session.sound.response_work.idle.is_working


def test_zones_do_not_depend_on_where_they_are_worked_out(window):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(2.0, seed=7))
    session.sound.response_work.idle.finish()
    beside = values(session.sound.responses)
    session.sound.responses = {}
    session.sound.response_work.compute_all()
    for name, response in session.sound.responses.items():
        assert np.array_equal(response.values, beside[name]), name
