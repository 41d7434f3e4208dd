"""The card with the recordings of a sound."""

from sda_widgets.session.session import Session
from sda_widgets.sources_card import MOST_PASSAGES, SourcesCard


def test_recordings_are_listed_with_shares_and_passages_that_play(session, finished):
    card = SourcesCard(session)
    assert card.tiles.layout.display == "none"
    card.find.click()
    assert card.find.disabled
    finished(session.sources)
    assert session.message == ""
    assert not card.find.disabled
    first = card.tiles.rows[0]
    share = session.sources.shares[0]
    assert first["title"] == share.file
    assert first["detail"].startswith(f"{share.share:.0%}, ")
    assert 1 <= len(first["cells"]) <= MOST_PASSAGES
    assert max(max(map(abs, pair)) for pair in first["cells"][0]["outline"]) == 127
    card.tiles.receive({"kind": "play", "value": first["cells"][0]["key"]})
    assert session.preview.name == share.file


def test_without_a_sound_it_waits(places):
    assert SourcesCard(Session(places)).find.disabled
