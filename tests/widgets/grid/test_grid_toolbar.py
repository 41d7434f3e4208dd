"""The toolbar offers every edit."""

import pytest
from ipywidgets import Button

from sda_lib.editing.registry import EDITS
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.grid.grid_toolbar import QUICK
from sda_widgets.session.editing import BY_HAND


def test_every_edit_has_a_button_or_is_in_the_form(grid):
    labels = {button.description for row in grid.toolbar.rows for button in row.children if isinstance(button, Button)}
    offered = {name for _label, name in grid.toolbar.form.chooser.options}
    assert offered | set(BY_HAND) == set(EDITS)
    assert {name.capitalize() for name in QUICK} <= labels


def test_the_field_shows_and_changes_the_varispeed_with_undo(grid):
    sound, field = grid.sound, grid.toolbar.varispeed
    seconds = sound.seconds
    assert field.value == 0
    field.value = 12.0
    assert sound.codes.rate == 2
    assert sound.clip.seconds == pytest.approx(seconds / 2, abs=0.001)
    assert sound.seconds == pytest.approx(seconds / 2, abs=0.001)
    assert "varispeed <b>+12</b> semitones" in grid.status.value
    assert sound.history.steps[-1].description == "varispeed semitones 12"
    sound.steps.undo()
    assert (field.value, sound.codes.rate, sound.seconds) == (0, 1, seconds)
    assert len(sound.history.steps) == 2


def test_several_sounds_have_names_and_the_tools_of_further_ones_are_folded(session):
    toolbar = CodeGrid(session, session.sound).toolbar
    assert toolbar.title.layout.display == "none"
    session.add_sound()
    other = CodeGrid(session, session.sounds[1]).toolbar
    assert (toolbar.title.value, other.title.value) == ("A", "B")
    assert toolbar.title.layout.display is None
    assert [row.layout.display for row in other.rows] == [None, "none", "none"]
    other.tools.value = True
    assert [row.layout.display for row in other.rows] == [None, None, None]
