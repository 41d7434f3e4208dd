"""The sentence of a failed act, as the browser gets it; tests/browser/test_errors.py holds where it stands."""

from sda_widgets.common.error_mark import ErrorMark


def test_at_first_there_is_nothing_to_say():
    mark = ErrorMark()
    assert (mark.sentence, mark.control) == ("", "")
    assert {"sentence", "control"} <= set(mark.keys)
