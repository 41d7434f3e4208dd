"""The newcomer's notebook: every cell shows what it makes, and the static page of it sounds without a kernel."""

import json
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from sda_lib.display.notebook_page import notebook_page

# Trials of the sliders that make fitting them quick, run before the first cell.
QUICK = """
from sda_lib.sliders import fit, nudges
fit.STRAIGHT, fit.BENT = nudges.Nudging(600, (0.5,)), nudges.Nudging(600, (1.0, 2.0))
fit.TRIED, fit.TRIED_SECONDS = 4, 1.0
"""
SOUNDS = ("tabla_ghe[1-4]*", "elec_b[el]*", "elec_chime*", "ambi_glass*", "perc_*")


pytestmark = pytest.mark.long  # the tutorials take the same way


@pytest.fixture(scope="module")
def executed(shared, pytestconfig):
    """The notebook after it was run on some demo sounds, with a short training."""
    return nbformat.read(shared("newcomer", lambda folder: _run(folder, pytestconfig.rootpath)) / "newcomer.ipynb", 4)


def _quick_notebook(folder, root):
    """Copy some sounds into a folder; return the notebook with a short training of them, after a cell that makes
    fitting sliders quick."""
    sounds = folder / "data/demo"
    sounds.mkdir(parents=True)
    for pattern in SOUNDS:
        for file in (root / "data/demo").glob(pattern):
            shutil.copy(file, sounds)
    notebook = nbformat.read(root / "tests/notebooks/newcomer.ipynb", 4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("minutes=1 / 3", "minutes=0.05")
    notebook.cells.insert(0, nbformat.v4.new_code_cell(QUICK))
    return notebook


def _run(folder, root):
    notebook = _quick_notebook(folder, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDA_HOME", str(folder / "home"))
        patch.setenv("PYTHONPATH", str(root))
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    del notebook.cells[0]
    nbformat.write(notebook, folder / "newcomer.ipynb")


@pytest.fixture(scope="module")
def static(executed, tmp_path_factory):
    path = tmp_path_factory.mktemp("static") / "newcomer.html"
    path.write_text(notebook_page(json.loads(nbformat.writes(executed)), "newcomer"))
    return path


def test_every_cell_shows_what_it_makes(executed, checked_html):
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert len(cells) == 15
    for cell in cells:
        shown = [output for output in cell.outputs if "text/html" in output.get("data", {})]
        assert shown, cell.source
        assert len(shown) == len(cell.outputs)  # no warnings, nothing printed
        for output in shown:
            checked_html(output.data["text/html"])
            assert len(output.data["text/plain"]) < 1000
            assert "array(" not in output.data["text/plain"]


def test_the_training_showed_its_end_and_how_the_model_sounds(executed):
    (cell,) = (cell for cell in executed.cells if "corpus.train" in cell.source)
    card, sounds = (output.data["text/html"] for output in cell.outputs)
    assert "finished" in card
    assert "by its codes alone" in sounds


def test_the_static_page_is_small_and_asks_for_nothing(static, quiet_page):
    assert quiet_page(static).locator("audio").count() > 10


def test_every_player_of_the_static_page_plays(static, chromium):
    page = chromium.new_page()
    page.goto(static.as_uri())
    ready = "() => [...document.querySelectorAll('audio')].every(one => one.readyState >= 1 && one.duration > 0)"
    page.wait_for_function(ready)
    assert page.locator("audio").count() > 10
    page.evaluate("() => { const one = document.querySelector('audio'); one.muted = true; one.play(); }")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.05")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_themes(static, chromium, scheme):
    page = chromium.new_page(color_scheme=scheme)
    page.goto(static.as_uri())
    luminance = """selector => {
        const element = document.querySelector(selector), style = getComputedStyle(element);
        const [r, g, b] = style.color.match(/[\\d.]+/g).map(Number);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }"""
    for selector in (".sda-view", ".sda-view .sda-quiet", ".sda-view th"):
        assert (page.evaluate(luminance, selector) > 128) == (scheme == "dark")
    page.close()


CELLS_OF_LAB = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter((one) => one.model.type === "code")
  .map((one) => ({
    isDone: one.model.executionCount !== null && one.model.executionState !== "running",
    texts: [...Array(one.model.outputs.length).keys()].map((n) => one.model.outputs.get(n).type),
    players: one.node.querySelectorAll("audio").length,
  }))"""
PLAY_ONE = """async () => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const one = cells.flatMap((cell) => [...cell.node.querySelectorAll("audio")])[0];
  one.muted = true;
  await one.play();
  while (one.currentTime < 0.05) await new Promise((after) => setTimeout(after, 20));
  return one.currentTime;
}"""


def test_every_cell_shows_what_it_makes_in_jupyterlab(lab, lab_server, page, pytestconfig, tmp_path):
    _address, folder = lab_server
    path = tmp_path / "newcomer.ipynb"
    nbformat.write(_quick_notebook(folder, pytestconfig.rootpath), path)
    lab(page, path, ".jp-OutputArea-output")
    page.wait_for_function(f"() => ({CELLS_OF_LAB})().every((one) => one.isDone)")
    cells = page.evaluate(CELLS_OF_LAB)[1:]  # the first one makes the sliders quick
    assert len(cells) == 15
    for number, cell in enumerate(cells):
        assert cell["texts"], number
        assert "error" not in cell["texts"], number
    assert sum(cell["players"] for cell in cells) > 10
    assert page.evaluate(PLAY_ONE) > 0.05
