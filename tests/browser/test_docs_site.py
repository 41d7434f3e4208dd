"""The documentation as static pages: built without a warning, complete, and read without a server or another place."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import docs_site  # noqa: E402
from public_names import public_names  # noqa: E402

import sda_lib  # noqa: E402
import sda_widgets  # noqa: E402


@pytest.fixture(scope="session")
def site(shared):
    """The folder of the pages, built once."""

    def build(folder):
        command = [sys.executable, ROOT / "scripts/docs_site.py", "--out", folder / "site"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "WARNING" not in done.stderr

    return shared("docs_site", build) / "site"


@pytest.fixture
def reader(chromium):
    """A page of the browser that notes requests to other places, and errors."""
    page = chromium.new_page()
    page.others, page.faults = [], []
    page.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else page.others.append(one.url))
    page.on("console", lambda one: page.faults.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    yield page
    page.close()


@pytest.mark.long  # building the pages takes most of a minute
def test_every_page_opens_from_the_disk_without_other_places(site, reader):
    pages = sorted(path for path in site.rglob("*.html") if path.name != "search.html")  # empty without a question
    assert len(pages) > 20
    for path in pages:
        reader.goto(path.as_uri())
        assert reader.locator("h1, h2").first.inner_text(timeout=5000).strip(), path
    assert (reader.others, reader.faults) == ([], [])


@pytest.mark.long
def test_every_public_name_has_a_place(site):
    text = "".join(path.read_text() for path in (site / "api").glob("*.html"))
    names = [*public_names(sda_lib), *public_names(sda_widgets)]
    missing = [one.name for one in names if f'id="{one.module}.{one.name}"' not in text]
    assert not missing


@pytest.mark.long
def test_search_works_without_a_server(site, reader):
    reader.goto(f"{(site / 'search.html').as_uri()}?q=novelty")
    reader.get_by_role("main").get_by_role("link", name="Models and new sounds").wait_for()
    assert not reader.faults


def test_links_to_files_that_are_no_pages_are_plain_text():
    text = (
        "[a](GLOSSARY.md#frame), [b](../LICENSE), [c](../notebooks/workbench.ipynb), [d](https://example.org), [e](#f)"
    )
    told = docs_site.linked(text, ROOT / "docs")
    assert told == "[a](/GLOSSARY.md#frame), b, c, [d](https://example.org), [e](#f)"
    assert docs_site.linked("![p](docs/dashboard.png)", ROOT) == "![p](/dashboard.png)"


def test_a_tutorial_has_its_cells_and_what_they_showed(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# First\n", "Words."]},
        {"cell_type": "code", "source": "1 + 1 # ```", "outputs": [
            {"output_type": "execute_result", "data": {"text/plain": "2 < 3"}},
            {"output_type": "display_data", "data": {"text/html": "<p>\n\n```shown```</p>"}},
        ]},
        {"cell_type": "code", "source": " ", "outputs": []},
    ]  # fmt: skip
    path = tmp_path / "1_first.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells}))
    page = docs_site.tutorial(path, execute=False)
    assert page.startswith("# First\nWords.\n\n````python\n1 + 1 # ```\n````\n\n")
    assert '<div class="output"><pre>2 &lt; 3</pre></div>' in page
    assert re.search(
        r"^`{9}\{raw\} html\n<div class=\"output\"><p>\n\n```shown```</p></div>\n`{9}$", page, re.MULTILINE
    )


def test_a_tutorial_is_run_where_that_is_wanted(tmp_path, monkeypatch):
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
    nbformat.write(notebook, tmp_path / "1_first.ipynb")
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    assert "<pre>42</pre>" in docs_site.tutorial(tmp_path / "1_first.ipynb", execute=True)
