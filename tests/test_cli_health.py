"""`sda health` in a terminal."""

import json
import shutil

import pytest

pytestmark = pytest.mark.slow


def test_a_table_with_a_line_per_level(ok, tiny_model_path):
    out = ok("health", tiny_model_path)
    lines = out.splitlines()
    assert lines[0].startswith("tiny: All findings are green.")
    assert [line.split()[0] for line in lines[2:14]] == [str(level) for level in range(12)]
    assert all(line.endswith("green") for line in lines[2:14])
    assert "mel distance of held-out sounds" in out
    assert "RED" not in out


def test_json_and_a_report_of_other_sounds(ok, tiny_model_path, tiny_corpus, tmp_path):
    folder = tmp_path / "other sounds"
    folder.mkdir()
    shutil.copy(tiny_corpus / "rain.wav", folder)
    report = tmp_path / "report.html"
    facts = json.loads(ok("health", tiny_model_path, "--corpus", folder, "--json", "--report", report))
    assert facts["measured"].startswith("other sounds: 1 sounds")
    assert {one["file"] for one in facts["files"]} >= {"rain"}
    assert "<audio" in report.read_text()


def test_a_sick_model_is_told_apart_but_no_failure(ok, tiny_model_path, tmp_path):
    import torch

    from sda_lib.model.model import SdaModel

    model = SdaModel.load(tiny_model_path)
    model.usage.copy_(torch.where(torch.arange(16) == 3, 81, 0).expand_as(model.usage))
    path = model.save(tmp_path / "sick one.sda")
    out = ok("health", path)
    assert "12 findings are not green, 12 of them red" in out
    assert "RED     Level 11 uses 1 code.\n        sda train DIR --set train.seed=1\n" in out


def test_what_is_no_model_or_no_folder(refused, tiny_model_path, tmp_path):
    assert "no model" in refused("health", tmp_path / "none.sda")
    assert "no folder" in refused("health", tiny_model_path, "--corpus", tmp_path / "none")
    assert ".html" in refused("health", tiny_model_path, "--report", tmp_path / "report.txt")


def test_a_remedy_names_the_folder_that_the_run_learned_from(ok, tiny_model_path, tiny_corpus, tmp_path):
    import torch

    from sda_lib.config import Recipe
    from sda_lib.model.model import SdaModel
    from sda_lib.runs import manage

    model = SdaModel.load(tiny_model_path)
    model.usage.copy_(torch.where(torch.arange(16) == 3, 81, 0).expand_as(model.usage))
    folder = tmp_path / "my sounds"
    shutil.copytree(tiny_corpus, folder)
    with manage.create_run(tmp_path / "data/runs", manage.Job("sick", (folder,), tmp_path / "sick.sda", Recipe())):
        pass
    out = ok("health", model.save(tmp_path / "sick.sda"))
    assert f"sda train '{folder}' --set train.seed=1\n" in out
    assert "DIR" not in out
