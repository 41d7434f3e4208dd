"""The offer of the starter."""

from sda_widgets.files.starter_offer import StarterOffer
from sda_widgets.session.session import Session


def test_it_is_shown_while_there_is_no_model(places, session):
    assert StarterOffer(Session(places)).layout.display is None
    offer = StarterOffer(session)
    session.library.refresh()
    assert offer.layout.display == "none"


def test_it_shows_how_far_the_making_is(places, monkeypatch):
    monkeypatch.setattr("sda_lib.training.starter.starter_in_steps", lambda _path: iter(()))
    session = Session(places)
    offer = StarterOffer(session)
    offer.make.click()
    assert offer.make.disabled
    assert "Making a model" in offer.progress.words.value
    session.starter.cancel()
    assert not offer.make.disabled
    assert offer.progress.layout.display == "none"
