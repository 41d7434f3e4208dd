"""A folder of models is listed from the files themselves."""

import json
import os
import struct

from sda_lib.model.header import FORMAT
from sda_lib.model.library import entry_of, models


def file_with_header(path, header):
    head = json.dumps({"__metadata__": {"sda": json.dumps(header)}}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head)
    return path


def test_entry_of_a_model(tiny_model_path):
    (found,) = models(tiny_model_path.parent)
    assert found.path == tiny_model_path
    assert found.name == "tiny"
    assert found.problem == ""
    assert found.created
    assert 0.04 < found.minutes < 0.07
    assert found.metrics["held_out_start"] > 0


def test_newest_first_and_broken_ones_with_their_problem(tmp_path, tiny_model_path):
    facts = {"corpus": {"minutes": 1.5}, "metrics": {"held_out": 2}}
    good = {"format": FORMAT, "created": "2024-05-01T00:00:00+00:00", **facts}
    file_with_header(tmp_path / "old.sda", {**good, "name": "old"})
    file_with_header(tmp_path / "new.sda", {**good, "name": "new", "created": "2025-05-01T00:00:00+00:00"})
    file_with_header(tmp_path / "odd.sda", {"format": FORMAT, "name": "odd", "corpus": 3})
    (tmp_path / "text.sda").write_text("this is not a model at all")
    (tmp_path / "cut.sda").write_bytes(tiny_model_path.read_bytes()[:5000])
    (tmp_path / ".hidden.sda").write_text("")
    found = models(tmp_path)
    assert [e.name for e in found][:2] == ["new", "old"]
    assert (found[0].minutes, found[0].metrics) == (1.5, {"held_out": 2.0})
    problems = {e.path.name: e.problem for e in found if e.problem}
    assert set(problems) == {"odd.sda", "text.sda", "cut.sda"}
    assert all(problem.endswith(".") for problem in problems.values())


def test_no_folder_is_no_models(tmp_path):
    assert models(tmp_path / "nowhere") == ()


def test_a_vanished_model_has_a_problem(tmp_path):
    os.symlink(tmp_path / "gone", tmp_path / "link.sda")
    assert [bool(e.problem) for e in models(tmp_path)] == [True]
    assert entry_of(tmp_path / "gone.sda").problem
