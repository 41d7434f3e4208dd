"""Cleaning: which files of a user's folder are deleted, and which never are."""

import json
import os
import time

import pytest

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.home import Home
from sda_lib.runs import cleaning, locks, manage
from sda_lib.runs.cleaning import KINDS, cleanable, remove

# A process number beyond the largest that Linux gives.
GONE = 2**22 + 1


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def put(path, size=10, days=0.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, 2 * (time.time() - days * 86400,))
    return path


@pytest.fixture
def run_in(home, tiny_corpus):
    """A function that makes a run that ended in a state some days ago."""

    def make(name, state, days=0.0):
        out = home.models / f"{name}.sda"
        with manage.create_run(home.runs, manage.Job(name, (tiny_corpus,), out, Recipe())) as (run, _):
            if state:
                (run.folder / "state").write_text(state)
        for path in (*run.folder.iterdir(), run.folder):
            os.utime(path, 2 * (time.time() - days * 86400,))
        return run

    return make


def names(items):
    return {item.path.name for item in items}


def everything(home):
    return {path for path in home.folder.rglob("*") if path.is_file()}


def test_an_empty_folder_has_nothing_to_clean(home):
    assert [cleanable(home, kind) for kind in KINDS] == [[], [], [], []]
    assert not home.folder.exists()
    with pytest.raises(SdaError, match="choose one of cache, runs, trash, parts"):
        cleanable(home, "models")


def test_sizes_count_every_file_once_and_links_are_not_followed(home):
    put(home.cache / "a/b", 100)
    put(home.cache / "a/c/d", 20)
    put(home.models / "m.sda", 1000)
    (home.cache / "link").symlink_to(home.models)
    folder, link = cleanable(home, "cache")
    assert (folder.bytes, folder.files) == (120, 2)
    assert link.bytes < 1000
    assert remove(home, "cache", [folder, link]) == []
    assert everything(home) == {home.models / "m.sda"}


def test_cleaning_everything_keeps_the_files_of_users(home, run_in):
    kept = {
        put(folder / f"x{suffix}")
        for folder in (home.models, home.exports, home.sessions, home.autosave, home.sounds)
        for suffix in (".sda", ".wav", ".json")
    }
    kept |= {put(home.defaults), put(home.midi_map), put(home.exports / f".x.{os.getpid()}.part.wav")}
    stopped = run_in("stopped", "stopped")
    kept |= set(stopped.folder.iterdir())
    finished = run_in("done", "finished")
    strange = put(home.runs / "not a run/notes.txt")
    for junk in (home.cache / "x", home.trash / "x", home.models / f".x.{GONE}.part.sda"):
        put(junk)
    for kind in KINDS:
        assert remove(home, kind, cleanable(home, kind)) == []
    assert not finished.folder.exists()
    left = {path for path in everything(home) if path.name not in (".queue.lock",)}
    assert left == kept | {strange}


def test_resumable_runs_are_deleted_only_with_an_age(home, run_in):
    ended = [("stopped", 9), ("failed", 9), ("finished", 9), ("finished", 1), ("stopped", 1), ("", 9)]
    for state, days in ended:
        run_in(f"{state or 'died'}{days}", state, days)
    assert {one.partition("-")[2].partition("-")[2] for one in names(cleanable(home, "runs"))} == {
        "finished9",
        "finished1",
    }
    old = cleanable(home, "runs", older_days=5)
    assert {name[16:] for name in names(old)} == {"stopped9", "failed9", "finished9", "died9"}
    assert remove(home, "runs", old) == []
    assert {run.name for run in manage.list_runs(home.runs)} == {"finished1", "stopped1"}
    assert not list(home.trash.iterdir())


def test_running_and_queued_runs_are_kept(home, tiny_corpus):
    job = manage.Job("busy", (tiny_corpus,), home.models / "busy.sda", Recipe())
    with manage.create_run(home.runs, job) as (run, _):
        assert run.state == "running"
        assert cleanable(home, "runs", older_days=0) == []
        (run.folder / "queued").touch()
        assert run.state == "queued"
        assert cleanable(home, "runs", older_days=0) == []
    (item,) = cleanable(home, "runs", older_days=0)
    run.folder.joinpath("queued").unlink()
    with manage.reopen_run(run):  # it was resumed after the list was made
        (problem,) = remove(home, "runs", [item])
        assert "stop it before it is deleted" in problem
        assert run.folder.exists()


@pytest.mark.parametrize("job", ["{", "[]", json.dumps({"created": 1}), json.dumps({"out": 3})])
def test_a_run_with_a_broken_job_is_kept_and_hides_no_other(home, run_in, job):
    broken, done = run_in("broken", ""), run_in("done", "finished")
    (broken.folder / "job.json").write_text(job)
    assert [item.path for item in cleanable(home, "runs", older_days=0)] == [done.folder]


def test_files_that_disappear_while_listed_are_skipped(home, monkeypatch):
    put(home.cache / "a")
    put(home.cache / "b/c")
    (home.cache / "gone").symlink_to(home.cache / "a")
    listed = sorted(home.cache.iterdir())
    (home.cache / "gone").unlink()
    monkeypatch.setitem(cleaning.FINDERS, "cache", lambda *_: listed)
    assert names(cleanable(home, "cache")) == {"a", "b"}


def test_only_older_files_are_deleted(home):
    put(home.cache / "new", days=1)
    put(home.cache / "old", days=9)
    assert names(cleanable(home, "cache", 5)) == {"old"}
    assert names(cleanable(home, "cache")) == {"old", "new"}


def test_undeletable_files_are_reported_and_the_rest_deleted(home, monkeypatch):
    put(home.cache / "a")
    put(home.cache / "b")
    items = cleanable(home, "cache")
    unlink = type(home.cache).unlink

    def refusing(path, **more):
        if path.name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, **more)

    monkeypatch.setattr(type(home.cache), "unlink", refusing)
    (problem,) = remove(home, "cache", items)
    assert "cache/a can't be deleted (Permission denied)" in problem
    assert everything(home) == {home.cache / "a"}


def test_a_start_sweeps_what_ended_processes_left_in_every_folder(home):
    folders = (
        home.folder, home.models, home.runs, home.runs / "1", home.exports, home.exports / "batch", home.sessions,
        home.autosave, home.sounds, home.trash,
    )  # fmt: skip
    parts = [put(folder / f".x.{GONE}.part/.part.wav").parent for folder in folders]
    living = put(home.exports / f".x.{os.getpid()}.part/.part.wav")
    kept = [put(home.models / "x.sda"), put(home.models / ".mine.lock")]
    free = put(home.models / ".x.lock")
    free.write_text("process 7")
    with locks.training_into(home.models / "y.sda"):
        cleaning.sweep(home)
        assert locks.lock_path(home.models / "y.sda").exists()
    assert not any(part.exists() for part in parts)
    assert all(path.exists() for path in (living, *kept))
    assert not free.exists()
