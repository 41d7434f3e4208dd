"""The button that matches the levels of the takes."""

import sda_lib
from sda_widgets.listen.level_match import LevelMatch
from sda_widgets.listen.sound_player import BLEND, EDITED, ORIGINAL, SoundPlayer


def test_takes_are_matched_and_measured_again_after_an_edit(session):
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(2.0, seed=5))
    player, match = SoundPlayer(session), LevelMatch(session)
    player.resend()
    assert player.levels == {}
    match.value = True
    assert set(player.levels) == {ORIGINAL, EDITED, "B"}
    before = player.levels
    session.sounds[1].edits.apply("delete", frames=(0, 40))
    assert player.levels != before
    session.compare.blend(session.sound, {session.sounds[1]: 0.5})
    assert BLEND in player.levels
    match.value = False
    assert player.levels == {}
