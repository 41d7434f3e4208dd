"""Pieces of HTML."""

import pytest

from sda_lib.display import markup


def test_text_of_users_is_escaped_and_printable():
    assert markup.text("<b>&\x1b") == "&lt;b&gt;&amp;\\x1b"
    assert "<i>" not in markup.head("<i>", "<i>") + markup.note("<i>") + markup.facts({"<i>": "<i>"})


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.346, "0.35 s"), (12, "12.0 s"), (59.99, "60.0 s"), (185, "3:05 min")]
)
def test_durations(seconds, words):
    assert markup.duration(seconds) == words


def test_counts():
    assert [markup.counted(count, "file") for count in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


def test_what_is_empty_is_left_out():
    assert markup.note("") == markup.facts({"a": "", "b": None}) == markup.details("more", "") == ""


def test_a_table_has_headings_only_where_they_say_something(checked_html):
    assert "<thead>" not in checked_html(markup.table(("", ""), [("1", "2")]))
    assert '<th class="sda-number">b</th>' in checked_html(markup.table(("a", "b"), [("1", "2")], numbers=(1,)))


@pytest.mark.parametrize(("value", "words"), [(5740.4, "5740"), (-0.2153, "−0.215"), (0, "0"), (12.345, "12.3")])
def test_numbers(value, words):
    assert markup.number(value) == words
    assert markup.number(1.5, signed=True) == "+1.5"
