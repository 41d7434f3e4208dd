"""Runs in other processes: they finish, stop, fail, die, resume, and never share a model file."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from watching import LONG, kinds, pid_of, saved, until

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.model.header import peek
from sda_lib.runs import locks, manage
from sda_lib.runs.job import Job
from sda_lib.training import checkpoint

pytestmark = pytest.mark.slow


def wait_for(run, message):
    """Wait for the event with a message and return it."""
    until(lambda: message in [event.message for event in run.events()[0]], message)
    return next(event for event in run.events()[0] if event.message == message)


def test_a_run_finishes_with_all_events(begin, tmp_path, tiny_recipe):
    run = begin()
    assert run.state == "running"
    assert run.message == ""
    until(lambda: not run.alive, "the end")
    assert run.state == "finished", (run.folder / "log.txt").read_text()
    reported = kinds(run)
    assert reported.count("done") == 1
    assert reported[-1] == "done"
    assert {"progress", "metrics", "saved"} <= set(reported)
    assert str(run.model_path) in run.message
    assert peek(run.model_path)["name"] == run.name == "tiny"
    assert run.recipe == tiny_recipe.override(train__steps=2)
    assert [file.name for file in run.model_path.parent.iterdir()] == ["tiny.sda"]


def test_stop_keeps_the_best_so_far(begin):
    run = begin(steps=LONG)
    until(saved(run), "the first model")
    assert run.state == "running"
    manage.stop(run)
    until(lambda: not run.alive, "the end")
    assert run.state == "stopped"
    assert "best so far" in run.message
    assert "held_out" in peek(run.model_path)["metrics"]
    assert run.events()[0][-1].values["held_out"] > 0


@pytest.mark.long
def test_sigterm_stops_a_run(begin):
    run = begin(steps=LONG)
    until(saved(run), "the first model")
    os.kill(pid_of(run), signal.SIGTERM)
    until(lambda: not run.alive, "the end")
    assert run.state == "stopped"


@pytest.mark.long
def test_a_killed_run_is_detected_and_the_model_can_be_trained_again(begin):
    run = begin(steps=LONG)
    until(saved(run), "the first model")
    os.kill(pid_of(run), signal.SIGKILL)
    until(lambda: not run.alive, "the end")
    assert run.state == "died"
    assert "unexpectedly" in run.message
    assert peek(run.model_path)["name"] == "tiny"
    again = begin(steps=1)
    until(lambda: again.state != "running", "the end")
    assert (run.state, again.state) == ("died", "finished")


def test_two_runs_never_share_a_model(begin, tmp_path, tiny_corpus):
    run = begin(steps=LONG)
    with pytest.raises(SdaError, match=r"tiny\.sda is being trained already"):
        begin(steps=1)
    with pytest.raises(SdaError, match="being trained already"), locks.training_into(run.model_path):
        pytest.fail("two held one lock")
    assert run.state == "running"
    assert [found.folder for found in manage.list_runs(tmp_path / "runs")] == [run.folder]


def test_a_failed_run_has_a_reason(begin, empty):
    run = begin(corpus=empty)
    until(lambda: not run.alive, "the end")
    assert run.state == "failed"
    assert "no usable sound" in run.message
    assert kinds(run)[-1] == "failed"


def test_impossible_starts_raise_an_error_and_leave_no_run(tmp_path, tiny_corpus):
    with pytest.raises(SdaError, match="no folder"):
        manage.start(tmp_path / "runs", Job("x", (tmp_path / "nowhere",), tmp_path / "x.sda", Recipe()))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SdaError, match="can't be written"):
        manage.start(tmp_path / "file" / "runs", Job("x", (tiny_corpus,), tmp_path / "x.sda", Recipe()))
    with pytest.raises(SdaError, match="can't be written"):
        manage.start(tmp_path / "runs", Job("x", (tiny_corpus,), tmp_path / "file" / "x.sda", Recipe()))
    assert manage.list_runs(tmp_path / "runs") == ()


def test_one_run_works_at_a_time_and_a_waiting_one_can_be_stopped(begin, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_NICENESS", "3")
    first = begin("first", steps=LONG)
    until(saved(first), "the first model")
    second, third = begin("second", steps=1), begin("third", steps=1)
    until(lambda: (third.folder / "process.json").exists(), "the third process")
    assert [one.state for one in (first, second, third)] == ["running", "queued", "queued"]
    assert "waits" in second.message
    manage.stop(second)
    until(lambda: not second.alive, "the end of waiting")
    assert second.state == "stopped"
    assert "before it began" in second.message
    with pytest.raises(SdaError, match="stop it before"):
        manage.delete(third)
    assert psutil.Process(pid_of(first)).nice() == psutil.Process().nice() + 3
    autogroup = Path(f"/proc/{pid_of(first)}/autogroup")
    assert not autogroup.exists() or autogroup.read_text().endswith("nice 3\n")
    os.kill(pid_of(first), signal.SIGKILL)  # a dead run does not block the queue
    until(lambda: not third.alive, "the end of the third")
    assert [one.state for one in (first, second, third)] == ["died", "stopped", "finished"]
    model = first.model_path
    manage.delete(first)
    assert [run.name for run in manage.list_runs(tmp_path / "runs")] == ["third", "second"]
    assert peek(model)["name"] == "first"
    with pytest.raises(SdaError, match="is finished"):
        manage.resume(third)


def test_a_stopped_run_resumes_from_its_last_step(begin, tmp_path, tiny_corpus, tiny_recipe):
    run = begin(steps=LONG)
    until(lambda: "progress" in kinds(run) and run.events()[0][-1].of, "a step")
    again = subprocess.run([sys.executable, "-m", "sda_lib", "work", run.folder], capture_output=True, text=True)
    assert again.returncode == 1
    assert again.stderr == "sda: tiny.sda is being trained already; wait for it, stop it, or choose another name.\n"
    with pytest.raises(SdaError, match="being trained already"):
        manage.resume(run)
    manage.stop(run)
    until(lambda: not run.alive, "the end")
    _, state = checkpoint.read_checkpoint(run.folder)
    assert state.report.step > 0
    assert manage.resume(run).state == "running"
    resumed = wait_for(run, "resuming from the last checkpoint")
    assert resumed.step == state.report.step
    manage.stop(run)
    until(lambda: not run.alive, "the end")
    with manage.create_run(tmp_path / "runs", Job("later", (tiny_corpus,), run.model_path, tiny_recipe)) as (later, _):
        pass
    with pytest.raises(SdaError, match="A later run has trained"):
        manage.resume(run)
    found = [manage.find_run(tmp_path / "runs", which) for which in ("last", "later", run.model_path, run.folder.name)]
    assert [one.folder for one in found] == [later.folder, later.folder, later.folder, run.folder]
    with pytest.raises(SdaError, match=run.folder.name):
        manage.find_run(tmp_path / "runs", "unknown")


@pytest.mark.parametrize(
    "out", ["../precious.sda", "{0}/precious.sda", "{0}/data/notes.txt", "{0}/data/link/precious.sda"]
)
def test_a_run_from_elsewhere_writes_only_models_below_the_data_folder(tmp_path, tiny_corpus, out, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "data" / "runs" / "x"
    folder.mkdir(parents=True)
    (tmp_path / "data" / "link").symlink_to(tmp_path)
    job = {"name": "x", "corpus": str(tiny_corpus), "out": out.format(tmp_path), "created": 1.0}
    (folder / "job.json").write_text(json.dumps(job))
    (folder / "state").write_text("stopped")
    monkeypatch.chdir(tmp_path / "data")
    with pytest.raises(SdaError, match=r"^x (names|writes its model to) .*\.(sda|txt)"):
        manage.resume(manage.Run(folder))
    assert not list(tmp_path.glob(".*.lock"))
    with pytest.raises(SdaError, match=r"not in your data folder|no \.sda file"):
        manage.resume(manage.Run(folder), tmp_path / "other.sda")


def test_a_model_outside_is_confirmed_by_its_path(tmp_path):
    folder = tmp_path / "data" / "runs" / "x"
    folder.mkdir(parents=True)
    job = {"name": "x", "corpus": str(tmp_path), "out": str(tmp_path / "own.sda"), "created": 1.0}
    (folder / "job.json").write_text(json.dumps(job))
    manage.check_target(manage.Run(folder), tmp_path / "own.sda")
    job["out"] = str(tmp_path / "data" / "models" / "x.sda")
    (folder / "job.json").write_text(json.dumps(job))
    manage.check_target(manage.Run(folder))
