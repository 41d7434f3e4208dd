"""The bar with two sounds."""

from ipywidgets.widgets import widget

from sda_widgets.grid.ab_panel import ABPanel, nearness
from sda_widgets.grid.code_grid import CodeGrid


def test_bar_shows_the_second_sound(session):
    window = ABPanel(session, lambda sound: CodeGrid(session, sound))
    assert window._tools.layout.display == "none"
    window.toggle.value = True
    assert isinstance(window.children[1], CodeGrid)
    assert window.keep.disabled
    window.blend.value = 30
    assert session.compare.share == 0.3
    assert not window.keep.disabled
    assert nearness(session.compare.distance) in window.distance.value
    window.keep.click()
    assert window.blend.value == 0
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
