"""Real runs in real processes: they finish, stop, fail, die, and never share a model file."""

import os
import signal
import time

import pytest

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.models.bundle import SdaModel
from sda_lib.models.manifest import peek
from sda_lib.studio import jobs
from sda_lib.studio.events import Event

LONG = 10_000_000
"""Steps that no test waits for."""


def until(true, what):
    """Poll; the limit only keeps a broken test from hanging."""
    for _ in range(2400):
        if true():
            return
        time.sleep(0.05)
    pytest.fail(f"{what} did not come")


@pytest.fixture
def begin(tmp_path, tiny_corpus, tiny_recipe):
    """Start a run; whatever is left of it is ended after the test."""
    begun = []

    def start(name="tiny", steps=2, corpus=tiny_corpus, out=None):
        recipe = tiny_recipe.override(train__steps=steps)
        run = jobs.start(tmp_path / "runs", corpus, recipe, out or tmp_path / "models" / f"{name}.sda", name)
        begun.append(run)
        return run

    yield start
    for run in begun:
        jobs.stop(run)
        until(lambda run=run: run.state != "running", "the end of the run")


def kinds(run):
    return [event.kind for event in run.events()[0]]


def saved(run):
    return lambda: "saved" in kinds(run) or run.state != "running"


def pid_of(run):
    return int((run.folder / "pid").read_text())


def test_a_run_finishes_and_tells_its_story(begin, tmp_path, tiny_recipe):
    run = begin()
    assert run.state == "running"
    assert run.message == ""
    until(lambda: run.state != "running", "the end")
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
    run = jobs.Run(tmp_path)
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
    jobs.stop(run)
    until(lambda: run.state != "running", "the end")
    assert run.state == "stopped"
    assert "best so far" in run.message
    assert "held_out" in peek(run.model_path)["metrics"]
    assert run.events()[0][-1].values["held_out"] > 0


def test_a_polite_kill_is_a_stop(begin):
    run = begin(steps=LONG)
    until(saved(run), "the first model")
    os.kill(pid_of(run), signal.SIGTERM)
    until(lambda: run.state != "running", "the end")
    assert run.state == "stopped"


def test_a_hard_kill_is_noticed_and_the_model_can_be_trained_again(begin):
    run = begin(steps=LONG)
    until(saved(run), "the first model")
    os.kill(pid_of(run), signal.SIGKILL)
    until(lambda: run.state != "running", "the end")
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
    with pytest.raises(SdaError, match="being trained already"), jobs.training_into(run.model_path):
        pytest.fail("two held one lock")
    assert run.state == "running"
    assert [found.folder for found in jobs.runs(tmp_path / "runs")] == [run.folder]


def test_the_lock_is_free_after_use_even_after_an_error(tmp_path):
    out = tmp_path / "x.sda"
    with pytest.raises(ZeroDivisionError), jobs.training_into(out):
        raise ZeroDivisionError
    with jobs.training_into(out):
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
    until(lambda: run.state != "running", "the end")
    assert run.state == "failed"
    assert "no usable sound" in run.message
    assert kinds(run)[-1] == "failed"


def test_impossible_starts_are_one_sentence_and_leave_no_run(tmp_path, tiny_corpus):
    with pytest.raises(SdaError, match="no folder"):
        jobs.start(tmp_path / "runs", tmp_path / "nowhere", Recipe(), tmp_path / "x.sda", "x")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SdaError, match="can't be written"):
        jobs.start(tmp_path / "file" / "runs", tiny_corpus, Recipe(), tmp_path / "x.sda", "x")
    with pytest.raises(SdaError, match="can't be written"):
        jobs.start(tmp_path / "runs", tiny_corpus, Recipe(), tmp_path / "file" / "x.sda", "x")
    assert jobs.runs(tmp_path / "runs") == ()


def test_runs_are_listed_newest_first_and_others_passed_over(begin, empty, tmp_path):
    names = ["one", "two/../x", "one"]
    begun = [begin(name, corpus=empty, out=tmp_path / f"{count}.sda") for count, name in enumerate(names)]
    (tmp_path / "runs" / "stray").mkdir()
    found = jobs.runs(tmp_path / "runs")
    assert [run.folder for run in found] == [run.folder for run in reversed(begun)]
    assert [run.name for run in found] == names[::-1]
    assert all(run.folder.parent == (tmp_path / "runs").resolve() for run in found)
    with pytest.raises(SdaError, match="not a training run"):
        _ = jobs.Run(tmp_path / "runs" / "stray").name
    assert jobs.runs(tmp_path / "nowhere") == ()


def test_a_model_whose_sliders_can_not_be_tried_out_is_finished_all_the_same(begin, tmp_path, monkeypatch):
    """It was trained and saved; only the sliders are missing, and the last word says so."""
    run = begin()
    until(lambda: run.state != "running", "the end")
    monkeypatch.setattr("sda_lib.studio.sliders.wanted", lambda _: True)
    monkeypatch.setattr("sda_lib.studio.sliders.learn_sliders", lambda _: 1 / 0)
    last = jobs._with_sliders(run, Event("done", message="tiny is ready"))
    assert last.kind == "done"
    assert "without sliders" in last.message
    assert str(run.folder / "log.txt") in last.message
    assert SdaModel.load(run.model_path).sliders is None
