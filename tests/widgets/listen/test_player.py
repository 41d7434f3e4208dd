"""Takes of the player."""

import dataclasses

import pytest

from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.listen.pcm import pcm16
from sda_widgets.listen.player import BLEND, EDITED, ORIGINAL, Player


def test_player_has_further_sounds_and_blend_as_takes(session, monkeypatch):
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append(message))
    player = Player(session, ())
    session.add_sound()
    assert (sent[-1]["name"], sent[-1]["select"]) == ("B", False)
    session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert (sent[-1]["name"], sent[-1]["select"]) == ("B", True)
    session.compare.blend(*session.sounds, 0.4)
    assert (sent[-1]["name"], sent[-1]["select"]) == (BLEND, True)
    session.compare.keep_blend()
    assert {"kind": "drop", "name": BLEND} in sent
    assert sent[-1]["name"] == EDITED
    session.remove_sound(session.sounds[1])
    assert sent[-1] == {"kind": "drop", "name": "B"}
    grid = CodeGrid(session, session.sound)
    player.follow(*grid.playheads)
    assert len(player.playheads) == 2


@pytest.fixture
def player(session, monkeypatch):
    """A player whose messages to the page are kept in `sent`."""
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append((message, buffers)))
    player = Player(session)
    player.sent = sent
    return player


def test_a_view_that_opens_gets_both_takes(player):
    player._receive({"kind": "mounted"})
    assert [message.get("name", "clear") for message, _ in player.sent] == ["clear", ORIGINAL, EDITED]


def page_has(sent):
    """The bytes of each take as a page has them that was sent these messages."""
    takes = {}
    for message, buffers in sent:
        if message["kind"] == "take":
            takes[message["name"]] = bytearray(buffers[0])
            wide = 2 * message["channels"]
        elif message["kind"] == "patch":
            first = message["at"] * wide
            takes[message["name"]][first : first + len(buffers[0])] = buffers[0]
    return takes


def test_an_edit_sends_the_difference_and_undo_the_same_bytes(player, session):
    player._receive({"kind": "mounted"})
    before = page_has(player.sent)
    session.sound.edits.apply("set", code=1, levels=(0, 3), frames=(20, 21))
    assert page_has(player.sent)[EDITED] == pcm16(session.sound.clip.samples) != before[EDITED]
    patch, buffers = player.sent[-1]
    assert (patch["kind"], patch["name"]) == ("patch", EDITED)
    assert 0 < len(buffers[0]) < len(before[EDITED]) / 2
    session.sound.steps.undo()
    assert page_has(player.sent) == before


def test_a_sound_of_another_length_is_sent_as_a_whole(player, session):
    player._receive({"kind": "mounted"})
    session.sound.edits.apply("duplicate", frames=(3, 9))
    assert player.sent[-1][0]["kind"] == "take"
    assert page_has(player.sent)[EDITED] == pcm16(session.sound.clip.samples)


def test_a_sound_that_stays_the_same_is_selected_without_bytes(player, session):
    player._receive({"kind": "mounted"})
    session.set_source(session.sound.source_amount)
    message, buffers = player.sent[-1]
    assert (message["kind"], message["select"], buffers) == ("patch", True, [b""])


def test_the_selection_is_the_region(player, session):
    player.frame_rate = session.sound.codes.frame_rate
    session.sound.selection = ((0, 2), (10, 20))
    assert player.region == pytest.approx([10 / player.frame_rate, 20 / player.frame_rate])
    session.sound.selection = None
    assert player.region == []


def test_the_page_sends_the_position(player, session):
    player.position = 1.25
    assert session.sound.position == 1.25


def test_the_grid_position_follows_lead_and_rate(player, session):
    codes = session.sound.codes
    session.sound.create.take_codes("placed", dataclasses.replace(codes, length=None, lead=codes.hop // 2, rate=2.0))
    player._push_all()
    assert (player.frame_rate, player.first_frame) == (2 * codes.frame_rate, 0.5)
    session.sound.set(selection=((0, 1), (0, 3)))
    assert player.region == pytest.approx([0.0, 2.5 / player.frame_rate])


def test_playheads_follow_a_changed_varispeed(session):
    player = Player(session)
    before = session.sound.codes.frame_rate
    session.sound.edits.apply("varispeed", semitones=12.0)
    assert player.frame_rate == 2 * before
