"""Takes of the player."""

from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.listen.player import BLEND, EDITED, Player


def test_the_player_has_the_second_sound_and_the_blend_as_takes(session, monkeypatch):
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
