"""Slider responses, computed at once or in the background."""

import threading

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.sliders import settings as shape_module
from sda_widgets.app import Page
from sda_widgets.session import response_work
from sda_widgets.sliders.sliders_view import SlidersView

pytestmark = pytest.mark.slow
PATIENCE = 30.0


@pytest.fixture
def window(slider_session):
    """The sliders of a session that knows how its sound follows them."""
    window = SlidersView(slider_session)
    slider_session.sound.response_work.compute([card.name for card in slider_session.sound.sliders.cards])
    yield window
    window.session.close()


@pytest.fixture
def held(monkeypatch):
    """Responses are held back until `free` is set; the names of those that were begun, with their sounds."""
    real, begun, free = shape_module.response_of, [], threading.Event()

    def held(model, base, clip, name, quantized=True, pause=shape_module.no_pause):
        begun.append((name, base))
        assert free.wait(PATIENCE)
        return real(model, base, clip, name, quantized, pause)

    monkeypatch.setattr(response_work, "response_of", held)
    held.begun, held.free = begun, free
    yield held
    free.set()


def names(session):
    return {card.name for card in session.sound.sliders.cards}


def values(responses):
    return {name: response.values for name, response in responses.items()}


def test_new_sound_appears_before_its_zones(window, held):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    assert session.message == ""
    assert session.sound.responses == {}
    assert {slider["zones"][0][2] for slider in window.panel.sliders} == {"unknown"}
    assert window.heartbeat.beating
    session.sound.edits.apply("reverse", levels=(0, 2), frames=(0, 10))  # no action waits for them
    session.sound.steps.undo()
    held.free.set()


def test_heartbeat_delivers_the_zones(window, held):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    held.free.set()
    session.sound.response_work.idle._join()
    assert session.sound.responses == {}  # a thread does not change the page
    window.heartbeat._handle_custom_msg({"kind": "beat"}, [])
    assert set(session.sound.responses) == names(session)
    assert not window.heartbeat.beating
    found = values(session.sound.responses)
    session.sound.responses = {}
    session.sound.response_work.compute([card.name for card in session.sound.sliders.cards])
    assert values(session.sound.responses) == found
    assert "safe" in {zone[2] for slider in window.panel.sliders for zone in slider["zones"]}


def test_next_sound_cancels_work_for_the_last(window, held):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    first = session.sound.settings.base
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=4))
    held.free.set()
    session.sound.response_work.idle.finish()
    of_the_first = [name for name, base in held.begun if base is first]
    assert len(of_the_first) <= 1  # at most the one that was under way
    assert {name for name, base in held.begun if base is session.sound.settings.base} == names(session)
    for name in ("brightness", "loudness"):
        own = shape_module.response_of(session.model, session.sound.settings.base, session.sound.original, name)
        assert session.sound.responses[name].values == own.values


def test_moved_slider_is_computed_first(window, held):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    last = session.sound.sliders.cards[-1].name
    session.sound.sliders.move({last: 0.5}, done=False)
    session.sound.sliders.move({last: 0.7}, done=True)
    held.free.set()
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)
    begun = [name for name, _base in held.begun]
    assert begun.index(last) <= 1
    assert session.sound.settings.steps == {last: 0.7}


def test_edited_sound_computes_only_moved_sliders(window):
    session = window.session
    session.sound.edits.apply("reverse", levels=(0, session.sound.codes.levels), frames=(0, 20))
    session.sound.response_work.idle.finish()  # what was under way for the sound before ends
    assert session.sound.responses == {}
    assert not session.sound.response_work.idle.is_working
    base = session.sound.codes
    session.sound.sliders.move({"loudness": -1.0})
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == {"loudness"}
    clip = session.model.decode(base, session.sound.source_amount)
    own = shape_module.response_of(session.model, base, clip, "loudness")
    assert session.sound.responses["loudness"].values == own.values


def test_edit_drops_responses(window, held):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.sound.edits.apply("reverse", levels=(0, 2), frames=(0, 10))
    held.free.set()
    session.sound.response_work.idle.finish()
    assert session.sound.responses == {}
    assert len(held.begun) <= 1


def test_responses_without_quantizing(window):
    session = window.session
    as_codes = values(session.sound.responses)
    session.set_quantized(False)
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == set(as_codes)
    assert values(session.sound.responses) != as_codes


def test_pending_responses_follow_quantizing(window, held):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.set_quantized(False)
    held.free.set()
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)
    own = shape_module.response_of(
        session.model, session.sound.settings.base, session.sound.original, "loudness", False
    )
    assert session.sound.responses["loudness"].values == own.values


def test_random_computes_what_it_needs(window):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.sound.sliders.randomize(4)
    assert session.message == ""
    axes = {card.name for card in session.sound.sliders.cards if card.is_axis}
    assert set(session.sound.responses) >= names(session) - axes
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)


def test_restored_sound_has_its_responses(window, held):
    session = window.session
    known = values(session.sound.responses)
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    second = session.sound.codes
    session.sound.steps.undo()
    assert values(session.sound.responses) == known
    session.sound.steps.redo()
    assert session.sound.codes is second
    held.free.set()
    session.sound.response_work.idle.finish()
    assert set(session.sound.responses) == names(session)


def test_failing_response_is_reported_once(window, monkeypatch):
    real = shape_module.response_of

    def fails(model, base, clip, name, *more):
        if name == "loudness":
            raise SdaError("Loudness is not there.")
        return real(model, base, clip, name, *more)

    monkeypatch.setattr(response_work, "response_of", fails)
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


def test_closing_the_page_ends_the_work(slider_session, held):
    page = Page(slider_session)
    slider_session.place = "play"
    page.show_places()
    slider_session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    thread = slider_session.sound.response_work.idle._thread
    assert thread.is_alive()
    held.free.set()
    page.close()
    assert not thread.is_alive()
    assert slider_session.sound.responses == {}
    assert not slider_session.sound.response_work.idle.is_working


def test_background_responses_equal_direct_ones(window):
    session = window.session
    session.sound.create.generate(sda_lib.GenerateOptions(2.0, seed=7))
    session.sound.response_work.idle.finish()
    beside = values(session.sound.responses)
    session.sound.responses = {}
    session.sound.response_work.compute([card.name for card in session.sound.sliders.cards])
    for name, response in session.sound.responses.items():
        assert np.array_equal(response.values, beside[name]), name
