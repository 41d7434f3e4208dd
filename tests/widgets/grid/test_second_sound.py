"""Ways to a second sound."""

from sda_widgets.grid.second_sound import SecondSound
from sda_widgets.session.session import MIX, PLAY, Session


def test_a_new_sound_has_the_next_seed_and_receives_further_ones(session):
    card = SecondSound(session)
    seed = session.sound.history.steps[0].action.seed
    card.new.click()
    one, other = session.sounds
    assert other.history.steps[0].action.seed == seed + 1
    assert one.title != other.title
    assert (session.message, session.receiver) == ("", "B")
    assert card.layout.display == "none"
    session.remove_sound(other)
    assert card.layout.display is None


def test_a_copy_is_the_first_sound(session):
    SecondSound(session).copy.click()
    assert session.sounds[1].codes is session.sound.codes
    assert session.receiver == "A"


def test_a_recording_is_chosen_on_the_map(session):
    session.place = MIX
    SecondSound(session).recording.click()
    assert (session.place, session.receiver) == (PLAY, "B")
    assert "map" in session.notice


def test_without_a_sound_nothing_can_be_added(places):
    card = SecondSound(Session(places))
    assert all(button.disabled for button in card.buttons)
    assert "no sound yet" in card.about.value
