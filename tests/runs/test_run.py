"""Runs read from their folders: events, state, list, and the folder that a model was trained on."""

import json
import shutil

import pytest

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.runs import manage
from sda_lib.runs import run as runs
from sda_lib.runs.job import Job

pytestmark = pytest.mark.slow


def test_events_are_read_from_an_offset(tmp_path):
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


def test_runs_are_listed_newest_first_and_other_folders_skipped(begin, empty, tmp_path):
    names = ["one", "two/../x", "one"]
    started = [begin(name, corpus=empty, out=tmp_path / f"{count}.sda") for count, name in enumerate(names)]
    (tmp_path / "runs" / "stray").mkdir()
    found = manage.list_runs(tmp_path / "runs")
    assert [run.folder for run in found] == [run.folder for run in reversed(started)]
    assert [run.name for run in found] == names[::-1]
    assert all(run.folder.parent == (tmp_path / "runs").resolve() for run in found)
    with pytest.raises(SdaError, match="not a training run"):
        _ = manage.Run(tmp_path / "runs" / "stray").name
    assert manage.list_runs(tmp_path / "nowhere") == ()


def test_another_process_with_the_same_id_is_not_the_run(tmp_path, tiny_corpus, tiny_recipe):
    out = tmp_path / "x.sda"
    with manage.create_run(tmp_path / "runs", Job("x", (tiny_corpus,), out, tiny_recipe)) as (run, _):
        assert run.state == "running"
        run.record_process()
        assert run.state == "running"
        facts = json.loads((run.folder / "process.json").read_text())
        for born, state in (("", "running"), ("yesterday", "died"), (f"{float(facts['born']) - 5}", "died")):
            (run.folder / "process.json").write_text(json.dumps({**facts, "born": born}))
            assert run.state == state


def test_truncated_lines_are_skipped(tmp_path):
    run = manage.Run(tmp_path)
    run.append(Event("progress", 1, 9))
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"kind": "met\xc3')
    run.complete_last_line()
    run.append(Event("saved"))
    run.complete_last_line()
    assert [event.kind for event in run.events()[0]] == ["progress", "saved"]


def test_the_folder_of_a_model_is_known_from_its_run(tmp_path, tiny_corpus):
    out, folder = tmp_path / "x.sda", tmp_path / "sounds"
    shutil.copytree(tiny_corpus, folder)
    assert runs.learned_from(out, tmp_path / "runs") is None
    for place in (tiny_corpus, folder):
        with manage.create_run(tmp_path / "runs", Job("x", (place,), out, Recipe())):
            pass
    assert runs.learned_from(out, tmp_path / "nowhere", tmp_path / "runs") == folder
    shutil.rmtree(folder)
    assert runs.learned_from(out, tmp_path / "runs") is None


@pytest.fixture
def two_runs(tmp_path, tiny_corpus, tiny_recipe):
    """Two runs of one folder, the older first."""
    jobs = [Job(name, (tiny_corpus,), tmp_path / f"{name}.sda", tiny_recipe) for name in ("one", "two")]
    found = []
    for job in jobs:
        with manage.create_run(tmp_path / "runs", job) as (run, _):
            found.append(run)
    return found


def test_a_listed_run_is_whole_though_it_is_deleted(two_runs, monkeypatch):
    one, two = two_runs
    parse = runs.safe_json.parse

    def parse_and_delete(text):
        shutil.rmtree(one.folder, ignore_errors=True)
        return parse(text)

    monkeypatch.setattr(runs.safe_json, "parse", parse_and_delete)
    read_first = manage.Run(one.folder)
    assert (read_first.name, read_first.model_path.name, read_first.kind) == ("one", "one.sda", "Training")
    assert not one.folder.exists()
    assert read_first.created < two.created
    assert manage.list_runs(two.folder.parent) == (two,)


def test_runs_that_are_deleted_while_they_are_described_are_left_out(two_runs, monkeypatch):
    one, two = two_runs

    def describe(run):
        shutil.rmtree(two.folder, ignore_errors=True)
        return run.name, run.state

    assert runs.describe_runs(one.folder.parent, describe) == [("one", "died")]
    text = runs.Run._text

    def text_of_deleted(run, name):
        shutil.rmtree(run.folder, ignore_errors=True)
        return text(run, name)

    monkeypatch.setattr(runs.Run, "_text", text_of_deleted)
    assert runs.unreadable(one.folder.parent) == ()
