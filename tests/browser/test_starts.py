"""The page as plain Voila serves it, with other extensions installed and behind a proxy."""

import json
import os
import sys

import pytest
from playwright.sync_api import expect

from sda_widgets import serve

pytestmark = pytest.mark.browser
BROKEN = "console.error('this extension needs JupyterLab');"


def lab_extension(folder, name):
    """An extension of JupyterLab that logs an error wherever it is loaded."""
    (folder / name / "static").mkdir(parents=True)
    (folder / name / "static" / "remoteEntry.js").write_text(BROKEN)
    build = {"load": "static/remoteEntry.js", "extension": "./extension"}
    described = {"name": name, "version": "1.0.0", "jupyterlab": {"extension": True, "_build": build}}
    (folder / name / "package.json").write_text(json.dumps(described))


@pytest.mark.long
def test_plain_voila_below_a_path_with_other_extensions_installed(own_server, page, studio_folders, tmp_path):
    lab_extension(tmp_path / "labextensions", "some-other-extension")
    environment = serve.environment(*studio_folders)
    environment["JUPYTER_PATH"] += os.pathsep + str(tmp_path)
    plain = [sys.executable, "-m", "voila", str(serve.notebook()), "--no-browser", "--Voila.base_url=/user/me/"]
    address = own_server(lambda port: [*plain, "--Voila.ip=127.0.0.1", f"--port={port}"], environment)
    page.goto(f"{address}/user/me/")
    page.wait_for_selector(".sda-take")


def test_a_page_that_can_t_start_says_why(own_server, page, studio_folders, tmp_path):
    (tmp_path / "bqplot.py").write_text("raise ImportError('<b>an old version</b>')")
    environment = serve.environment(*studio_folders)
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), environment.get("PYTHONPATH", "")])
    page.goto(own_server(lambda port: serve.Server(port, "").command(spare=False), environment))
    expect(page.get_by_role("alert")).to_contain_text("bqplot can't be loaded (<b>an old version</b>)")
    expect(page.locator(".sda-app")).to_have_count(0)
