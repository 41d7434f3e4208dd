"""Several processes on one library: nothing is lost, and nobody reads half of anything."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sda_lib.batch.manifest import read_manifest
from sda_lib.export.defaults import read_defaults
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage
from sda_lib.runs.job import Job
from sda_lib.runs.run import list_runs
from sda_lib.trash import move_to_trash

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]


@pytest.fixture
def processes():
    """Start scripts, which begin to work together once all of them are ready; kill those that are left."""
    started = []

    def start(script, *arguments):
        source = f"import pathlib, sys\n{script[0]}\nprint('ready', flush=True)\nsys.stdin.readline()\n{script[1]}"
        command = [sys.executable, "-c", source, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, cwd=ROOT, **pipes)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def work(processes):
    """Let processes work until they end; return what each said, and whether it failed."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=300) for process in processes]
    return [(out.splitlines(), error.splitlines()[-1:]) for out, error in said]


def test_rows_of_a_manifest_that_grows_in_two_processes_are_all_kept(tmp_path, processes):
    script = (
        "from sda_lib.batch.manifest import update_manifest",
        (
            "for number in range(30):\n"
            "    name = f'{sys.argv[2]}{number}.wav'\n"
            "    (pathlib.Path(sys.argv[1]) / name).touch()\n"
            "    update_manifest(pathlib.Path(sys.argv[1]), [{'file': name, 'seed': number}])\n"
        ),
    )
    assert work([processes(script, tmp_path, name) for name in "ab"]) == [([], [])] * 2
    rows = read_manifest(tmp_path)
    assert {row["file"] for row in rows} == {f"{name}{number}.wav" for name in "ab" for number in range(30)}
    assert len((tmp_path / "manifest.csv").read_text().splitlines()) == 61


def test_defaults_that_two_processes_set_are_both_kept(tmp_path, processes):
    script = (
        "from sda_lib.export.defaults import set_default",
        ("for number in range(30):\n    set_default(pathlib.Path(sys.argv[1]), sys.argv[2], f'Jane {number}')"),
    )
    path = tmp_path / "defaults.toml"
    assert work([processes(script, path, key) for key in ("author", "licence")]) == [([], [])] * 2
    assert (read_defaults(path).author, read_defaults(path).licence) == ("Jane 29", "Jane 29")


@pytest.mark.long
def test_a_model_is_read_while_others_replace_it(tmp_path, processes, tiny_model_path):
    """Of two versions of different size, every reading gives one: no header goes with the tensors of the other."""
    path, bare = tmp_path / "x.sda", tmp_path / "bare.sda"
    shutil.copy(tiny_model_path, path)
    SdaModel.load(tiny_model_path).without_memory().save(bare)
    writing = (
        "import time\nfrom sda_lib.files import write_atomically",
        (
            "versions = [pathlib.Path(name).read_bytes() for name in sys.argv[2:]]\n"
            "for number in range(60):\n    write_atomically(sys.argv[1], versions[number % 2])\n    time.sleep(0.1)"
        ),
    )
    reading = (
        "from sda_lib.model.model import SdaModel",
        (
            "for number in range(60):\n"
            "    model = SdaModel.load(sys.argv[1])\n"
            "    print(model.memory is not None, 'memory' in model.header and bool(model.header['memory']))"
        ),
    )
    replaced, read = work([processes(writing, path, tiny_model_path, bare), processes(reading, path)])
    assert replaced == ([], [])
    assert read[1] == []
    assert len(read[0]) == 60
    assert set(read[0]) <= {"True True", "False False"}
    assert list(tmp_path.glob(".*")) == []


def test_a_model_that_is_renamed_and_fitted_at_once_keeps_both(tmp_path, processes, tiny_model_path):
    path = tmp_path / "x.sda"
    shutil.copy(tiny_model_path, path)
    script = (
        "from sda_lib.files import locked\nfrom sda_lib.model.model import SdaModel",
        (
            "path = pathlib.Path(sys.argv[1])\n"
            "for number in range(10):\n"
            "    with locked(path.parent):\n"
            "        SdaModel.load(path).with_level_name(int(sys.argv[2]), f'level {number}').save(path)"
        ),
    )
    assert work([processes(script, path, level) for level in (0, 1)]) == [([], [])] * 2
    assert SdaModel.load(path).level_names[:2] == ("level 9", "level 9")


