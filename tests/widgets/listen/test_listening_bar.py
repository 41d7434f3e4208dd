"""The bar of equal loudness and blind tests."""

import pytest

import sda_lib
from sda_widgets.listen.listening_bar import ListeningBar
from sda_widgets.listen.player import Player
from sda_widgets.listen.sound_player import EDITED, ORIGINAL, SoundPlayer


@pytest.fixture
def sent(monkeypatch):
    """Messages to the page."""
    found = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): found.append(message))
    return found


@pytest.fixture
def pair(session, sent):
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(2.0, seed=5))
    return session


def test_a_vote_sends_every_take_again_under_labels_alone(pair, sent):
    player, bar = SoundPlayer(pair), ListeningBar(pair)
    player.resend()
    bar.votes.click()
    assert player.blind
    assert player.levels == {}
    for count in range(3):
        del sent[:]
        bar._answers.children[1].click()
        assert [message.get("name", message["kind"]) for message in sent] == ["clear", "1", "2"]
        assert len({(message["scale"], message["channels"], message["rate"]) for message in sent[1:]}) == 1
        assert f"{count + 1} answer" in bar.words.value
    pair.sound.set(selection=((0, 2), (0, 2)))
    bar.finish.click()
    assert "Votes: A" in bar.result.value
    assert not player.blind
    assert set(player.takes) == {ORIGINAL, EDITED, "B"}


def test_buttons_of_a_round_are_used_again(pair):
    bar = ListeningBar(pair)
    bar.abx.click()
    buttons = bar._answers.children
    assert [one.description for one in buttons] == ["X is A", "X is B"]
    buttons[0].click()
    assert bar._answers.children == buttons
    bar.finish.click()
    assert "ABX of A and B" in bar.result.value
    bar.votes.click()
    bar.finish.click()
    bar.abx.click()
    assert bar._answers.children == buttons


def test_tests_need_two_sounds(session, sent):
    bar = ListeningBar(session)
    assert bar.votes.disabled
    assert bar.abx.disabled
    session.add_sound()
    assert not bar.votes.disabled
    assert bar.pair.layout.display == "none"
    session.add_sound()
    assert [label for label, _ in bar.pair.options] == ["A, B", "A, C", "B, C"]
