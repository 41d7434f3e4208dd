"""The rail."""

from ipywidgets import VBox

from sda_widgets.frame.place import Place
from sda_widgets.frame.rail import Rail


def test_the_page_gets_the_places_without_what_builds_them():
    rail = Rail([Place("mix", "Mix", "Blend sounds", VBox)])
    assert rail.places == [{"name": "mix", "title": "Mix", "tip": "Blend sounds"}]
    assert rail.shown == ""
