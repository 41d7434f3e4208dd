"""`sda info`, `sda sliders`, `sda palette`, `sda health` and `sda strip-memory`."""

import json
import re
import shutil

import pytest

from sda_lib.codec.codes import level_names
from sda_lib.model.header import peek
from sda_lib.runs import manage
from sda_lib.sliders.nudges import Nudging


@pytest.mark.slow
def test_a_table_with_a_line_per_level(ok, tiny_model_path):
    out = ok("health", tiny_model_path)
    lines = out.splitlines()
    assert lines[0].startswith("tiny: All findings are green.")
    assert [line.split("  ")[0].strip() for line in lines[2:14]] == list(level_names(12))
    assert all(line.endswith("green") for line in lines[2:14])
    assert "mel distance of held-out sounds" in out
    assert "RED" not in out


@pytest.mark.slow
def test_json_and_a_report_of_other_sounds(ok, tiny_model_path, tiny_corpus, tmp_path):
    folder = tmp_path / "other sounds"
    folder.mkdir()
    shutil.copy(tiny_corpus / "rain.wav", folder)
    report = tmp_path / "report.html"
    facts = json.loads(ok("health", tiny_model_path, "--corpus", folder, "--json", "--report", report))
    assert facts["measured"].startswith("other sounds: 1 sounds")
    assert {one["file"] for one in facts["files"]} >= {"rain"}
    assert "<audio" in report.read_text()


@pytest.mark.slow
def test_a_model_with_findings_is_no_failure(ok, tiny_model_path, tmp_path):
    import torch

    from sda_lib.model.model import SdaModel

    model = SdaModel.load(tiny_model_path)
    model.usage.copy_(torch.where(torch.arange(16) == 3, 81, 0).expand_as(model.usage))
    path = model.save(tmp_path / "sick one.sda")
    out = ok("health", path)
    assert "3 findings are not green, 3 of them red" in out
    assert " uses 1 code.\n        sda train DIR --set train.seed=1\n" in out


@pytest.mark.slow
def test_an_absent_model_or_folder_is_refused(refused, tiny_model_path, tmp_path):
    assert "no model" in refused("health", tmp_path / "none.sda")
    assert "no folder" in refused("health", tiny_model_path, "--corpus", tmp_path / "none")
    assert ".html" in refused("health", tiny_model_path, "--report", tmp_path / "report.txt")


@pytest.mark.slow
def test_a_fix_names_the_training_folder(ok, tiny_model_path, tiny_corpus, tmp_path):
    import torch

    from sda_lib.config import Recipe
    from sda_lib.model.model import SdaModel

    model = SdaModel.load(tiny_model_path)
    model.usage.copy_(torch.where(torch.arange(16) == 3, 81, 0).expand_as(model.usage))
    folder = tmp_path / "my sounds"
    shutil.copytree(tiny_corpus, folder)
    with manage.create_run(tmp_path / "data/runs", manage.Job("sick", (folder,), tmp_path / "sick.sda", Recipe())):
        pass
    out = ok("health", model.save(tmp_path / "sick.sda"))
    assert f"sda train '{folder}' --set train.seed=1\n" in out
    assert "DIR" not in out


def test_palette_draws_all_levels_or_one(sda, tiny_model_path, tmp_path):
    assert sda("palette", tiny_model_path, "-o", "all.png") == (0, "all.png\n", "")
    assert sda("palette", tiny_model_path, "-o", "one.png", "--level", 1) == (0, "one.png\n", "")
    pictures = [(tmp_path / name).read_bytes() for name in ("all.png", "one.png")]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert pictures[0] != pictures[1]


def test_invalid_levels_and_suffixes_of_a_palette_are_refused(sda, tiny_model_path, tmp_path):
    for arguments, word in ((("-l", 99), "level 99"), (("-l", -1), "level -1")):
        code, _, err = sda("palette", tiny_model_path, "-o", "p.png", *arguments)
        assert (code, err.count("\n")) == (1, 1)
        assert word in err
    code, _, err = sda("palette", tiny_model_path, "-o", "p.wav")
    assert code == 1
    assert ".png" in err
    assert list(tmp_path.iterdir()) == []


def test_info(ok, tiny_model_path):
    out = ok("info", tiny_model_path)
    assert "tiny" in out
    assert "3 sounds" in out
    assert "contains the recordings; `sda strip-memory" in out
    assert json.loads(ok("info", tiny_model_path, "--json")) == peek(tiny_model_path)


@pytest.mark.long
@pytest.mark.slow
def test_sliders_are_made_once_and_listed(ok, refused, tiny_model_path, tmp_path, monkeypatch):
    monkeypatch.setattr("sda_lib.sliders.fit.STRAIGHT", Nudging(600, (0.5,)))
    model = shutil.copy(tiny_model_path, tmp_path / "m.sda")
    assert "`sda sliders MODEL`" in refused("generate", model, "-n", 1, "--slider", "loudness=1")
    first = ok("sliders", model)
    assert re.search(r"^loudness +[01]\.\d\d +[+-][\d.]+ LUFS", first, re.MULTILINE)
    assert re.search(r"^Axis 1 — mostly .*of the variance", first, re.MULTILINE)
    table = ok("sliders", model)
    assert first.endswith(table)  # after what was tried
    facts = json.loads(ok("sliders", model, "--json"))
    assert len(facts) == len(table.splitlines()) - 1


def test_strip_memory_writes_a_copy_and_replaces_on_request_only(ok, refused, tiny_model_path, tmp_path):
    model = tmp_path / "tiny.sda"
    model.write_bytes(tiny_model_path.read_bytes())
    out = ok("strip-memory", model)
    assert "tiny-shared.sda" in out
    assert "can't generate" in out
    assert "does not contain the recordings" in ok("info", "tiny-shared.sda")
    assert "without its recordings" in refused("generate", "tiny-shared.sda")
    assert "--force" in refused("strip-memory", model)
    ok("strip-memory", model, "--force")
    assert "contains the recordings" in ok("info", model)
    assert "not both" in refused("strip-memory", model, "--in-place", "-o", "x.sda")
    ok("strip-memory", model, "--in-place")
    assert peek(model)["recipe"]["memory"]["enabled"] is False
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny-shared.sda", "tiny.sda"]
