"""A clock that is set back or forward: runs keep order and names apart, and nothing is deleted early."""

import os
import time

import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.home import Home
from sda_lib.runs import cleaning, manage
from sda_lib.runs.run import find_run, list_runs
from sda_lib.trash import move_to_trash

YEAR = 365 * 86400.0


@pytest.fixture
def clock(monkeypatch):
    """Set the time of day by so many seconds, for everything that asks for it."""
    now, local = time.time, time.strftime

    def set_by(seconds):
        monkeypatch.setattr(time, "time", lambda: now() + seconds)
        monkeypatch.setattr(time, "strftime", lambda form: local(form, time.localtime(now() + seconds)))

    return set_by


@pytest.fixture
def new_run(tmp_path, tiny_corpus):
    def make(name="x"):
        job = manage.Job(name, (tiny_corpus,), tmp_path / f"{name}.sda", Recipe())
        with manage.create_run(tmp_path / "runs", job) as (run, _):
            return run

    return make


@pytest.mark.parametrize("jumps", [(0, -YEAR, -YEAR), (0, 20 * YEAR, 0), (0, -3600, 3600)])
def test_runs_keep_their_order(clock, new_run, tmp_path, jumps):
    made = []
    for jump in jumps:
        clock(jump)
        made.append(new_run())
    assert list(list_runs(tmp_path / "runs")) == made[::-1]
    assert find_run(tmp_path / "runs", "last") == made[-1]
    assert len({run.folder for run in made}) == len(made)
    with pytest.raises(SdaError, match="A later run has trained"), manage.reopen_run(made[0]):
        pass
    with manage.reopen_run(made[-1]):
        pass


def test_runs_and_deleted_ones_of_one_second_have_names_of_their_own(new_run, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda form: "20261129-120000")
    made = [new_run() for _ in range(3)]
    assert len({run.folder.name for run in made}) == 3
    moved = [manage.delete(run, tmp_path / "trash") for run in made]
    again = [move_to_trash(_file(tmp_path / "same", number), tmp_path / "trash") for number in range(3)]
    assert len({*moved, *again}) == 6
    assert sorted(path.read_text() for path in again) == ["0", "1", "2"]


def _file(path, number):
    path.write_text(str(number))
    return path


@pytest.mark.parametrize(("jump", "deleted"), [(-YEAR, False), (0, False), (31 * 86400, True)])
def test_only_what_is_old_by_the_clock_is_cleaned(clock, tmp_path, jump, deleted):
    home = Home(tmp_path)
    home.trash.mkdir()
    _file(home.trash / "x", 0)
    clock(jump)
    assert bool(cleaning.cleanable(home, "trash", older_days=30)) == deleted


def test_parts_of_a_running_process_are_kept_whatever_the_clock_says(clock, tmp_path):
    from sda_lib import files

    part = tmp_path / files._part_name("x")
    part.mkdir()
    for jump in (-20 * YEAR, 20 * YEAR):
        os.utime(part, 2 * (time.time() - jump,))
        clock(jump)
        files.remove_partial_files(tmp_path)
        assert part.exists()


def test_a_run_is_alive_whatever_the_clock_says(clock, tmp_path, tiny_corpus):
    job = manage.Job("x", (tiny_corpus,), tmp_path / "x.sda", Recipe())
    with manage.create_run(tmp_path / "runs", job) as (run, _):
        run.record_process()
        run.append(Event("progress", 1, 9))
        for jump in (-20 * YEAR, 0, 20 * YEAR):
            clock(jump)
            assert run.state == "running"
            run.append(Event("progress", 2, 9))
    assert run.state == "died"
    assert [event.step for event in run.events()[0]] == [1, 2, 2, 2]


@pytest.mark.parametrize("year", [1971, 2150])
def test_sounds_are_written_in_any_year(clock, tmp_path, year):
    from sda_lib.export.write import read_tags, write_clip

    clock((year - 2026) * YEAR)
    for suffix in (".wav", ".flac", ".ogg", ".mp3"):
        path = write_clip(AudioClip(0.1 * _noise(), 44100), tmp_path / f"x{suffix}", tags={"title": "x"})
        assert read_tags(path)["title"] == "x"


def _noise():
    import numpy as np

    return np.random.default_rng(0).uniform(-1, 1, (1, 4410))
