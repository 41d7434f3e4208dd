"""Runs in which a model grows: in processes of their own, like any training."""

import os
import shutil
import signal

import pytest
from watching import pid_of, until

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.growing.report import Growth
from sda_lib.model.header import peek
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage
from sda_lib.runs import run as runs
from sda_lib.runs.job import GrowOptions, Job
from sda_lib.runs.run import BASE_MODEL

pytestmark = pytest.mark.slow

LONG = 10_000_000
"""Steps that no test waits for."""


@pytest.fixture
def burp(pytestconfig):
    return pytestconfig.rootpath / "data/demo/misc_burp.flac"


@pytest.fixture
def origin(tiny_model_path, tmp_path):
    return shutil.copy(tiny_model_path, tmp_path / "tiny.sda")


@pytest.fixture
def begin(tmp_path, origin, burp):
    """Start a run; whatever is left of it is ended after the test."""
    begun = []

    def start(steps=1, out="grown.sda", sounds=None, **settings):
        growing = GrowOptions(**{"origin": origin, "steps": steps, **settings})
        begun.append(
            manage.start(tmp_path / "runs", Job("grown", tuple(sounds or [burp]), tmp_path / out, None, growing))
        )
        return begun[-1]

    yield start
    for run in begun:
        manage.stop(run)
        until(lambda run=run: not run.alive, "the end of the run")


def ended(run):
    until(lambda: not run.alive, "the end")
    return run.state, run.message


def stepping(run):
    return lambda: any(event.of for event in run.events()[0]) or not run.alive


def test_a_model_grows_in_the_background(begin, origin, burp, tmp_path):
    before = origin.read_bytes()
    run = begin(keep=0.9)
    assert ended(run) == ("finished", f"grown is ready at {run.model_path}")
    assert run.growing == GrowOptions(origin, steps=1, keep=0.9)
    assert run.job.sounds == (burp,)
    growth = Growth.last_of(peek(run.model_path))
    assert (growth.files, growth.generated) == (1, 0)
    assert growth.agreement[0] >= 0.9
    assert {"misc_burp", "pluck"} <= {piece.name for piece in SdaModel.load(run.model_path).memory.pieces}
    assert origin.read_bytes() == before
    assert not (run.folder / BASE_MODEL).exists()
    assert runs.learned_from(run.model_path, tmp_path / "runs") is None  # the burp alone would not make it again


@pytest.mark.long
def test_killed_it_starts_again_from_the_model_as_it_was(begin, origin, burp, tmp_path):
    """Even where it replaces the very model that it grows from, and that has been half grown already."""
    run = begin(LONG, out="tiny.sda")
    until(stepping(run), "a step")
    assert run.state == "running", run.message
    os.kill(pid_of(run), signal.SIGKILL)
    assert ended(run)[0] == "died"
    assert "It starts again from tiny as it was; only the time is lost" in run.message
    assert peek(origin)["corpus"]["files"] == 4  # what was grown so far stands where the model stood
    manage.resume(run)
    until(lambda: any("starts again" in event.message for event in run.events()[0]), "the second go")
    second = len(run.events()[0])
    until(lambda: any(event.of for event in run.events()[0][second:]), "its first step")
    manage.stop(run)
    assert ended(run) == ("stopped", f"Stopped; the best so far is in {origin}.")
    assert [one["files"] for one in peek(origin)["corpus"]["grown"]] == [1]
    assert (run.folder / BASE_MODEL).exists()
    assert run.resumable


def test_two_never_share_a_model_and_the_second_of_two_waits(begin, origin):
    first = begin(LONG)
    with pytest.raises(SdaError, match=r"grown\.sda is being trained already"):
        begin()
    until(lambda: first.events()[0], "the first word")  # by then it has the place
    second = begin(out="other.sda")
    until(lambda: (second.folder / "process.json").exists(), "the second process")
    assert second.state == "queued"
    manage.stop(second)
    assert ended(second) == ("stopped", "Growing of grown was stopped before it began.")
    assert first.state == "running"


def test_what_can_not_grow_is_refused_before_there_is_a_run(begin, origin, burp, tmp_path):
    SdaModel.load(origin).without_memory().save(tmp_path / "bare.sda")
    with pytest.raises(SdaError, match="without its recordings"):
        begin(origin=tmp_path / "bare.sda")
    with pytest.raises(SdaError, match=r"not an \.sda model"):
        begin(origin=burp)
    with pytest.raises(SdaError, match="There is no model"):
        begin(origin=tmp_path / "nothing.sda")
    with pytest.raises(SdaError, match=r"There is no .*gone\.wav"):
        begin(sounds=[burp, tmp_path / "gone.wav"])
    with pytest.raises(SdaError, match="from 0 to 1"):
        begin(keep=1.5)
    with pytest.raises(SdaError, match="choose some"):
        manage.start(tmp_path / "runs", Job("x", (), tmp_path / "x.sda", growing=GrowOptions(origin)))
    assert manage.runs(tmp_path / "runs") == ()


def test_a_model_knows_its_folder_by_the_run_that_wrote_it(tmp_path, tiny_corpus):
    out, folder = tmp_path / "x.sda", tmp_path / "sounds"
    shutil.copytree(tiny_corpus, folder)
    assert runs.learned_from(out, tmp_path / "runs") is None
    for place in (tiny_corpus, folder):
        with manage.create_run(tmp_path / "runs", Job("x", (place,), out, Recipe())):
            pass
    assert runs.learned_from(out, tmp_path / "nowhere", tmp_path / "runs") == folder
    shutil.rmtree(folder)
    assert runs.learned_from(out, tmp_path / "runs") is None
