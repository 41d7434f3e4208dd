"""The bar of the first steps: a button for each thing to try, marked when it is done, and one that puts it away."""

from sda_widgets.frame.first_steps import FirstSteps
from sda_widgets.frame.first_steps_bar import DONE, NEXT, FirstStepsBar
from sda_widgets.session.session import CODES, PLAY


def marked(bar, name):
    return [one.description for one in bar.tries.children if name in one._dom_classes]


def test_it_marks_what_is_done_and_what_comes_next(session):
    session.place = PLAY
    bar = FirstStepsBar(FirstSteps(session))
    assert (marked(bar, DONE), marked(bar, NEXT)) == ([], ["Play it (Space)"])
    session.sound.position = 0.5
    assert (marked(bar, DONE), marked(bar, NEXT)) == (["Play it (Space)"], ["Make another"])
    {one.description: one for one in bar.tries.children}["Change its codes"].click()
    assert session.place == CODES
    assert marked(bar, DONE) == ["Play it (Space)", "Change its codes"]


def test_buttons_are_used_again(session):
    session.place = PLAY
    bar = FirstStepsBar(FirstSteps(session))
    before = bar.tries.children
    session.model_path = session.starter.path
    session.model_path = session.places.models / "tiny.sda"
    assert bar.tries.children == before


def test_it_is_shown_and_put_away(session):
    first = FirstSteps(session)
    bar = FirstStepsBar(first)
    assert bar.layout.display == "none"
    session.page_acts.run("first_steps")
    assert bar.layout.display is None
    assert bar.away.description == "Done"
    bar.away.click()
    assert bar.layout.display == "none"
