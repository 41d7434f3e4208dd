"""The bar with two sounds."""

from ipywidgets.widgets import widget

import sda_lib
from sda_widgets.grid.ab_panel import ABPanel, nearness
from sda_widgets.grid.code_grid import CodeGrid


def test_bar_shows_the_second_sound(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    assert window._tools.layout.display == "none"
    window.toggle.value = True
    assert isinstance(window.children[1], CodeGrid)
    assert window.keep.disabled
    window.shares["B"].value = 30
    assert session.compare.shares == {"B": 0.3}
    assert not window.keep.disabled
    assert nearness(session.compare.distance) in window.distance.value
    window.keep.click()
    assert window.shares["B"].value == 0
    window.receiver.value = "B"
    assert session.receiving is session.sounds[1]
    window.toggle.value = False
    assert len(session.sounds) == 1
    assert len(window.children) == 1


def test_showing_and_hiding_the_second_sound_makes_no_further_widgets(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    counts = []
    for _ in range(3):
        window.toggle.value = True
        session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
        window.toggle.value = False
        counts.append(len(widget._instances))
    assert counts[0] == counts[1] == counts[2]


def test_a_second_sound_that_is_shown_again_is_a_new_copy(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    window.toggle.value = True
    session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    removed, edited = session.sounds[1], session.sounds[1].codes
    window.toggle.value = False
    assert removed.clip is None
    window.toggle.value = True
    again = session.sounds[1]
    assert again.codes is session.sound.codes
    assert window.children[1].sound is again
    again.steps.undo()  # nothing that was made is thrown away
    assert again.codes.is_same(edited)


def shown(*widgets):
    return [one.layout.display is None for one in widgets]


def test_up_to_four_sounds_are_shown(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    window.toggle.value = True
    assert shown(window.one, *window.shares.values()) == [False, True, False, False]
    assert (window.more.description, window.fewer.description) == ("Add C", "Remove B")
    window.more.click()
    window.more.click()
    assert [grid.sound.name for grid in window.children[1:]] == ["B", "C", "D"]
    assert shown(window.one, *window.shares.values()) == [True] * 4
    assert window.more.layout.display == "none"
    assert window.receiver.options == ("A", "B", "C", "D")
    window.receiver.value = "D"
    assert session.receiving is session.sounds[3]
    window.fewer.click()
    assert (session.receiver, window.receiver.value) == ("A", "A")
    assert len(window.children) == 3
    window.toggle.value = False
    assert len(session.sounds) == 1


def test_any_two_sounds_are_swapped_and_copied(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    for _ in range(2):
        session.add_sound()
    assert window.swap.description == "A ⇄ B"
    window.one.value = "B"
    assert window.other.options == (("A", "A"), ("C", "C"))
    window.other.value = "C"
    assert [one.description for one in (window.swap, window.across, window.back)] == ["B ⇄ C", "B → C", "C → B"]
    _, b, c = session.sounds
    c.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    edited, plain = c.codes, b.codes
    window.swap.click()
    assert (b.codes, c.codes) == (edited, plain)
    b.set(selection=((0, 12), (0, 20)))
    window.across.click()
    assert c.codes.is_same(edited)
    c.steps.undo()
    assert c.codes is plain


def test_a_blend_of_four_makes_room_for_the_slider_that_moved(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    for number in range(3):
        session.add_sound()
        session.sounds[-1].create.generate(sda_lib.GenerateOptions(1.0, seed=number + 3))
    before = session.sound.codes
    for name, percent in (("B", 40), ("C", 30), ("D", 60)):
        window.shares[name].value = percent
    assert [one.value for one in window.shares.values()] == [22, 17, 60]
    assert session.compare.shares == {"B": 0.22, "C": 0.17, "D": 0.6}
    played = session.compare.blended.samples
    window.keep.click()
    assert session.message == ""
    assert (session.sound.clip.samples == played).all()
    assert [one.value for one in window.shares.values()] == [0, 0, 0]
    for _ in range(3):
        session.sound.steps.undo()
    assert session.sound.codes is before
