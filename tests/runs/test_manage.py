"""Real runs in real processes: they finish, stop, fail, die, and never share a model file."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from watching import pid_of, until

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.model.header import peek
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage, worker
from sda_lib.runs.job import Job
from sda_lib.training import checkpoint

pytestmark = pytest.mark.slow

LONG = 10_000_000
"""Steps that no test waits for."""


@pytest.fixture
def begin(tmp_path, tiny_corpus, tiny_recipe):
    """Start a run; whatever is left of it is ended after the test."""
    begun = []

    def start(name="tiny", steps=2, corpus=tiny_corpus, out=None):
        recipe = tiny_recipe.override(train__steps=steps)
        run = manage.start(tmp_path / "runs", Job(name, (corpus,), out or tmp_path / "models" / f"{name}.sda", recipe))
        begun.append(run)
        return run

    yield start
    for run in begun:
        if run.folder.exists():
            manage.stop(run)
        until(lambda run=run: not run.folder.exists() or not run.alive, "the end of the run")


def kinds(run):
    return [event.kind for event in run.events()[0]]


def saved(run):
    return lambda: "saved" in kinds(run) or run.state != "running"


def test_a_run_finishes_and_tells_its_story(begin, tmp_path, tiny_recipe):
    run = begin()
    assert run.state == "running"
    assert run.message == ""
    until(lambda: not run.alive, "the end")
    assert run.state == "finished", (run.folder / "log.txt").read_text()
    told = kinds(run)
    assert told.count("done") == 1
    assert told[-1] == "done"
    assert {"progress", "metrics", "saved"} <= set(told)
    assert str(run.model_path) in run.message
    assert peek(run.model_path)["name"] == run.name == "tiny"
    assert run.recipe == tiny_recipe.override(train__steps=2)
    assert [file.name for file in run.model_path.parent.iterdir()] == ["tiny.sda"]


def test_events_are_read_on_from_where_one_stopped(tmp_path):
    run = manage.Run(tmp_path)
    assert run.events() == ((), 0)
    first, second = Event("progress", 1, 9, {"loss": 0.5}), Event("saved", message="grüße\u2028x")
    lines = [f"{event.to_json()}\n".encode() for event in (first, second)]
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines[0] + lines[1][:-4])
    events, offset = run.events()
    assert events == (first,)
    assert run.events(offset) == ((), offset)
    file.write_bytes(lines[0] + lines[1])
    assert run.events(offset) == ((second,), len(lines[0]) + len(lines[1]))


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
def test_a_polite_kill_is_a_stop(begin):
    run = begin(steps=LONG)
    until(saved(run), "the first model")
    os.kill(pid_of(run), signal.SIGTERM)
    until(lambda: not run.alive, "the end")
    assert run.state == "stopped"


@pytest.mark.long
def test_a_hard_kill_is_noticed_and_the_model_can_be_trained_again(begin):
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
    with pytest.raises(SdaError, match="being trained already"), manage.training_into(run.model_path):
        pytest.fail("two held one lock")
    assert run.state == "running"
    assert [found.folder for found in manage.runs(tmp_path / "runs")] == [run.folder]


def test_the_lock_is_free_after_use_even_after_an_error(tmp_path):
    out = tmp_path / "x.sda"
    with pytest.raises(ZeroDivisionError), manage.training_into(out):
        raise ZeroDivisionError
    with manage.training_into(out):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def empty(tmp_path):
    """A folder whose run fails at once."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_a_run_that_fails_says_why(begin, empty):
    run = begin(corpus=empty)
    until(lambda: not run.alive, "the end")
    assert run.state == "failed"
    assert "no usable sound" in run.message
    assert kinds(run)[-1] == "failed"


def test_impossible_starts_are_one_sentence_and_leave_no_run(tmp_path, tiny_corpus):
    with pytest.raises(SdaError, match="no folder"):
        manage.start(tmp_path / "runs", Job("x", (tmp_path / "nowhere",), tmp_path / "x.sda", Recipe()))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SdaError, match="can't be written"):
        manage.start(tmp_path / "file" / "runs", Job("x", (tiny_corpus,), tmp_path / "x.sda", Recipe()))
    with pytest.raises(SdaError, match="can't be written"):
        manage.start(tmp_path / "runs", Job("x", (tiny_corpus,), tmp_path / "file" / "x.sda", Recipe()))
    assert manage.runs(tmp_path / "runs") == ()


