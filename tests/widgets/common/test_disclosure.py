"""A disclosure shows and hides what is below its heading, however it is asked to."""

import pytest
from ipywidgets import Text

from sda_widgets.common.disclosure import Disclosure


@pytest.fixture
def fold():
    return Disclosure("Effects", [Text()])


def test_it_is_folded_at_first(fold):
    assert (fold.head.title, fold.head.expanded, fold.body.layout.display) == ("Effects", False, "none")


def test_the_heading_and_code_unfold_it(fold):
    fold.head.expanded = True  # as the browser's side sets it
    assert fold.expanded
    assert fold.body.layout.display is None
    fold.expanded = False
    assert not fold.head.expanded
    assert fold.body.layout.display == "none"


def test_one_can_begin_unfolded():
    fold = Disclosure("Tags", [Text()], expanded=True)
    assert fold.head.expanded
    assert fold.body.layout.display is None


def test_it_unfolds_to_a_field(fold, monkeypatch):
    focused, (field,) = [], fold.body.children
    monkeypatch.setattr(Text, "focus", lambda one: focused.append(one))
    fold.unfold_to(field)
    assert fold.expanded
    assert focused == [field]


def test_no_view_uses_the_accordion_of_ipywidgets():
    """It can't be reached by keyboard."""
    from sda_widgets.common.browser_widget import STATIC

    assert not [path for path in STATIC.parent.rglob("*.py") if "Accordion" in path.read_text()]
