"""The notebook itself, run the way JupyterLab runs it."""

import nbformat
from nbclient import NotebookClient

from sda_widgets import serve


def test_the_notebook_runs_and_ends_with_the_page(studio_folders, monkeypatch):
    data, demo = studio_folders
    monkeypatch.setenv("SDA_HOME", str(data))
    monkeypatch.setenv("SDA_DEMO", str(demo))
    notebook = nbformat.read(serve.notebook(), as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = notebook.cells[-1].outputs[-1].data
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_the_title_is_for_the_notebook_alone(page, bare_studio, open_page):
    open_page(bare_studio)
    title = page.locator(".jp-MarkdownCell").filter(has_text="Run the cell below")
    assert title.count() == 1
    assert not title.is_visible()
