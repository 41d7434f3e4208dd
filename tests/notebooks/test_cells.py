"""The tutorials as they are read: a sentence before each cell, short cells, no stored outputs, working links."""

import re

import nbformat
import pytest

NAMES = ("1_first_sound", "2_play", "3_codes", "4_look_inside", "5_deliver", "6_own_widgets")
# Most lines of a cell, without empty ones, and of the instrument in the last tutorial.
LINES, INSTRUMENT_LINES = 5, 20


@pytest.fixture(params=NAMES)
def notebook(request, pytestconfig):
    """A tutorial."""
    return nbformat.read(pytestconfig.rootpath / "notebooks" / f"{request.param}.ipynb", 4)


def lines_of(source):
    return [line for line in source.splitlines() if line.strip()]


def sentences_in(source):
    """How many sentences a text has besides its heading; code in it is taken as a word."""
    text = re.sub(r"`[^`]+`|\]\([^)]+\)", "x", re.sub(r"^# .*\n", "", source))
    return len(re.findall(r"[.?!](?=\s|$)", text.strip()))


def test_all_tutorials_are_tried(pytestconfig):
    found = {path.stem for path in (pytestconfig.rootpath / "notebooks").glob("*.ipynb")}
    assert found == {*NAMES, "workbench"}


def test_text_and_code_alternate_and_a_last_sentence_says_what_is_next(notebook):
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", "code"] * (len(kinds) // 2) + ["markdown"]
    assert notebook.cells[0].source.startswith("# ")
    assert [
        cell.source for cell in notebook.cells if cell.cell_type == "markdown" and sentences_in(cell.source) != 1
    ] == []


def test_cells_are_short(notebook):
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    long = [source for source in sources if len(lines_of(source)) > LINES]
    assert len(long) == ("class DrumMachine" in "".join(sources))
    assert all(len(lines_of(source)) <= INSTRUMENT_LINES for source in long)


def test_nothing_that_ran_is_stored(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code if cell.outputs or cell.execution_count is not None] == []


def test_links_lead_somewhere(notebook, pytestconfig):
    text = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    assert [link for link in links if not (pytestconfig.rootpath / "notebooks" / link).is_file()] == []
