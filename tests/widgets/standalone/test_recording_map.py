"""The map that stands alone."""

from sda_widgets import Map


def test_a_recording_that_is_taken_is_the_sound(owned):
    recordings = Map(owned)
    assert (recordings.codes, recordings.title) == (None, "")
    assert recordings.children[3].children == ()  # the player, without a sound
    recordings.session.sound.create.take_recording(1)
    recordings.session.map_work.finish()
    assert recordings.title in recordings.map.shown.names
    assert recordings.codes.decode().seconds == recordings.clip.seconds
    assert len(recordings.children[3].children) == 1
