"""Theme switch: its names are those of the scripts that keep and apply the choice."""

import re

import pytest
from traitlets import TraitError

from sda_widgets.common.theme import HERE
from sda_widgets.common.theme_switch import THEMES, ThemeSwitch
from sda_widgets.serve import SHARE

SCRIPT = (HERE / "theme.js").read_text()
TEMPLATE = (SHARE / "voila/templates/sda/index.html.j2").read_text()


def test_one_of_three_themes_is_chosen():
    switch = ThemeSwitch()
    assert switch.theme == "system"
    switch.theme = "dark"
    with pytest.raises(TraitError):
        switch.theme = "sepia"


def test_the_scripts_know_the_same_themes_and_the_same_key():
    assert tuple(re.findall(r'"(\w+)"', re.search(r"THEMES = \[(.*)\]", SCRIPT)[1])) == THEMES
    key = re.search(r'KEY = "([\w-]+)"', SCRIPT)[1]
    assert f'sessionStorage.getItem("{key}") ?? localStorage.getItem("{key}")' in TEMPLATE
    assert "root.dataset.sdaTheme" in TEMPLATE
    assert "documentElement.dataset.sdaTheme" in SCRIPT
