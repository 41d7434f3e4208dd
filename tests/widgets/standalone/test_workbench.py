"""The workbench as a widget of a notebook."""

from sda_widgets import Player, Workbench


def test_it_opens_what_is_given_and_shares_its_session(owned, take):
    bench = Workbench(owned, take)
    assert bench.codes.is_same(take.codes)
    assert bench.model is owned
    player = Player(session=bench.session)
    bench.session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    player.player.resend()
    assert player.player.takes["Edited"] is bench.session.sound.clip
    bench.close()


def test_it_opens_without_anything():
    bench = Workbench()
    assert (bench.model, bench.codes) == (None, None)
    bench.close()
