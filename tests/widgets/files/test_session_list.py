"""The list of sessions."""

from sda_widgets.files.session_list import SessionList


def test_it_saves_lists_and_opens(session):
    card = SessionList(session)
    assert card.opener.disabled
    card.save.click()
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert [name for name, _path in card.list.options] == [session.files.saved.stem]
    assert session.files.saved.name in card.said.value
    assert card.list.value == str(session.files.saved)
    assert session.sound.history.can_undo
    card.opener.click()
    assert not session.sound.history.can_undo


def test_without_a_sound_nothing_is_saved(places):
    from sda_widgets.session.session import Session

    assert SessionList(Session(places)).save.disabled
