"""The user's data folder is named by the environment, else it is the system's."""

from pathlib import Path

import platformdirs
import pytest

from sda_lib.home import Home


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in ("SDA_HOME", "SDA_DATA"):
        monkeypatch.delenv(name, raising=False)


def test_the_system_folder_is_the_default():
    assert Home.from_environment().folder == platformdirs.user_data_path("sda", appauthor=False)


def test_the_older_variable_works_and_the_newer_one_has_priority(monkeypatch, tmp_path):
    monkeypatch.setenv("SDA_DATA", str(tmp_path / "old"))
    assert Home.from_environment().folder == tmp_path / "old"
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "new"))
    assert Home.from_environment().models == tmp_path / "new/models"


def test_a_relative_folder_becomes_absolute_and_a_tilde_is_expanded(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDA_HOME", "data")
    assert Home.from_environment().folder == tmp_path / "data"
    monkeypatch.setenv("SDA_HOME", "~/sounds")
    assert Home.from_environment().folder == Path.home() / "sounds"
