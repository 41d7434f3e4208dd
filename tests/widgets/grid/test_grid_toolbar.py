"""The toolbar offers every edit."""

from ipywidgets import Button

from sda_lib.editing.registry import EDITS
from sda_widgets.grid.edit_form import BY_HAND
from sda_widgets.grid.grid_toolbar import QUICK


def test_every_edit_has_a_button_or_is_in_the_form(grid):
    labels = {button.description for row in grid.toolbar.rows for button in row.children if isinstance(button, Button)}
    offered = {name for _label, name in grid.toolbar.form.chooser.options}
    assert offered | set(BY_HAND) == set(EDITS)
    assert {name.capitalize() for name in QUICK} <= labels
