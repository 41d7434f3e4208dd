"""Facts about the open model."""

from sda_lib.display.models import samples_of
from sda_widgets.files.open_model import OpenModel
from sda_widgets.session.session import Session


def test_facts_follow_the_open_model(session):
    card = OpenModel(session)
    assert "3 files" in card.facts.value
    assert "without them" in card.facts.value
    assert [row["title"] for row in card.tiles.rows] == [clip.name for clip in samples_of(session.model)]
    card.tiles.receive({"kind": "play", "value": "1"})
    assert session.preview.name == card.tiles.rows[1]["title"]
    card.tiles.receive({"kind": "play", "value": "77"})  # a slow page may name one that is gone
    assert session.preview.name == card.tiles.rows[1]["title"]
    session.open_model(session.model.without_memory().save(session.places.models / "bare.sda"))
    assert "without them" not in card.facts.value
    assert "not included" in card.facts.value
    assert (card.tiles.rows, card.title.layout.display) == ([], "none")


def test_without_a_model_it_says_what_one_is(places):
    assert "trained on a folder" in OpenModel(Session(places)).facts.value
