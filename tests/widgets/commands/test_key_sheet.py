"""The sheet holds the table of keys, and the command for it opens it."""

from sda_widgets.commands.key_sheet import KeySheet
from sda_widgets.common.keys import sheet
from sda_widgets.frame.first_steps import FirstSteps
from sda_widgets.frame.first_steps_bar import FirstStepsBar


def test_it_holds_every_key():
    assert KeySheet().places == sheet()


def test_the_command_opens_it(session, monkeypatch):
    sent = []
    one = KeySheet(session)
    monkeypatch.setattr(one, "send", lambda message, **_: sent.append(message))
    session.page_acts.run("show_keys")
    assert sent == [{"kind": "show"}]


def test_a_button_shows_the_first_steps_where_the_page_has_them(session):
    assert not KeySheet(session).has_steps
    first = FirstSteps(session)
    FirstStepsBar(first)
    one = KeySheet(session)
    assert one.has_steps
    one._handle_custom_msg({"kind": "first_steps"}, [])
    assert first.is_shown
