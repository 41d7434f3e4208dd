"""Batches: equal files on one core or several, none twice and none missing, also after a kill."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.batch.batch import Batch, BatchItem, resolve_paths, run_batch
from sda_lib.batch.manifest import read_manifest
from sda_lib.batch.workers import start_workers, workers_for
from sda_lib.errors import SdaError
from sda_lib.export.finish import Effects, Finish
from sda_lib.model.model import SdaModel
from sda_lib.sessions import provenance_tags
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow

SECONDS = 0.5


@pytest.fixture(scope="module")
def batch(tiny_model_path):
    return Batch(SdaModel.load(tiny_model_path))


def items(folder, count, **more):
    return [
        BatchItem(folder / f"{seed}.wav", GenerateOptions(SECONDS, seed, **more), Finish()) for seed in range(count)
    ]


def test_files_of_another_decoder_are_kept_beside_new_ones(batch, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(provenance_tags, "DECODER_VERSION", 1)
        list(run_batch(batch, resolve_paths(batch, items(tmp_path, 1))))
    made = list(run_batch(batch, resolve_paths(batch, items(tmp_path, 1))))
    assert [(one.path.name, one.existed) for one in made] == [("0-2.wav", False)]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*.wav"))}


def test_several_processes_write_the_same_files_as_one(batch, tiny_model_path, tmp_path):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    for folder, others, only_workers in ((one, 0, False), (two, 1, False), (three, 2, True)):
        with start_workers(tiny_model_path, others) as pool:
            made = list(run_batch(batch, resolve_paths(batch, items(folder, 5)), pool, only_workers))
        assert sorted(made_.path.name for made_ in made) == [f"{seed}.wav" for seed in range(5)]
        assert not any(made_.existed for made_ in made)
    assert contents(one) == contents(two) == contents(three)
    assert len(set(contents(one).values())) == 5
    assert all(np.abs(read_clip(path).samples).max() > 1e-3 for path in one.glob("*.wav"))


def test_files_of_this_and_other_requests_are_kept(batch, tmp_path):
    list(run_batch(batch, resolve_paths(batch, items(tmp_path, 3))))
    before = contents(tmp_path)
    again = list(run_batch(batch, resolve_paths(batch, items(tmp_path, 4))))
    assert [made.existed for made in again] == [True, True, True, False]
    other = list(run_batch(batch, resolve_paths(batch, items(tmp_path, 2, novelty=0.9))))
    assert [made.path.name for made in other] == ["0-2.wav", "1-2.wav"]
    third = list(run_batch(batch, resolve_paths(batch, items(tmp_path, 2, novelty=0.9))))
    assert [made.existed for made in third] == [True, True]
    assert {name: contents(tmp_path)[name] for name in before} == before
    forced = list(run_batch(batch, resolve_paths(batch, items(tmp_path, 1, novelty=0.9), force=True)))
    assert [made.path.name for made in forced] == ["0.wav"]
    assert contents(tmp_path)["0.wav"] != before["0.wav"]
    assert provenance_tags.provenance_key(tmp_path / "0.wav") == provenance_tags.provenance_key(tmp_path / "0-2.wav")


def test_equal_names_are_numbered(batch, tmp_path):
    same = [BatchItem(tmp_path / "x.wav", item.options, item.finish) for item in items(tmp_path, 3)]
    for before in (False, True):
        made = list(run_batch(batch, resolve_paths(batch, same)))
        assert sorted(one.path.name for one in made) == ["x-2.wav", "x-3.wav", "x.wav"]
        assert all(one.existed is before for one in made)


def test_invalid_options_end_the_batch_and_keep_finished_files(batch, tiny_model_path, tmp_path):
    wrong = [*items(tmp_path, 2), BatchItem(tmp_path / "x.wav", GenerateOptions(SECONDS, writer="unknown"), Finish())]
    for others in (0, 1):
        with start_workers(tiny_model_path, others) as pool, pytest.raises(SdaError, match="unknown"):
            list(run_batch(batch, resolve_paths(batch, wrong), pool))
        assert {"0.wav", "1.wav"} <= set(contents(tmp_path))
        assert "x.wav" not in contents(tmp_path)
    assert not list(tmp_path.glob(".*"))


def test_a_killed_batch_continues_without_a_duplicate_or_a_gap(tiny_model_path, tmp_path):
    count, folder = 16, tmp_path / "out"
    command = [
        sys.executable, "-m", "sda_lib", "generate", str(tiny_model_path), "-n", str(count), "--seconds", str(SECONDS),
        "--vary", "novelty,tilt=-6:6", "--workers", "2", "--out", str(folder), "--name", "{seed:04d}", "--no-sheet",
    ]  # fmt: skip
    first = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(contents(folder)) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    _wait_for_end_of(first.pid)
    done = contents(folder)
    assert 3 <= len(done) < count
    assert all(provenance_tags.provenance_key(folder / name) for name in done)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.count("(was there)") == len(done)
    assert [*contents(folder)] == [f"{seed:04d}.wav" for seed in range(count)]
    assert not list(folder.glob(".*"))  # nor anything half-written
    assert {name: contents(folder)[name] for name in done} == done
    rows = read_manifest(folder)
    assert [row["file"] for row in rows] == [f"{seed:04d}.wav" for seed in range(count)]
    assert len({row["effects"]["tilt"] for row in rows}) == count


def _wait_for_end_of(session):
    """Wait until the workers have noticed that their parent process has ended."""
    until = time.monotonic() + 20
    while _in_session(session) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _in_session(session)


def _in_session(session):
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def test_number_of_workers():
    assert workers_for(1, None) == 1
    assert workers_for(10_000, None) == os.cpu_count()
    assert workers_for(3, 8) == 3
    assert workers_for(3, 0) == 1


def test_a_finish_is_part_of_the_request(batch, tmp_path):
    plain, bright = (
        BatchItem(tmp_path / "x.flac", GenerateOptions(SECONDS, 1), Finish(Effects(tilt=tilt))) for tilt in (0, 6)
    )
    assert batch.key(plain) != batch.key(bright)
    paths = [next(iter(run_batch(batch, resolve_paths(batch, [one])))).path for one in (plain, bright, plain)]
    assert paths == [Path(tmp_path / "x.flac"), Path(tmp_path / "x-2.flac"), Path(tmp_path / "x.flac")]


@pytest.mark.long
def test_workers_without_their_model_raise_its_error(batch, tmp_path):
    (tmp_path / "broken.sda").write_bytes(b"no model")
    with start_workers(tmp_path / "broken.sda", 1) as pool, pytest.raises(SdaError, match=r"broken\.sda"):
        list(run_batch(batch, resolve_paths(batch, items(tmp_path, 3)), pool, only_workers=True))


@pytest.mark.long
def test_a_killed_worker_is_reported(batch, tiny_model_path, tmp_path):
    with start_workers(tiny_model_path, 1) as pool:
        made = run_batch(batch, resolve_paths(batch, items(tmp_path, 60)), pool, only_workers=True)
        next(made)
        os.kill(next(iter(pool.executor._processes)), signal.SIGKILL)
        with pytest.raises(SdaError, match="Run the command again to continue"):
            list(made)
    assert contents(tmp_path)
