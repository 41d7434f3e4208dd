"""The bar of the sounds beside each other."""

from sda_widgets.grid.sounds_bar import SoundsBar


def shown(*widgets):
    return [one.layout.display is None for one in widgets]


def test_a_second_sound_comes_and_goes(session):
    bar = SoundsBar(session)
    assert bar._tools.layout.display == "none"
    bar.toggle.value = True
    assert bar._tools.layout.display is None
    bar.receiver.value = "B"
    assert session.receiving is session.sounds[1]
    bar.toggle.value = False
    assert len(session.sounds) == 1


def test_up_to_four_sounds_are_shown(session):
    bar = SoundsBar(session)
    bar.toggle.value = True
    assert shown(bar.one) == [False]
    assert (bar.more.description, bar.fewer.description) == ("Add C", "Remove B")
    bar.more.click()
    bar.more.click()
    assert shown(bar.one, bar.more) == [True, False]
    assert bar.receiver.options == ("A", "B", "C", "D")
    bar.receiver.value = "D"
    assert session.receiving is session.sounds[3]
    bar.fewer.click()
    assert (session.receiver, bar.receiver.value) == ("A", "A")
    bar.toggle.value = False
    assert len(session.sounds) == 1


def test_two_bars_show_the_same(session):
    one, other = SoundsBar(session), SoundsBar(session)
    one.toggle.value = True
    assert other.toggle.value
    other.receiver.value = "B"
    assert one.receiver.value == "B"
    other.toggle.value = False
    assert (one.toggle.value, len(session.sounds)) == (False, 1)


def test_any_two_sounds_are_swapped_and_copied(session):
    bar = SoundsBar(session)
    for _ in range(2):
        session.add_sound()
    assert bar.swap.description == "A ⇄ B"
    bar.one.value = "B"
    assert bar.other.options == (("A", "A"), ("C", "C"))
    bar.other.value = "C"
    assert [one.description for one in (bar.swap, bar.across, bar.back)] == ["B ⇄ C", "B → C", "C → B"]
    _, b, c = session.sounds
    c.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    edited, plain = c.codes, b.codes
    bar.swap.click()
    assert (b.codes, c.codes) == (edited, plain)
    b.set(selection=((0, 12), (0, 20)))
    bar.across.click()
    assert c.codes.is_same(edited)
    c.steps.undo()
    assert c.codes is plain