def test_runs_are_listed_newest_first_and_others_passed_over(begin, empty, tmp_path):
    names = ["one", "two/../x", "one"]
    begun = [begin(name, corpus=empty, out=tmp_path / f"{count}.sda") for count, name in enumerate(names)]
    (tmp_path / "runs" / "stray").mkdir()
    found = manage.runs(tmp_path / "runs")
    assert [run.folder for run in found] == [run.folder for run in reversed(begun)]
    assert [run.name for run in found] == names[::-1]
    assert all(run.folder.parent == (tmp_path / "runs").resolve() for run in found)
    with pytest.raises(SdaError, match="not a training run"):
        _ = manage.Run(tmp_path / "runs" / "stray").name
    assert manage.runs(tmp_path / "nowhere") == ()


def test_a_model_whose_sliders_can_not_be_tried_out_is_finished_all_the_same(begin, tmp_path, monkeypatch):
    """It was trained and saved; only the sliders are missing, and the last word says so."""
    run = begin()
    until(lambda: not run.alive, "the end")
    monkeypatch.setattr("sda_lib.sliders.fit.fits_sliders", lambda _: True)
    monkeypatch.setattr("sda_lib.sliders.fit.fit_sliders", lambda _: 1 / 0)
    last = list(worker.with_sliders(run, Event("done", message="tiny is ready")))[-1]
    assert last.kind == "done"
    assert "no sliders" in last.message
    assert str(run.folder / "log.txt") in last.message
    assert "ZeroDivisionError" in (run.folder / "log.txt").read_text()
    assert SdaModel.load(run.model_path).sliders is None


# --- what a kill leaves, and how it goes on


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
    os.kill(pid_of(first), signal.SIGKILL)  # a dead run keeps nobody waiting
    until(lambda: not third.alive, "the end of the third")
    assert [one.state for one in (first, second, third)] == ["died", "stopped", "finished"]
    model = first.model_path
    manage.delete(first)
    assert [run.name for run in manage.runs(tmp_path / "runs")] == ["third", "second"]
    assert peek(model)["name"] == "first"
    with pytest.raises(SdaError, match="is finished"):
        manage.resume(third)


def test_a_stopped_run_goes_on_where_it_was(begin, tmp_path, tiny_corpus, tiny_recipe):
    run = begin(steps=LONG)
    until(lambda: "progress" in kinds(run) and run.events()[0][-1].of, "a step")
    again = subprocess.run([sys.executable, "-m", "sda_lib", "work", run.folder], capture_output=True, text=True)
    assert again.returncode == 1
    assert again.stderr == "sda: tiny.sda is being trained already; wait for it, stop it, or choose another name.\n"
    with pytest.raises(SdaError, match="being trained already"):
        manage.resume(run)
    manage.stop(run)
    until(lambda: not run.alive, "the end")
    _, standing = checkpoint.read_checkpoint(run.folder)
    assert standing.stride.step > 0
    assert manage.resume(run).state == "running"
    until(lambda: "going on from here" in [event.message for event in run.events()[0]], "the second go")
    going = next(event for event in run.events()[0] if event.message == "going on from here")
    assert going.step == standing.stride.step
    manage.stop(run)
    until(lambda: not run.alive, "the end")
    with manage.create_run(tmp_path / "runs", Job("later", (tiny_corpus,), run.model_path, tiny_recipe)) as (later, _):
        pass
    with pytest.raises(SdaError, match="A later run has trained"):
        manage.resume(run)
    found = [manage.find_run(tmp_path / "runs", which) for which in ("last", "later", run.model_path, run.folder.name)]
    assert [one.folder for one in found] == [later.folder, later.folder, later.folder, run.folder]
    with pytest.raises(SdaError, match=run.folder.name):
        manage.find_run(tmp_path / "runs", "nobody")


def test_another_process_with_the_number_is_not_the_run(tmp_path, tiny_corpus, tiny_recipe):
    out = tmp_path / "x.sda"
    with manage.create_run(tmp_path / "runs", Job("x", (tiny_corpus,), out, tiny_recipe)) as (run, _):
        assert run.state == "running"
        run.sign()
        assert run.state == "running"
        facts = json.loads((run.folder / "process.json").read_text())
        for born, state in (("", "running"), ("yesterday", "died"), (f"{float(facts['born']) - 5}", "died")):
            (run.folder / "process.json").write_text(json.dumps({**facts, "born": born}))
            assert run.state == state


def test_lines_that_a_kill_cut_off_are_passed_over(tmp_path):
    run = manage.Run(tmp_path)
    run.append(Event("progress", 1, 9))
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"kind": "met\xc3')
    run.mend()
    run.append(Event("saved"))
    run.mend()
    assert [event.kind for event in run.events()[0]] == ["progress", "saved"]
