"""The places of the page."""

import pytest
from ipywidgets import VBox

from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.history.history_card import HistoryCard
from sda_widgets.page_places import PagePlaces
from sda_widgets.session.session import PLACE_NAMES, PLAY
from sda_widgets.sliders.sliders_view import SlidersView


def inside(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from inside(child)


def kinds(widget):
    return {type(one) for one in inside(widget)}


@pytest.fixture
def made(session):
    return PagePlaces(session)


def test_every_place_of_the_session_is_made(made):
    assert tuple(place.name for place in made.all) == PLACE_NAMES
    for place in made.all:
        built = place.build()
        assert isinstance(built, VBox)
        assert len(kinds(built)) > 5


def test_a_page_makes_the_places_that_it_offers(made, session):
    session.offered = (PLAY,)
    assert [place.name for place in made.all] == [PLAY]


def test_a_place_that_is_built_late_shows_the_state_that_is_there(made, session):
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    session.sound.frozen = (((0, 1), (0, 2)),)
    places = {place.name: place for place in made.all}
    grid = next(one for one in inside(places["codes"].build()) if isinstance(one, CodeGrid))
    assert "Structure" in grid.status.value
    assert list(grid.drawing.locked.x) == [0, 2, 2, 0, 0]


def test_sliders_that_are_built_late_show_locks_and_compute_responses(slider_session):
    sound = slider_session.sound
    sound.locks = ("brightness",)
    slider_session.set_quantized(False)
    play = next(place for place in PagePlaces(slider_session).all if place.name == PLAY)
    sliders = next(one for one in inside(play.build()) if isinstance(one, SlidersView))
    assert sliders.panel.locks == ["brightness"]
    assert not sliders.codes.value
    assert sliders.heartbeat.beating
    slider_session.close()


def test_export_and_presets_share_the_delivery(made):
    places = {place.name: place for place in made.all}
    assert made.delivery in set(inside(places["export"].build()))
    assert made.delivery is made.delivery


def test_the_history_is_in_the_dock(made):
    assert HistoryCard in kinds(made.history())
