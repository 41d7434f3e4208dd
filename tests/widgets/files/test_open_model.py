"""Facts about the open model."""

from sda_widgets.files.open_model import OpenModel
from sda_widgets.session.session import Session


def test_facts_follow_the_open_model(session):
    card = OpenModel(session)
    assert "3 files" in card.facts.value
    assert "without them" in card.facts.value
    assert card.sound.value.count("<audio") == 3
    session.open_model(session.model.without_memory().save(session.places.models / "bare.sda"))
    assert "without them" not in card.facts.value
    assert "not included" in card.facts.value
    assert "<audio" not in card.sound.value


def test_without_a_model_it_says_what_one_is(places):
    assert "trained on a folder" in OpenModel(Session(places)).facts.value
