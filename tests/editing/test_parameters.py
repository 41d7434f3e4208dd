"""Parameters of edits: every one is declared, and the limits are those that the edits check."""

import pytest

from sda_lib.editing.parameters import PARAMETERS, parameter_option
from sda_lib.editing.registry import EDITS, edit_parameters


@pytest.mark.parametrize("edit", EDITS)
def test_every_parameter_has_a_help_text(edit):
    for name in edit_parameters(edit):
        assert parameter_option(edit, name).text.endswith(".")


def test_every_declaration_is_of_a_parameter():
    used = {key for edit in EDITS for name in edit_parameters(edit) for key in (name, f"{edit} {name}")}
    assert set(PARAMETERS) <= used
