"""The player that stands alone."""

import pytest

import sda_lib
from sda_widgets import CodeGrid, Player


def test_takes_by_name(take, tiny_corpus):
    player = Player({"new": take, "rain": tiny_corpus / "rain.wav"}, active="rain", loop=True)
    assert player.names == ("new", "rain")
    assert (player.player.active, player.player.loop) == ("rain", True)
    assert Player(take.clip).names == ("Sound",)


def test_traits_follow_the_page_and_lead_it(take):
    player, seen = Player(take), []
    player.observe(lambda change: seen.append(change.new), "position")
    player.player.position = 0.25  # as the page reports it
    assert seen == [0.25]
    player.position, player.region = 0.5, [0.1, 0.4]
    assert (player.player.position, player.player.region) == (0.5, [0.1, 0.4])


def test_a_session_plays_its_sound(owned, take):
    grid = CodeGrid(owned, take)
    player = Player(session=grid.session)
    player.player.resend()
    assert player.names == ("Original", "Edited")
    assert player.player.playheads


@pytest.mark.parametrize("arguments", [{}, {"both": True}])
def test_sounds_or_a_session(owned, take, arguments):
    session = CodeGrid(owned, take).session if arguments else None
    with pytest.raises(sda_lib.SdaError, match="either sounds or the session"):
        Player(take if arguments else None, session=session)
