"""Sessions that are saved on the page and opened again."""

import numpy as np

from sda_widgets.export import Export
from sda_widgets.session import Session


def test_a_session_is_saved_and_gone_on_with(session, places):
    session.edit("reverse", levels=(0, 12), frames=(0, 20))
    session.edit("set", code=2, levels=(0, 1), frames=(3, 4))
    session.save_session()
    sound, codes, title = session.clip.samples, session.codes, session.title
    another = Session(places)
    another.refresh()
    another.open_session(session.saved)
    assert another.message == ""
    assert np.array_equal(another.clip.samples, sound)
    assert (another.title, another.model.name) == (title, session.model.name)
    another.undo()
    another.undo()
    assert another.codes.is_same(session.history.steps[0].state.codes)
    assert np.array_equal(another.clip.samples, another.original.samples)
    another.redo()
    another.redo()
    assert another.codes.is_same(codes)


def test_the_card_saves_lists_and_opens(session):
    card = Export(session)
    card.save.click()
    session.edit("reverse", levels=(0, 12), frames=(0, 20))
    names = [name for name, _path in card.saved.options]
    assert len(names) == 2
    assert session.saved.name in card.where.value
    card.saved.value = str(session.saved)
    assert not session.history.can_undo
    assert card.saved.value is None


def test_a_session_of_a_model_that_is_gone_says_so(session, places, slider_model_path):
    session.save_session()
    session.model_path.unlink()
    another = Session(places)
    another.refresh()
    another.open_session(session.saved)
    assert "not in the library" in another.message
    another.open_session(places.data / "none.json")
    assert "no session file" in another.message
