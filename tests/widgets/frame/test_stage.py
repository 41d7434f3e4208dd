"""The stage: places are built when they are first shown, and stay."""

import pytest
from ipywidgets import VBox

from sda_widgets.frame.place import Place
from sda_widgets.frame.stage import SHOWN, Stage


@pytest.fixture
def built():
    return []


@pytest.fixture
def stage(built):
    def place(name):
        return Place(name, name.title(), "", lambda: built.append(name) or VBox())

    return Stage([place("one"), place("two")])


def test_a_place_is_built_once_when_it_is_first_shown(stage, built):
    assert built == []
    for name in ("two", "one", "two"):
        stage.show(name)
    assert built == ["two", "one"]
    assert stage.children == (stage.built["two"], stage.built["one"])


def test_one_place_is_visible(stage):
    stage.show("one")
    stage.show("two")
    assert [SHOWN in one._dom_classes for one in stage.children] == [False, True]
    assert "sda-place-two" in stage.children[1]._dom_classes


def test_an_unknown_place_is_an_error(stage):
    with pytest.raises(KeyError):
        stage.show("three")
