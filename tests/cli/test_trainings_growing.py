"""Growing a model with `sda train --from`."""

import json
import shutil

import pytest

from sda_lib.model.header import peek
from sda_lib.runs import manage


@pytest.fixture
def burp(pytestconfig):
    return pytestconfig.rootpath / "data/demo/misc_burp.flac"


@pytest.mark.slow
def test_train_from_adds_files_to_a_copy(ok, refused, tiny_model_path, burp, tmp_path):
    model = shutil.copy(tiny_model_path, tmp_path / "tiny.sda")
    before = model.read_bytes()
    said = ok("train", burp, "--from", model, "--minutes", "0")
    assert "It grew by 1 file" in said
    assert "Mel distance at Source 0" in said
    assert "100% of the old sounds' codes stay at Structure 1" in said
    assert peek(tmp_path / "tiny-grown.sda")["corpus"]["grown"][0]["files"] == 1
    assert "1 of these sounds were added" in ok("info", tmp_path / "tiny-grown.sda")
    assert model.read_bytes() == before
    assert "exists" in refused("train", burp, "--from", model, "--minutes", "0")
    assert "exists" in refused("train", burp, "--from", model, "--out", model, "--minutes", "0")
    ok("train", burp, "--from", model, "--out", model, "--minutes", "0", "--force")
    assert peek(model)["corpus"]["files"] == 4
    found = ok("generate", model, "-n", "1", "--seconds", "1", "--name", "liked", "--out", tmp_path / "made")
    assert "liked" in found
    assert json.loads(ok("scan", tmp_path / "made", "--json"))["generated"] == 1
    assert "1 of 1 file was made by a model." in ok("scan", tmp_path / "made")


@pytest.mark.slow
def test_growing_keeps_the_recipe_and_training_takes_one_folder(refused, tiny_model_path, tiny_corpus, burp):
    assert "keeps its recipe" in refused("train", burp, "--from", tiny_model_path, "--set", "codec.levels=3")
    assert "need --from" in refused("train", tiny_corpus, burp)
    assert "need --from" in refused("train", tiny_corpus, "--keep", "0.9")
    assert "There is no model" in refused("train", burp, "--from", "nothing.sda")
    assert "There is no" in refused("train", "a.wav", "b.wav", "--from", tiny_model_path)


@pytest.mark.slow
def test_a_stripped_model_does_not_grow(ok, refused, tiny_model_path, burp, tmp_path):
    model = shutil.copy(tiny_model_path, tmp_path / "tiny.sda")
    ok("strip-memory", model, "--out", tmp_path / "bare.sda")
    assert "without its recordings" in refused("train", burp, "--from", tmp_path / "bare.sda", "--minutes", "0")


@pytest.mark.slow
def test_it_grows_in_the_background_and_is_listed(ok, refused, tiny_model_path, burp, tmp_path):
    model = shutil.copy(tiny_model_path, tmp_path / "tiny.sda")
    said = ok("train", burp, "--from", model, "--steps", 10_000_000, "--background")
    run = manage.find_run(tmp_path / "data/runs", "tiny-grown")
    assert f"sda runs tail {run.folder.name}" in said
    assert "being trained already" in refused("train", burp, "--from", model, "--force", "--background")
    assert run.growing.base == model
    ok("runs", "stop", "tiny-grown")
    assert "not in your data folder" in refused("runs", "resume", "tiny-grown")
    again = ok("runs", "resume", "tiny-grown", "--out", run.model_path)
    assert "starts again from tiny as it was; only the time is lost" in again
    manage.stop(run)
    assert "tiny-grown: stopped" in ok("runs", "tail", "tiny-grown")
