"""Trainings from the terminal: stopped, resumed, listed, followed, deleted."""

import json

import pytest

from sda_lib.cli import terminal
from sda_lib.model.header import peek
from sda_lib.runs import manage

SMALL = ["--set", "codec.width=16", "--set", "train.batch=2", "--set", "codec.levels=3"]


pytestmark = pytest.mark.slow


@pytest.fixture
def interrupted(monkeypatch):
    """Ctrl-C comes with the first step."""
    with_progress = terminal.with_progress

    def until_a_step(events):
        for event in with_progress(events):
            yield event
            if event.kind == "progress" and event.of:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(terminal, "with_progress", until_a_step)
        yield patch


def test_an_interrupted_training_is_listed_and_resumed(sda, ok, refused, tiny_corpus, tmp_path, interrupted):
    code, out, _ = sda("train", tiny_corpus, "--steps", 4, "--set", "train.checks=4", "-o", "x.sda", *SMALL)
    assert code == 0
    assert "Stopped; the best so far is kept. Resume with: sda train --resume" in out
    (row,) = json.loads(ok("runs", "--json"))
    assert (row["state"], row["of"], row["model"]) == ("stopped", 4, str(tmp_path / "x.sda"))
    assert 0 < row["step"] < 4
    listed = ok("runs")
    assert row["run"] in listed
    assert f"{row['step']} of 4" in listed
    assert "already stopped" in refused("runs", "stop", "last")
    assert "absent" in refused("runs", "tail", "absent")
    assert "stopped" in ok("runs", "tail", row["run"])

    interrupted.undo()
    out = ok("train", "--resume", "x.sda")
    assert "kept: " in out
    assert peek("x.sda")["metrics"]["steps"] == 4
    (row,) = json.loads(ok("runs", "--json"))
    assert (row["state"], row["step"], row["held_out"]) == ("finished", 4, peek("x.sda")["metrics"]["held_out"])
    assert "finished" in refused("train", "--resume", "last")
    assert "x.sda is kept" in ok("runs", "delete", "last")
    assert "no runs" in ok("runs")
    assert "no run last" in refused("runs", "resume", "last")
    assert "Name a folder" in refused("train")


def test_training_in_the_background_is_watched_stopped_and_resumed(ok, refused, tiny_corpus, tmp_path):
    out = ok("train", tiny_corpus, "--steps", 10_000_000, "--name", "long", "--background", *SMALL)
    run = manage.find_run(tmp_path / "data/runs", "long")
    assert f"sda runs tail {run.folder.name}" in out
    assert "stop it before" in refused("runs", "delete", "long")
    assert "being trained already" in refused("train", "--resume", "long")
    assert "stopped" in ok("runs", "stop", "long").lower()  # perhaps before it began
    run.append(manage.Run(run.folder).events()[0][0])
    assert "continues from its last checkpoint" in ok("runs", "resume", "long")
    manage.stop(run)
    assert "long: stopped" in ok("runs", "tail", "long")
