"""`sda scan`, `sda train` and `sda prior`."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import read_tags
from sda_lib.config import EFFORTS
from sda_lib.model.header import peek
from sda_lib.runs import manage


def test_scan_writes_a_clean_copy(ok, tmp_path, tiny_corpus):
    out = ok("scan", tiny_corpus, "--fix", tmp_path / "clean")
    assert "3 of 3 sounds written" in out
    assert len(list((tmp_path / "clean").iterdir())) == 3
    assert [one["done"] for one in json.loads(ok("scan", tiny_corpus, "--fix", tmp_path / "two", "--json"))] == [[]] * 3


def test_scan(ok, tmp_path, tiny_corpus):
    soundfile.write(tmp_path / "a.wav", np.sin(np.arange(40000) / 10), 44100)
    (tmp_path / "b.wav").write_text("no sound")
    out = ok("scan", tmp_path)
    assert "1 sound," in out
    assert "left out b.wav: It can't be read as sound" in out
    assert json.loads(ok("scan", tiny_corpus, "--json"))["files"] == 3


@pytest.mark.slow
def test_train_writes_a_model_and_prints_both_distances(ok, refused, tiny_corpus, tmp_path, small):
    out = ok("train", tiny_corpus, "--steps", 2, "--name", "tin", "--seed", 5, *small())
    said = re.search(r"closed-form start ([\d.]+), now ([\d.]+)", out)
    facts = peek(tmp_path / "data/models/tin.sda")
    assert float(said[1]) == pytest.approx(facts["metrics"]["held_out_start"], abs=1e-3)
    assert float(said[2]) == pytest.approx(facts["metrics"]["held_out"], abs=1e-3)
    assert (facts["recipe"]["codec"]["levels"], facts["recipe"]["train"]["seed"]) == (3, 5)
    assert "step 2 of 2" in out
    assert "contains the recordings. To share it without them: sda strip-memory data/models/tin.sda" in out
    assert "--force" in refused("train", tiny_corpus, "--steps", 2, "--name", "tin", *small())
    out = ok("train", tiny_corpus, "--steps", 1, "--name", "tin", "--force", "--no-memory", *small())
    assert "contains" not in out
    assert peek(tmp_path / "data/models/tin.sda")["recipe"]["memory"]["enabled"] is False
    assert "does not contain the recordings" in ok("info", "data/models/tin.sda")


def test_efforts_and_their_overrides(ok, refused, tiny_corpus, tmp_path, small):
    ok("train", tiny_corpus, "--effort", "best", "--steps", 0, "-o", "a.sda", *small())
    ok("train", tiny_corpus, "--effort", "best", "--minutes", 0, "-o", "b.sda", *small())
    assert peek(tmp_path / "a.sda")["recipe"]["train"]["minutes"] == EFFORTS["best"].minutes
    facts = peek(tmp_path / "b.sda")
    assert facts["recipe"]["train"]["minutes"] == facts["metrics"]["steps"] == 0
    assert "quick" in refused("train", tiny_corpus, "--effort", "slow")
    assert "--effort best" in refused("train", tiny_corpus, "--preset", "best")


def test_the_device_is_printed_and_studio_on_a_cpu_warns(ok, refused, tiny_corpus, small):
    assert "Training on cpu." in ok("train", tiny_corpus, "--device", "cpu", "--minutes", 0, "-o", "a.sda", *small())
    out = ok("train", tiny_corpus, "--device", "cpu", "--effort", "studio", "--steps", 0, "-o", "b.sda", *small())
    assert "made for a GPU" in out
    assert "auto, cpu, cuda, mps" in refused("train", tiny_corpus, "--device", "gpu", "-o", "c.sda")


@pytest.mark.slow
def test_train_in_a_terminal_has_a_bar_with_the_time_left(tiny_corpus, tmp_path, small):
    pty = pytest.importorskip("pty")
    command = ["-m", "sda_lib", "train", str(tiny_corpus), "--steps", "3", "-o", str(tmp_path / "t.sda"), *small()]
    screen = []

    def read(file):
        data = os.read(file, 4096)
        screen.append(data)
        return data

    assert os.waitstatus_to_exitcode(pty.spawn([sys.executable, *command], read, lambda _: b"")) == 0
    text = b"".join(screen).decode()
    assert "━" in text
    assert "0:00 left" in text
    assert (tmp_path / "t.sda").exists()


def test_wrong_settings_suggest_similar_ones(refused, tiny_corpus):
    assert "codec.levels" in refused("train", tiny_corpus, "--set", "codec.level=5")
    assert "int" in refused("train", tiny_corpus, "--set", "codec.levels=many")
    assert "section.name=value" in refused("train", tiny_corpus, "--set", "codec.levels")
    assert "without slashes" in refused("train", tiny_corpus, "--name", "../x")
    assert "no folder" in refused("train", "nowhere")


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_keeps_the_best_model(tiny_corpus, tmp_path, small):
    command = [sys.executable, "-m", "sda_lib", "train", tiny_corpus, "--steps", "10000000", "-o", tmp_path / "c.sda"]
    process = subprocess.Popen(
        [*map(str, command), *small()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    for line in process.stdout:
        if "closed-form" in line:
            break
    process.send_signal(2)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "Stopped" in out
    assert peek(tmp_path / "c.sda")["metrics"]["held_out"] > 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["c.sda", "data"]
    run = manage.find_run(tmp_path / "data/runs", "last")
    assert (run.state, run.model_path) == ("stopped", tmp_path / "c.sda")
    assert f"sda train --resume {run.folder.name}" in out


@pytest.mark.slow
def test_prior_prints_its_prediction_and_generates(ok, refused, tiny_model_path, tmp_path):
    model = tmp_path / "tiny.sda"
    model.write_bytes(tiny_model_path.read_bytes())
    for writer in ("prior", "hybrid"):
        assert "`sda prior MODEL`" in refused("generate", model, "--writer", writer)
    out = ok("prior", model, "--steps", 60)
    assert re.search(r"uniform +unigram +3-gram +network", out)
    assert re.search(r"Structure 1( +\d\.\d{3}){4}", out)
    assert "prior" in ok("info", model)
    ok("generate", model, "--writer", "prior", "-n", 1, "--seconds", 0.7, "-o", "out")
    (path,) = (tmp_path / "out").glob("*.wav")
    assert read_clip(path).length == round(0.7 * 48000)
    assert read_tags(path)["writer"] == "prior"
    ok("generate", model, "--writer", "hybrid", "-n", 1, "--seconds", 0.7, "-o", "steered")
    (path,) = (tmp_path / "steered").glob("*.wav")
    assert read_tags(path)["writer"] == "hybrid"
    ok("strip-memory", model)
    stripped = tmp_path / "tiny-shared.sda"
    assert "--corpus" in refused("prior", stripped)
    if "prior" in peek(stripped):
        for writer in ("walk", "hybrid"):
            assert "--writer prior" in refused("generate", stripped, "--writer", writer)
        ok("generate", stripped, "-n", 1, "--seconds", 0.7, "-o", "more")
        assert "measured in recordings" in refused("generate", stripped, "--writer", "prior", "--control", "pulse=1")


def test_scan_lists_categories(ok, grouped_corpus):
    out = ok("scan", grouped_corpus)
    assert "  low: 4 files, 0.0 min\n  low/soft: 1 file, 0.0 min" in out
    assert json.loads(ok("scan", grouped_corpus, "--json"))["categories"]["high"][0] == 4


@pytest.mark.slow
def test_train_on_chosen_files(ok, refused, grouped_corpus, tmp_path, small):
    how = ("--include", "low", "--include", "loud", "--exclude", "*/soft/*", "--weight", "low=2")
    out = ok("train", grouped_corpus, "--minutes", 0, "--name", "some", *how, *small())
    assert "4 of its sounds are not chosen" in out
    path = tmp_path / "data/models/some.sda"
    header = peek(path)
    assert header["recipe"]["files"] == {"include": ["low", "loud"], "exclude": ["*/soft/*"], "weights": {"low": 2.0}}
    assert (header["corpus"]["files"], header["corpus"]["left_out"]) == (4, 4)
    told = ok("info", path)
    assert "only those in low, loud\nwithout those in */soft/*\nwith the weights low 2\n4 sounds of the folder" in told
    assert "categories are high, loud, low" in refused("train", grouped_corpus, "--include", "lows", "--name", "none")
    ok("strip-memory", path, "--out", "shared.sda")
    assert "low" not in json.dumps({key: peek("shared.sda")[key] for key in ("corpus", "recipe")})


@pytest.mark.slow
def test_files_are_also_chosen_by_settings_of_the_recipe(ok, grouped_corpus, tmp_path, small):
    """Which the flags are added to."""
    chosen = ("--set", "files.include=low,loud", "--exclude", "low/soft")
    ok("train", grouped_corpus, "--minutes", 0, "--name", "some", *chosen, *small())
    header = peek(tmp_path / "data/models/some.sda")
    assert header["recipe"]["files"] == {"include": ["low", "loud"], "exclude": ["low/soft"], "weights": {}}
    assert header["corpus"]["files"] == 4