def test_of_processes_that_train_into_one_model_one_begins(tmp_path, processes, tiny_corpus, tiny_recipe):
    script = (
        "from sda_lib.config import Recipe\nfrom sda_lib.runs import manage\nimport time",
        (
            "job = manage.Job('x', (pathlib.Path(sys.argv[1]),), pathlib.Path(sys.argv[2]), Recipe())\n"
            "with manage.create_run(sys.argv[3], job):\n    print('began', flush=True)\n    time.sleep(3)"
        ),
    )
    said = work([processes(script, tiny_corpus, tmp_path / "x.sda", tmp_path / "runs") for _ in range(3)])
    assert sorted(out for out, _ in said) == [[], [], ["began"]]
    refused = [error for out, error in said if not out]
    assert all("x.sda is being trained already; wait for it, stop it" in line for (line,) in refused)
    assert len(list_runs(tmp_path / "runs")) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_of_processes_that_resume_one_run_one_begins(tmp_path, processes, tiny_corpus, tiny_recipe):
    job = Job("x", (tiny_corpus,), tmp_path / "x.sda", tiny_recipe)
    with manage.create_run(tmp_path / "runs", job) as (run, _):
        pass
    assert run.state == "died"
    script = (
        "from sda_lib.runs import manage\nfrom sda_lib.runs.run import Run\nimport time",
        ("with manage.reopen_run(Run(pathlib.Path(sys.argv[1]))):\n    print('began', flush=True)\n    time.sleep(3)"),
    )
    said = work([processes(script, run.folder) for _ in range(3)])
    assert sorted(out for out, _ in said) == [[], [], ["began"]]


def test_runs_are_listed_while_others_are_made_and_deleted(tmp_path, processes, tiny_corpus):
    making = (
        "from sda_lib.config import Recipe\nfrom sda_lib.runs import manage",
        (
            "for number in range(20):\n"
            "    job = manage.Job('x', (pathlib.Path(sys.argv[1]),), pathlib.Path(sys.argv[2]) / 'x.sda', Recipe())\n"
            "    with manage.create_run(pathlib.Path(sys.argv[2]) / 'runs', job) as (run, _):\n        pass\n"
            "    manage.delete(run)"
        ),
    )
    listing = (
        "from sda_lib.runs.run import describe_runs, unreadable",
        (
            "for _ in range(300):\n"
            "    for facts in describe_runs(sys.argv[1], lambda run: (run.name, run.model_path.name, run.state)):\n"
            "        print(*facts)\n"
            "    assert not unreadable(sys.argv[1])"
        ),
    )
    made, listed = work([processes(making, tiny_corpus, tmp_path), processes(listing, tmp_path / "runs")])
    assert (made, listed[1]) == (([], []), [])
    assert set(listed[0]) <= {"x x.sda died", "x x.sda running"}
    assert list_runs(tmp_path / "runs") == ()
    assert len(list((tmp_path / "trash").iterdir())) == 20


def test_what_is_moved_to_a_trash_on_another_disk_is_whole_there(tmp_path, monkeypatch):
    import errno
    import os

    def other_disk(path, place):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    (tmp_path / "run/below").mkdir(parents=True)
    (tmp_path / "run/below/x").write_text("x")
    (tmp_path / "run/link").symlink_to("below/x")
    monkeypatch.setattr(os, "rename", other_disk)
    remove, still_listed = shutil.rmtree, []

    def observed(path, **how):
        if (path / "deleted").exists():
            still_listed.append((tmp_path / "run").exists())
        remove(path, **how)

    monkeypatch.setattr(shutil, "rmtree", observed)
    place = move_to_trash(tmp_path / "run", tmp_path / "trash")
    assert still_listed == [False]
    assert (place / "below/x").read_text() == "x"
    assert (place / "link").is_symlink()
    assert not (tmp_path / "run").exists()
    assert [path.name for path in (tmp_path / "trash").iterdir()] == ["run"]
