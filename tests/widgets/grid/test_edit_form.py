"""The form that applies an edit with its parameters."""

import pytest
from acts import point

from sda_lib.editing.registry import EDITS
from sda_widgets.session.editing import BY_HAND


def test_apply_an_edit_with_its_parameters(grid):
    grid.toolbar.form.chooser.value = "loop"
    assert list(grid.toolbar.form.fields) == ["times"]
    frames = grid.session.sound.codes.frames
    point(grid, "press", 0, 4)
    point(grid, "drag", 0, 6)
    grid.toolbar.form.fields["times"].value = 3
    grid.toolbar.form.button.click()
    assert grid.session.sound.codes.frames == frames + 6
    grid.toolbar.form.chooser.value = "transpose"
    assert set(grid.toolbar.form.fields) == {"by", "amount"}
    grid.toolbar.form.chooser.value = "swap"
    grid.toolbar.form.button.click()
    assert "another sound" in grid.session.message


@pytest.mark.parametrize("name", [name for name in EDITS if name not in (*BY_HAND, "swap", "blend", "restructure")])
def test_every_edit_works_with_its_defaults(grid, name):
    point(grid, "press", 1, 3)
    point(grid, "drag", 4, 9)
    grid.toolbar.form.chooser.value = name
    before = grid.session.sound.codes
    grid.toolbar.form.button.click()
    assert grid.session.message == ""
    assert name == "copy" or not grid.session.sound.codes.is_same(before)
