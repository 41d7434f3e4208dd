"""The dock."""

from ipywidgets import HTML

from sda_widgets.frame.dock import Dock


def test_what_it_opens_to_is_built_when_it_is_first_opened():
    built = []
    dock = Dock("History", lambda: built.append(1) or HTML("old sounds"), [HTML("state")])
    assert (built, dock.body.layout.display) == ([], "none")
    dock.toggle.is_open = True
    assert dock.body.layout.display is None
    assert dock.body.children[0].value == "old sounds"
    dock.toggle.is_open = False
    dock.toggle.is_open = True
    assert built == [1]
