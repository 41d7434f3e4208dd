"""What is shipped and how it is served: nothing from elsewhere, nobody from elsewhere."""

import json
import re
from pathlib import Path

from sda_lib.home import Home
from sda_widgets import serve
from sda_widgets.places import Places

WIDGETS = Path(serve.__file__).parent
SOURCE = WIDGETS.parent / "player_src"


def test_the_page_is_for_this_machine_and_for_those_who_hold_the_token():
    command = serve.command(None, 8899, "secret")
    assert "--Voila.ip=127.0.0.1" in command
    assert "--token=secret" in command
    assert serve.address(8899, "secret") == "http://127.0.0.1:8899/?token=secret"


def test_the_template_is_found_through_the_environment(tmp_path):
    environment = serve.environment(tmp_path)
    share = Path(environment["JUPYTER_PATH"].split(":")[0])
    for place in ("voila", "nbconvert"):
        assert json.loads((share / place / "templates/sda/conf.json").read_text())["base_template"] == "lab"
    assert environment["SDA_HOME"] == str(tmp_path)


def test_relative_folders_are_made_absolute_because_the_kernel_starts_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert serve.environment("here", "there")["SDA_HOME"] == str(tmp_path / "here")
    assert serve.environment("here", "there")["SDA_DEMO"] == str(tmp_path / "there")


def test_the_folders_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    monkeypatch.delenv("SDA_DEMO", raising=False)
    (tmp_path / "demo").mkdir()
    places = Places.from_environment()
    assert (places.models, places.demo) == (tmp_path / "models", tmp_path / "demo")


def test_the_page_uses_the_folder_that_the_commands_use(monkeypatch, tmp_path):
    for name in ("SDA_HOME", "SDA_DATA"):
        monkeypatch.delenv(name, raising=False)
    assert Places.from_environment().folder == Home.from_environment().folder.resolve()
    assert serve.environment()["SDA_HOME"] == str(Home.from_environment().folder.resolve())
    monkeypatch.setenv("SDA_DATA", str(tmp_path))
    assert Places.from_environment().models == Home.from_environment().models == tmp_path / "models"
    assert serve.environment()["SDA_HOME"] == str(tmp_path)
    assert serve.environment(tmp_path / "other")["SDA_HOME"] == str(tmp_path / "other")


def test_no_page_file_fetches_anything_from_elsewhere():
    for path in [*WIDGETS.glob("static/*.css"), *WIDGETS.glob("static/*.js"), *WIDGETS.glob("share/**/*.j2")]:
        assert not re.search(r"""(src|href|from|import|url\()\s*[=(]?\s*["']?(https?:)?//""", path.read_text()), path


def test_the_bundle_ships_with_its_license_and_the_lock_names_no_server():
    assert "BSD 3-Clause" in (WIDGETS / "static/wavesurfer.LICENSE.txt").read_text()
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
