"""A place of the page."""

import dataclasses

import pytest
from ipywidgets import VBox

from sda_widgets.frame.place import Place


def test_a_place_is_data():
    place = Place("mix", "Mix", "Blend sounds", VBox)
    assert isinstance(place.build(), VBox)
    with pytest.raises(dataclasses.FrozenInstanceError):
        place.name = "other"
