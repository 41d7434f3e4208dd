"""Listening at equal loudness and blind."""

import json

import pytest

import sda_lib
from sda_lib.comparison.loudness_match import Level
from sda_lib.comparison.vote_log import kept_results
from sda_widgets.session.listening import ENDED


@pytest.fixture
def pair(session):
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(2.0, seed=5))
    return session


def test_votes_are_kept_with_what_the_sounds_are(pair):
    listening = pair.listening
    listening.begin_votes(pair.sounds)
    assert list(listening.takes) == ["1", "2"]
    for _ in range(5):
        place = listening.test.order.index("B")
        listening.answer(str(place + 1))
    assert not pair.places.votes.exists()
    listening.finish()
    assert (listening.test, listening.result) == (None, "Votes: A 0, B 5.")
    (kept,) = kept_results(pair.places.votes)
    assert kept["votes"] == ["B"] * 5
    assert kept["titles"] == [sound.title for sound in pair.sounds]


def test_takes_of_a_round_follow_its_order_and_differ_in_sound_alone(pair):
    listening = pair.listening
    listening.begin_votes(pair.sounds)
    clips = list(listening.takes.values())
    assert len({(clip.samples.shape, clip.sample_rate, clip.name) for clip in clips}) == 1
    assert Level.of(clips[0].cut(88200)).loudness() == pytest.approx(Level.of(clips[1].cut(88200)).loudness(), abs=2)
    orders = set()
    for _ in range(12):
        order = listening.test.order
        orders.add(order)
        assert listening.takes["1"] is listening._disguised[order[0]]
        listening.answer("1")
    assert len(orders) == 2


def test_abx_has_x_and_a_probability(pair):
    listening = pair.listening
    listening.begin_abx(*pair.sounds)
    for _ in range(4):
        assert list(listening.takes) == ["A", "B", "X"]
        listening.answer(listening.test.order[2])
    listening.finish()
    assert listening.result == "ABX of A and B: 4 of 4 right, p = 0.062."
    assert json.loads(pair.places.votes.read_text())["p"] == 0.0625
    listening.begin_abx(pair.sound, pair.sound)
    assert "two different sounds" in pair.message


def test_a_change_of_a_sound_ends_the_test(pair):
    listening = pair.listening
    listening.begin_votes(pair.sounds)
    listening.answer("1")
    pair.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert listening.test is None
    assert pair.notice == ENDED
    assert len(kept_results(pair.places.votes)) == 1
    listening.begin_votes(pair.sounds)
    pair.remove_sound(pair.sounds[1])
    assert listening.test is None


def test_one_sound_is_no_blind_test(session):
    session.listening.begin_votes(session.sounds)
    assert "two sounds" in session.message
    session.listening.answer("1")
    assert "no blind test" in session.message
