"""The tutorials run alone from their folder, every cell shows what it makes, and their static pages need nothing."""

import ast
import json

import nbformat
import pytest
from nbclient import NotebookClient

from sda_lib.display.notebook_page import notebook_page

NAMES = ("1_first_sound", "2_play", "3_codes", "4_look_inside", "5_deliver", "6_own_widgets")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=NAMES)
def executed(request, shared, pytestconfig):
    """A tutorial after it was run."""
    name = request.param
    return nbformat.read(shared(name, lambda folder: _run(folder, pytestconfig.rootpath, name)) / f"{name}.ipynb", 4)


def _run(folder, root, name):
    """Run a tutorial in a folder that lies beside the data, as it does in the repository."""
    (folder / "notebooks").mkdir()
    (folder / "data").symlink_to(root / "data")
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SDA_HOME", str(folder / "home"))
        patch.setenv("PYTHONPATH", f"{root}:{root / 'widgets'}")
        resources = {"metadata": {"path": str(folder / "notebooks")}}
        NotebookClient(notebook, timeout=300, shutdown_kernel="immediate", resources=resources).execute()
    nbformat.write(notebook, folder / f"{name}.ipynb")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_cell_that_ends_in_an_expression_shows_it(executed, checked_html):
    for cell in code_cells(executed):
        pages = [output.data["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]
        assert pages or not isinstance(ast.parse(cell.source).body[-1], ast.Expr), cell.source
        for page in pages:
            checked_html(page)


def test_nothing_warns_or_fails(executed):
    outputs = [output for cell in code_cells(executed) for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []


def test_the_static_page_is_small_and_asks_for_nothing(executed, quiet_page, tmp_path):
    path = tmp_path / "tutorial.html"
    path.write_text(notebook_page(json.loads(nbformat.writes(executed)), "tutorial"))
    page = quiet_page(path)
    assert page.locator("h1").count() == 1
    assert page.locator("audio").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
