"""The button of the dock."""

from sda_widgets.frame.dock_toggle import DockToggle


def test_it_is_folded_until_the_browser_or_the_user_opens_it():
    toggle = DockToggle(words="History")
    assert (toggle.is_open, toggle.words) == (False, "History")
    assert toggle._esm
