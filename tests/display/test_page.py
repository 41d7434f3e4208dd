"""The style that displays share."""

import re

from sda_lib.display.page import STYLE, page


def test_a_page_is_complete_by_itself(checked_html):
    assert "<p>inside</p>" in checked_html(page("<p>", "inside", "</p>"))


def test_every_rule_applies_inside_of_displays_only():
    rules = re.sub(r"@media [^{]*\{", "", STYLE)
    selectors = [one.strip(" }") for one in re.findall(r"[^{}]+(?=\{)", rules)]
    assert selectors
    assert all(".sda-view" in part for one in selectors for part in re.split(r",(?![^(]*\))", one))


def test_both_themes_set_the_same_colors():
    from sda_lib.display.page import _DARK, _LIGHT

    assert set(re.findall(r"--[\w-]+", _DARK)) == set(re.findall(r"--[\w-]+", _LIGHT))
