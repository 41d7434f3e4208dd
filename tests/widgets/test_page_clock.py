"""The clock of the page."""

from sda_widgets.page_clock import PageClock
from sda_widgets.session.session import Session


def test_it_beats_while_something_is_under_way(places):
    session = Session(places)
    clock = PageClock(session)
    assert not clock.beating
    session.training.state = "running"
    assert clock.beating
    session.training.state = "finished"
    assert not clock.beating


def test_a_beat_delivers_what_threads_found(places):
    session = Session(places)
    clock = PageClock(session)
    session.report_later("Something was found.")
    clock._handle_custom_msg({"kind": "beat"}, [])
    assert session.message == "Something was found."
    assert not clock.beating
