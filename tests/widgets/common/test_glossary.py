"""The glossary of the documentation is the page's: marks say what it says, and the package has it."""

import re
import tomllib
from pathlib import Path

import pytest
from ipywidgets import FloatSlider

from sda_widgets.common.glossary import explained, heading, mark, terms

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/GLOSSARY.md").read_text()
SOURCES = [path.read_text() for path in (ROOT / "widgets/sda_widgets").rglob("*.py")]


def test_every_entry_is_read():
    names = re.findall(r"^\*\*(.+?)\*\*$", TEXT, re.MULTILINE)
    assert list(terms()) == names
    assert len(set(names)) == len(names)
    assert all(words.endswith(".") and "`" not in words and "\n" not in words for words in terms().values())


def test_a_mark_says_what_the_glossary_says():
    html = mark("Source")
    assert terms()["Source"].startswith("How much the recordings contribute")
    assert html.count("How much the recordings contribute") == 2  # as a hint, and in the popover
    assert 'aria-label="What is: Source"' in html
    target = re.search(r'popovertarget="(.+?)"', html)[1]
    assert f'id="{target}"' in html
    assert target not in mark("Source")  # one of its own


def test_unknown_words_have_no_mark():
    with pytest.raises(KeyError):
        mark("Flux")


def test_headings_and_controls_have_marks():
    assert heading("Map").value == "<h3>Map</h3>"
    assert "sda-explain" in heading("Map", "Map").value
    slider = FloatSlider()
    box = explained(slider, "Novelty")
    assert box.children[0] is slider
    assert "What is: Novelty" in box.children[1].value


@pytest.mark.parametrize("term", ["Safe and warning zone", "Source", "Quantize", "Held-out distance", "Novelty", "Map"])
def test_the_words_that_the_page_has_to_explain_have_marks(term):
    assert term in terms()
    assert any(f'"{term}"' in text for text in SOURCES)


def test_the_package_has_the_glossary():
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert built["force-include"]["docs/GLOSSARY.md"] == "sda_widgets/GLOSSARY.md"
