"""Takes of the player, sent for a session's sounds or by themselves."""

import dataclasses

import numpy as np
import pytest
from scipy.signal import resample_poly

from sda_lib import AudioClip, GenerateOptions
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.listen.pcm import pcm16
from sda_widgets.listen.player import Player
from sda_widgets.listen.sound_player import BLEND, EDITED, ORIGINAL, SoundPlayer


def test_player_has_further_sounds_and_blend_as_takes(session, monkeypatch):
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append(message))
    SoundPlayer(session)
    session.add_sound()
    assert (sent[-1]["name"], sent[-1]["select"]) == ("B", False)
    session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert (sent[-1]["name"], sent[-1]["select"]) == ("B", True)
    session.compare.blend(session.sound, {session.sounds[1]: 0.4})
    assert (sent[-1]["name"], sent[-1]["select"]) == (BLEND, True)
    session.compare.keep_blend()
    assert {"kind": "drop", "name": BLEND} in sent
    assert sent[-1]["name"] == EDITED
    session.remove_sound(session.sounds[1])
    assert sent[-1] == {"kind": "drop", "name": "B"}


def test_a_player_moves_the_playheads_of_all_grids(session):
    grid = CodeGrid(session, session.sound)
    player = SoundPlayer(session)
    assert player.playheads == [f"IPY_MODEL_{line.model_id}" for line in grid.drawing.playheads]
    CodeGrid(session, session.sound)
    assert len(player.playheads) == 4


@pytest.fixture
def player(session, monkeypatch):
    """A player whose messages to the page are kept in `sent`."""
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append((message, buffers)))
    player = SoundPlayer(session)
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


def louder(clip, factor, first, end):
    """A clip with some samples amplified."""
    samples = clip.samples.copy()
    samples[:, first:end] *= factor / np.abs(samples[:, first:end]).max()
    return AudioClip(samples, clip.sample_rate)


def test_takes_above_full_scale_are_sent_unclipped_and_played_at_one_gain(player, session):
    player._receive({"kind": "mounted"})
    assert player.gain_db == 0
    session.sound.clip = louder(session.sound.clip, 3.5, 40_000, 50_000)
    message, (pcm,) = player.sent[-1]
    assert (message["kind"], message["scale"]) == ("take", 4.0)
    played = np.frombuffer(pcm, "<i2") / 32767 * 4
    assert np.abs(played - session.sound.clip.samples[0]).max() < 2e-4
    between = np.abs(resample_poly(session.sound.clip.samples[0], 8, 1)).max()  # peaks lie between samples, too
    assert between > 3.5
    assert player.gain_db == pytest.approx(-20 * np.log10(between), abs=0.3)
    gain = player.gain_db

    session.sound.clip = louder(session.sound.clip, 3.0, 40_000, 50_000)
    message, (pcm,) = player.sent[-1]
    assert message["kind"] == "patch"
    assert 2 * 9000 < len(pcm) < 2 * 11_000
    assert player.gain_db == gain  # an edit and its undo are compared at one gain
    session.sound.clip = louder(session.sound.clip, 4.0, 60_000, 61_000)
    assert player.sent[-1][0]["kind"] == "patch"
    assert player.gain_db < gain
    session.sound.create.generate(GenerateOptions(1.0, seed=5))
    assert player.gain_db == 0


def test_the_gain_arrives_before_the_samples(player, session):
    player._receive({"kind": "mounted"})
    order = []
    player.observe(lambda change: order.append(len(player.sent)), "gain_db")
    before = len(player.sent)
    session.sound.clip = louder(session.sound.clip, 2.0, 40_000, 50_000)
    assert order[0] == before < len(player.sent)


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
    player.resend()
    assert (player.frame_rate, player.first_frame) == (2 * codes.frame_rate, 0.5)
    session.sound.set(selection=((0, 1), (0, 3)))
    assert player.region == pytest.approx([0.0, 2.5 / player.frame_rate])


def test_playheads_follow_a_changed_varispeed(session):
    player = SoundPlayer(session)
    before = session.sound.codes.frame_rate
    session.sound.edits.apply("varispeed", semitones=12.0)
    assert player.frame_rate == 2 * before


def test_takes_without_a_session(monkeypatch, session):
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append((message, buffers)))
    player, clip = Player(), session.sound.clip
    player.put("a", clip)
    player.put("b", louder(clip, 2.0, 0, 5000))
    player.active, player.region = "b", [0.5, 1.0]
    sent.clear()
    player._receive({"kind": "mounted"})
    assert [(message["kind"], message.get("name"), message.get("select")) for message, _ in sent] == [
        ("clear", None, None), ("take", "a", False), ("take", "b", True),
    ]  # fmt: skip
    assert (player.region, set(player.takes)) == ([0.5, 1.0], {"a", "b"})
    assert player.gain_db < 0  # of both
    player.put("b", None)
    assert sent[-1][0] == {"kind": "drop", "name": "b"}
