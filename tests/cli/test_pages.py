"""`sda html`: a static page of a notebook."""

import json


def write_notebook(path, words="# Rain"):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": words}]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    return path


def test_a_notebook_becomes_a_page(ok, refused, tmp_path):
    notebook = write_notebook(tmp_path / "rain.ipynb")
    assert ok("html", notebook).startswith(str(tmp_path / "rain.html"))
    assert "<h1>Rain</h1>" in (tmp_path / "rain.html").read_text()
    assert "--force" in refused("html", notebook)
    ok("html", notebook, "--force")
    ok("html", notebook, "-o", tmp_path / "other.html")


def test_what_is_no_notebook_is_refused(refused, tmp_path):
    (tmp_path / "text.ipynb").write_text("no json")
    (tmp_path / "list.ipynb").write_text("[]")
    assert "can't be read" in refused("html", tmp_path / "text.ipynb")
    assert "format 4" in refused("html", tmp_path / "list.ipynb")
    assert "NAME.ipynb" in refused("html", tmp_path / "absent.ipynb")
