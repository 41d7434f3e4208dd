"""What the page gets of a spectrogram, and what it does with it."""

import numpy as np
import pytest

from sda_widgets.listen.player import Player
from sda_widgets.listen.sound_player import EDITED, ORIGINAL, SoundPlayer


@pytest.fixture
def player(session, monkeypatch):
    """A player that shows the edited sound's spectrogram; its messages to the page are kept in `sent`."""
    sent = []
    monkeypatch.setattr(Player, "send", lambda _self, message, buffers=(): sent.append((message, buffers)))
    player = SoundPlayer(session)
    player._receive({"kind": "mounted"})
    player.active, player.sent = EDITED, sent
    sent.clear()
    return player


def kinds(player):
    return [(message["kind"], message.get("name")) for message, _ in player.sent]


def test_nothing_is_computed_while_the_waveform_is_shown(player, session):
    assert player.has_spectrogram
    session.sound.edits.apply("reverse", frames=(0, 20))
    assert session.spectrograms.shown is None
    assert not player.is_computing


def test_a_spectrogram_is_sent_part_by_part_at_the_page_s_beats(player, session):
    player.view = "spectrogram"
    assert player.is_computing
    session.spectrograms.idle._join()
    player.spectrogram._receive({"kind": "beat"})
    assert kinds(player) == [("levels", EDITED), ("pitch", EDITED), ("leanings", EDITED)]
    assert not player.is_computing
    facts, (levels,) = player.sent[0]
    assert len(levels) == facts["bands"] * facts["columns"]
    assert facts["columns"] * facts["step"] == pytest.approx(session.sound.clip.seconds, abs=0.05)
    assert np.frombuffer(player.sent[1][1][0], np.float32).size % 2 == 0
    player.sent.clear()
    session.sound.edits.apply("reverse", frames=(0, 20))
    session.spectrograms.finish()
    assert [kind for kind in kinds(player) if kind[0] == "levels"] == [("levels", EDITED)]
    player.sent.clear()
    player.active = ORIGINAL
    session.spectrograms.finish()
    assert kinds(player)[0] == ("levels", ORIGINAL)
    player.view = "waveform"
    assert session.spectrograms.shown is None


def test_a_view_that_opens_gets_all_again(player, session):
    player.view = "spectrogram"
    session.spectrograms.finish()
    player.sent.clear()
    player._receive({"kind": "mounted"})
    session.spectrograms.finish()
    assert [kind for kind, _ in kinds(player)][-3:] == ["levels", "pitch", "leanings"]


def test_a_blind_test_shows_no_spectrogram(player, session):
    player.view = "spectrogram"
    player.blind = True
    assert session.spectrograms.shown is None
    player.blind = False
    assert session.spectrograms.shown.clip is session.sound.clip


def test_the_spectrogram_shows_the_seconds_of_the_grid_and_moves_it(player, session):
    whole = list(player.window)
    assert whole == pytest.approx([0, session.sound.codes.seconds_of(session.sound.viewport.end)])
    player.spectrogram._receive({"kind": "zoom", "delta": -100, "x": 0.0})
    assert player.window[1] == pytest.approx(whole[1] / 1.2**2)
    player.spectrogram._receive({"kind": "pan", "delta": 80})
    assert player.window[0] > 0
    assert session.sound.viewport.first > 0


def test_a_recording_is_played_where_the_sound_leans_on_it(player, session):
    session.sound.create.take_recording(0)
    player.view = "spectrogram"
    session.spectrograms.finish()
    one = session.spectrograms.shown.leanings[0]
    player.spectrogram._receive({"kind": "leaning", "name": one.name, "position": one.position})
    assert session.preview.name == one.name
