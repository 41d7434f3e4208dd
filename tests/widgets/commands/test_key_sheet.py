"""The sheet holds the table of keys, and the command for it opens it."""

from sda_widgets.commands.key_sheet import KeySheet
from sda_widgets.common.keys import sheet


def test_it_holds_every_key():
    assert KeySheet().places == sheet()


def test_the_command_opens_it(session, monkeypatch):
    sent = []
    one = KeySheet(session)
    monkeypatch.setattr(one, "send", lambda message, **_: sent.append(message))
    session.page_acts.run("show_keys")
    assert sent == [{"kind": "show"}]
