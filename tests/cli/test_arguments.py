"""Arguments of several commands: the folder of the user, and models by name."""

import json
import shutil
from pathlib import Path

import pytest

from sda_lib.model.header import peek


@pytest.mark.parametrize("variable", ["SDA_HOME", "SDA_DATA"])
def test_every_command_works_in_the_folder_that_is_named(ok, tiny_corpus, tmp_path, monkeypatch, variable):
    monkeypatch.delenv("SDA_HOME")
    monkeypatch.setenv(variable, str(tmp_path / "else where"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    small = ["--set", "codec.width=16", "--set", "codec.levels=3", "--minutes", 0]
    assert str(tmp_path / "else where/models/tin.sda") in ok("train", tiny_corpus, "--name", "tin", *small)
    assert len(json.loads(ok("runs", "--json"))) == 1
    (made,) = ok("generate", "tin", "-n", 1, "--seconds", 0.5).split("\n")[:1]
    assert made == str(tmp_path / "else where/exports/tin_0.wav")
    ok("clean", "runs")
    assert json.loads(ok("runs", "--json")) == []
    assert list(Path.cwd().iterdir()) == []


def test_without_a_name_it_is_the_system_s_folder(ok, tmp_path, monkeypatch):
    monkeypatch.delenv("SDA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "jane"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "jane/share"))
    folder = Path(json.loads(ok("clean", "--json"))["folder"])
    assert folder.is_absolute() or (tmp_path / folder).is_relative_to(tmp_path / "jane")
    assert folder.name == "sda"
    assert not (tmp_path / "jane").exists()


def test_runs_of_another_folder_are_asked_for_with_data(ok, tmp_path, tiny_corpus, monkeypatch):
    ok("train", tiny_corpus, "--minutes", 0, "--set", "codec.width=16", "--set", "codec.levels=3")
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "other"))
    assert json.loads(ok("runs", "--json")) == []
    (run,) = json.loads(ok("runs", "--data", "data", "--json"))
    assert "until: sda clean trash" in ok("runs", "--data", "data", "delete", run["run"])
    assert (tmp_path / "data/trash" / run["run"] / "job.json").exists()
    (tmp_path / "far").mkdir()
    shutil.move(tmp_path / "data/trash" / run["run"], tmp_path / "far/away")
    ok("runs", "--data", "data", "delete", "far/away")  # a run outside lands in the same trash
    assert (tmp_path / "data/trash/away/job.json").exists()
    assert not (tmp_path / "other").exists()


def test_a_model_is_a_path_or_a_name(ok, demo, tiny_model_path):
    for given in ("demo", "demo.sda", demo, "data/models/demo.sda", "tiny"):  # tiny is the name in its header
        assert json.loads(ok("info", given, "--json")) == peek(demo)
    shutil.copy(tiny_model_path, "here")
    Path("demo").mkdir()  # a folder is no model, so it hides none
    assert json.loads(ok("info", "here", "--json")) == json.loads(ok("info", "demo", "--json"))


def test_a_name_that_fits_none_or_several_lists_what_there_is(refused, ok, demo, tiny_model_path):
    assert "there are demo." in refused("generate", "dmo")
    assert "nowhere/demo.sda" in refused("info", "nowhere/demo.sda")
    shutil.copy(demo, demo.with_name("twin.sda"))
    said = refused("info", "tiny")
    assert "demo.sda, twin.sda" in said
    demo.with_name("twin.sda").write_text("no model")
    assert json.loads(ok("info", "tiny", "--json"))["name"] == "tiny"
    shutil.rmtree(demo.parent)
    assert "make one with `sda train`" in refused("info", "demo")
