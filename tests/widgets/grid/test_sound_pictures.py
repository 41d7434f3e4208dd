"""Pictures of the sounds beside each other."""

from sda_widgets.grid.sound_pictures import SoundPictures
from sda_widgets.session.session import MIX, PLAY, Session


def test_every_sound_has_a_picture_that_plays(session):
    pictures = SoundPictures(session)
    session.add_new_sound()
    assert [row["cells"][0]["label"] for row in pictures.tiles.rows] == ["A", "B"]
    assert [row["title"] for row in pictures.tiles.rows] == [sound.title for sound in session.sounds]
    pictures.tiles.receive({"kind": "play", "value": "B"})
    assert session.preview is not None
    session.previews.stop()
    pictures.tiles.receive({"kind": "play", "value": "C"})
    assert session.preview is None


def test_pictures_are_drawn_when_their_place_is_shown(session):
    session.place = MIX
    pictures = SoundPictures(session)
    session.place = PLAY
    before = pictures.tiles.rows
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert pictures.tiles.rows == before
    session.place = MIX
    assert pictures.tiles.rows != before


def test_without_a_sound_there_are_none(places):
    assert SoundPictures(Session(places)).layout.display == "none"
