"""The grids of the further sounds."""

from ipywidgets.widgets import widget

from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.grid.sound_grids import SoundGrids
from sda_widgets.grid.sounds_bar import SoundsBar


def test_every_further_sound_has_a_grid(session):
    grids = SoundGrids(session, lambda sound: CodeGrid(session, sound))
    assert not grids.children
    session.add_sound()
    session.add_sound()
    assert [grid.sound.name for grid in grids.children] == ["B", "C"]
    session.remove_sound(session.sounds[-1])
    assert [grid.sound.name for grid in grids.children] == ["B"]


def test_showing_and_hiding_the_second_sound_makes_no_further_widgets(session):
    bar, _grids = SoundsBar(session), SoundGrids(session, lambda sound: CodeGrid(session, sound))
    counts = []
    for _ in range(3):
        bar.toggle.value = True
        session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
        bar.toggle.value = False
        counts.append(len(widget._instances))
    assert counts[0] == counts[1] == counts[2]


def test_a_second_sound_that_is_shown_again_is_a_new_copy(session):
    bar, grids = SoundsBar(session), SoundGrids(session, lambda sound: CodeGrid(session, sound))
    bar.toggle.value = True
    session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    removed, edited = session.sounds[1], session.sounds[1].codes
    bar.toggle.value = False
    assert removed.clip is None
    bar.toggle.value = True
    again = session.sounds[1]
    assert again.codes is session.sound.codes
    assert grids.children[0].sound is again
    again.steps.undo()  # nothing that was made is thrown away
    assert again.codes.is_same(edited)
