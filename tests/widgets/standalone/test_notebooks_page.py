"""What docs/NOTEBOOKS.md says is what happens: its Python runs, and its table has all widgets and their traits."""

import re
import shutil
from pathlib import Path

import pytest

import sda_widgets
from sda_lib.home import Home

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/NOTEBOOKS.md").read_text()


def test_its_python_runs(tiny_model_path, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "home"))
    models = Home.from_environment().models
    models.mkdir(parents=True)
    shutil.copy(tiny_model_path, models / "demo.sda")
    source = "".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(ROOT / "data")
    exec(compile(source, "NOTEBOOKS.md", "exec"), {})
    assert (tmp_path / "edited.wav").exists()


@pytest.mark.parametrize("line", re.findall(r"^\| `[A-Z].*$", PAGE, re.MULTILINE))
def test_traits_are_those_of_the_table(line):
    _, call, _takes, traits, _ = line.split("|")
    widget = getattr(sda_widgets, re.search(r"\w+", call)[0])
    assert set(re.findall(r"`(\w+)`", traits)) <= {*dir(widget)}


def test_all_widgets_are_in_the_table():
    assert set(re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE)) == {*sda_widgets.__all__} - {"studio"}
