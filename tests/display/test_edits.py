"""Display of edits."""

from sda_lib.display.edits import edit_call, edit_help, edits_view
from sda_lib.editing.registry import EDITS


def test_every_edit_is_listed(checked_html):
    html = checked_html(edits_view())
    assert all(f"codes.{name}(" in html for name in EDITS)


def test_a_call_shows_defaults_and_ranges():
    assert edit_call("reverse") == "codes.reverse(levels=None, frames=None)"
    assert edit_call("loop").startswith("codes.loop(times")
    assert all(edit_help(name).endswith(".") and len(edit_help(name)) > 10 for name in EDITS)
