"""Serving of the page: addresses, tokens, template and entry for Jupyter."""

import http.server
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

import sda_widgets
from sda_lib.errors import SdaError
from sda_lib.home import Home
from sda_widgets import failure, proxy, serve
from sda_widgets.common import folders
from sda_widgets.session import places
from sda_widgets.session.places import Places

ROOT = Path(__file__).parents[2]
WIDGETS = Path(serve.__file__).parent


def test_server_is_local_and_needs_the_token(tmp_path):
    server = serve.Server(8899, "secret")
    command = server.command()
    assert "--Voila.ip=127.0.0.1" in command
    assert "--token" in command
    assert not [part for part in command if "secret" in part]  # every user of the machine can read command lines
    assert server.environment(tmp_path)["JUPYTER_TOKEN"] == "secret"
    assert server.address == "http://127.0.0.1:8899/?token=secret"


def test_taken_port_is_an_error():
    assert "--Voila.port_retries=0" in serve.Server(8899, "secret").command()


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"base_url": "x"}, "http://127.0.0.1:80/x/?token=t"),
        ({"base_url": "//user/me//"}, "http://127.0.0.1:80/user/me/?token=t"),
        ({"base_url": ""}, "http://127.0.0.1:80/?token=t"),
        ({"token": ""}, "http://127.0.0.1:80/"),
        ({"ip": "::1"}, "http://[::1]:80/?token=t"),
        ({"ip": "::"}, "http://[::1]:80/?token=t"),
        ({"ip": "127.0.0.2"}, "http://127.0.0.2:80/?token=t"),
    ],
)
def test_address(settings, address):
    assert serve.Server(**{"port": 80, "token": "t", **settings}).address == address


def test_address_for_other_machines():
    assert not serve.Server(80, "t", "0.0.0.0").address.startswith("http://0.0.0.0")


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"token": "", "ip": "0.0.0.0"}, "token"),
        ({"ip": "localhost "}, "numeric"),
        ({"base_url": "/a b/"}, "path"),
        ({"base_url": "/x/?q=1"}, "path"),
        ({"base_url": "/{x}/"}, "path"),
    ],
)
def test_invalid_or_open_server_is_refused(settings, word):
    with pytest.raises(SdaError, match=word):
        serve.Server(**{"port": 80, "token": "t", **settings})


def test_another_server_does_not_answer():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.handle_request, daemon=True).start()  # answers 501 to every GET
        assert not serve.Server(other.server_port, "t").answers()
    assert not serve.Server(other.server_port, "t").answers()


@pytest.mark.parametrize("lost", ["static/player.js", "share/jupyter/voila/templates/sda/index.html.j2"])
def test_missing_page_file_is_named(monkeypatch, tmp_path, lost):
    for folder in ("static", "share"):
        shutil.copytree(WIDGETS / folder, tmp_path / folder)
    monkeypatch.setattr(serve, "SHARE", tmp_path / "share/jupyter")
    assert serve.missing() is None
    (tmp_path / lost).unlink()
    assert serve.missing() == tmp_path / lost


def test_notebook_error_is_one_sentence(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(failure, "display", lambda html: shown.append(html.data))

    def fail():
        raise ValueError("<script>")

    monkeypatch.setattr(Places, "from_environment", fail)
    with pytest.raises(ValueError, match="script"):
        sda_widgets.studio()
    (error_card,) = shown
    sentence, _, details = error_card.partition("<details>")
    assert "could not start" in sentence
    assert "&lt;script&gt;" in sentence
    assert "test_serve.py" in details  # the traceback
    assert "<script>" not in error_card


def test_studio_returns_the_workbench(monkeypatch, tmp_path):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    assert "sda-app" in sda_widgets.studio()._dom_classes


def test_jupyter_finds_template_and_proxy_entry():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert {ROOT / source: target for source, target in shared.items()} == {serve.SHARE: "share/jupyter"}
    entries = project["project"]["entry-points"]["jupyter_serverproxy_servers"]
    module, _, name = entries["sda"].partition(":")
    assert getattr(importlib.import_module(module), name) is proxy.server
    assert Path(proxy.server()["launcher_entry"]["icon_path"]).is_file()


def test_wheel_contains_examples_and_notebook(tmp_path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    targets = project["tool"]["hatch"]["build"]["targets"]
    included = targets["wheel"]["force-include"]
    assert not [source for source in included if source.split("/")[0] in targets["sdist"]["exclude"]]
    package = tmp_path / "sda_widgets"
    for source, target in included.items():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / source, tmp_path / target)
    for module in (folders, places, serve):
        room = package / Path(module.__file__).parent.relative_to(WIDGETS)
        room.mkdir(exist_ok=True)
        (room / "__init__.py").touch()
        shutil.copy(module.__file__, room)
    probe = (
        "from sda_widgets import serve; from sda_widgets.session import places\n"
        "print(serve.notebook()); print(places.Places.from_environment().demo)"
    )
    (package / "__init__.py").touch()
    settings = {
        **os.environ,
        "SDA_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
    }
    settings.pop("SDA_DEMO", None)
    found = subprocess.check_output([sys.executable, "-c", probe], text=True, env=settings, cwd=tmp_path)
    assert found.split() == [str(package / "notebooks/workbench.ipynb"), str(package / "demo")]
    assert (package / "demo/LICENCES.csv").is_file()


def test_notebook_names_the_template():
    page = json.loads(serve.notebook().read_text())
    assert page["metadata"]["voila"]["template"] == "sda"
    assert not [cell for cell in page["cells"] if cell.get("outputs")]


def test_template_path(tmp_path):
    environment = serve.environment(tmp_path)
    share = Path(environment["JUPYTER_PATH"].split(":")[0])
    for place in ("voila", "nbconvert"):
        assert json.loads((share / place / "templates/sda/conf.json").read_text())["base_template"] == "lab"
    assert environment["MALLOC_ARENA_MAX"] == "1"
    assert environment["SDA_HOME"] == str(tmp_path)


def test_relative_folders_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert serve.environment("here", "there")["SDA_HOME"] == str(tmp_path / "here")
    assert serve.environment("here", "there")["SDA_DEMO"] == str(tmp_path / "there")


def test_folders_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    monkeypatch.delenv("SDA_DEMO", raising=False)
    (tmp_path / "demo").mkdir()
    places = Places.from_environment()
    assert (places.models, places.demo) == (tmp_path / "models", tmp_path / "demo")


def test_page_uses_the_folder_of_the_commands(monkeypatch, tmp_path):
    for name in ("SDA_HOME", "SDA_DATA"):
        monkeypatch.delenv(name, raising=False)
    assert Places.from_environment().folder == Home.from_environment().folder.resolve()
    assert serve.environment()["SDA_HOME"] == str(Home.from_environment().folder.resolve())
    monkeypatch.setenv("SDA_DATA", str(tmp_path))
    assert Places.from_environment().models == Home.from_environment().models == tmp_path / "models"
    assert serve.environment()["SDA_HOME"] == str(tmp_path)
    assert serve.environment(tmp_path / "other")["SDA_HOME"] == str(tmp_path / "other")


def test_page_files_fetch_nothing():
    for path in [*WIDGETS.rglob("*.css"), *WIDGETS.rglob("*.js"), *WIDGETS.glob("share/**/*.j2")]:
        assert not re.search(r"""(src|href|from|import|url\()\s*[=(]?\s*["']?(https?:)?//""", path.read_text()), path


def test_bundle_license_and_lock():
    assert "BSD 3-Clause" in (WIDGETS / "static/wavesurfer.LICENSE.txt").read_text()
    lock = json.loads((WIDGETS.parent / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
