"""The exporter of nbconvert: the page of `sda html`, by nbconvert's own command."""

import importlib
import json
import subprocess
import sys
import tomllib

import pytest

from sda_lib.display.notebook_page import notebook_page

SOURCES = {"code": "1 < 2", "markdown": "# Rain & snow"}


@pytest.fixture
def notebook(tmp_path):
    """The path of a notebook with text and code."""
    cells = [{"cell_type": kind, "id": kind, "metadata": {}, "source": source} for kind, source in SOURCES.items()]
    cells[0] |= {"execution_count": None, "outputs": []}
    path = tmp_path / "rain.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    return path


def exporter_path(pytestconfig):
    """Where pyproject says that the exporter is: module:class."""
    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text())["project"]
    return project["entry-points"]["nbconvert.exporters"]["sda_html"]


def test_the_entry_point_leads_to_an_exporter(pytestconfig):
    from nbconvert.exporters import Exporter

    module, _, name = exporter_path(pytestconfig).partition(":")
    assert issubclass(getattr(importlib.import_module(module), name), Exporter)


@pytest.mark.slow
def test_nbconvert_makes_the_page_of_sda_html(notebook, pytestconfig):
    exporter = exporter_path(pytestconfig).replace(":", ".")
    command = [sys.executable, "-m", "nbconvert", "--to", exporter, str(notebook)]
    subprocess.run(command, check=True, capture_output=True)
    page = notebook.with_suffix(".html").read_text()
    assert page == notebook_page(json.loads(notebook.read_text()), "rain")
    assert "<h1>Rain &amp; snow</h1>" in page
