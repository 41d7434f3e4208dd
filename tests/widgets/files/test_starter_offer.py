"""The offer of the starter."""

import pytest

from sda_widgets.files.starter_offer import StarterOffer
from sda_widgets.session.session import Session


def test_it_is_shown_while_there_is_no_model(places, session):
    assert StarterOffer(Session(places)).layout.display is None
    offer = StarterOffer(session)
    session.library.refresh()
    assert offer.layout.display == "none"


@pytest.mark.slow
def test_it_makes_and_opens_the_starter(places, finished):
    session = Session(places)
    offer = StarterOffer(session)
    offer.make.click()
    assert offer.make.disabled
    assert "Computing sound" in offer.progress.words.value
    finished(session.starter)
    session.tick()
    assert (session.message, session.model.name) == ("", "starter")
    assert session.sound.clip.seconds > 0
    assert offer.layout.display == "none"
