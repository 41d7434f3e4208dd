"""Runs in which a model grows, in other processes like any training."""

import os
import shutil
import signal

import pytest
from watching import LONG, pid_of, until

from sda_lib.errors import SdaError
from sda_lib.growing.report import Growth
from sda_lib.model.header import peek
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage
from sda_lib.runs import run as runs
from sda_lib.runs.job import GrowOptions, Job
from sda_lib.runs.run import BASE_MODEL

pytestmark = pytest.mark.slow


@pytest.fixture
def burp(pytestconfig):
    return pytestconfig.rootpath / "data/demo/misc_burp.flac"


@pytest.fixture
def base(tiny_model_path, tmp_path):
    return shutil.copy(tiny_model_path, tmp_path / "tiny.sda")


@pytest.fixture
def begin(tmp_path, base, burp):
    """Start a run; it is stopped after the test if it still works."""
    started = []

    def start(steps=1, out="grown.sda", sounds=None, **settings):
        growing = GrowOptions(**{"base": base, "steps": steps, **settings})
        started.append(
            manage.start(tmp_path / "runs", Job("grown", tuple(sounds or [burp]), tmp_path / out, None, growing))
        )
        return started[-1]

    yield start
    for run in started:
        manage.stop(run)
        until(lambda run=run: not run.alive, "the end of the run")


def ended(run):
    until(lambda: not run.alive, "the end")
    return run.state, run.message


def stepping(run):
    return lambda: any(event.of for event in run.events()[0]) or not run.alive


def test_a_model_grows_in_the_background(begin, base, burp, tmp_path):
    before = base.read_bytes()
    run = begin(keep=0.9)
    assert ended(run) == ("finished", f"grown is ready at {run.model_path}")
    assert run.growing == GrowOptions(base, steps=1, keep=0.9)
    assert run.job.sounds == (burp,)
    growth = Growth.last_of(peek(run.model_path))
    assert (growth.files, growth.generated) == (1, 0)
    assert growth.agreement[0] >= 0.9
    assert {"misc_burp", "pluck"} <= {piece.name for piece in SdaModel.load(run.model_path).memory.pieces}
    assert base.read_bytes() == before
    assert not (run.folder / BASE_MODEL).exists()
    assert runs.learned_from(run.model_path, tmp_path / "runs") is None  # the burp alone would not give this model


@pytest.mark.long
def test_a_killed_growth_restarts_from_the_model_as_it_was(begin, base, burp, tmp_path):
    """Even if it replaces the very model that it grows from, which has been saved half grown."""
    run = begin(LONG, out="tiny.sda")
    until(stepping(run), "a step")
    assert run.state == "running", run.message
    os.kill(pid_of(run), signal.SIGKILL)
    assert ended(run)[0] == "died"
    assert "It starts again from tiny as it was; only the time is lost" in run.message
    assert peek(base)["corpus"]["files"] == 4  # the file already holds what was grown so far
    manage.resume(run)
    until(lambda: any("starts again" in event.message for event in run.events()[0]), "the second attempt")
    second = len(run.events()[0])
    until(lambda: any(event.of for event in run.events()[0][second:]), "its first step")
    manage.stop(run)
    assert ended(run) == ("stopped", f"Stopped; the best so far is in {base}.")
    assert [one["files"] for one in peek(base)["corpus"]["grown"]] == [1]
    assert (run.folder / BASE_MODEL).exists()
    assert run.resumable


def test_two_growths_never_share_a_model_and_the_second_waits(begin, base):
    first = begin(LONG)
    with pytest.raises(SdaError, match=r"grown\.sda is being trained already"):
        begin()
    until(lambda: first.events()[0], "the first event")  # by then it works
    second = begin(out="other.sda")
    until(lambda: (second.folder / "process.json").exists(), "the second process")
    assert second.state == "queued"
    manage.stop(second)
    assert ended(second) == ("stopped", "Growing of grown was stopped before it began.")
    assert first.state == "running"


def test_models_that_cannot_grow_are_refused_before_a_run_exists(begin, base, burp, tmp_path):
    SdaModel.load(base).without_memory().save(tmp_path / "bare.sda")
    with pytest.raises(SdaError, match="without its recordings"):
        begin(base=tmp_path / "bare.sda")
    with pytest.raises(SdaError, match=r"not an \.sda model"):
        begin(base=burp)
    with pytest.raises(SdaError, match="There is no model"):
        begin(base=tmp_path / "nothing.sda")
    with pytest.raises(SdaError, match=r"There is no .*gone\.wav"):
        begin(sounds=[burp, tmp_path / "gone.wav"])
    with pytest.raises(SdaError, match="from 0 to 1"):
        begin(keep=1.5)
    with pytest.raises(SdaError, match="choose some"):
        manage.start(tmp_path / "runs", Job("x", (), tmp_path / "x.sda", growing=GrowOptions(base)))
    assert manage.list_runs(tmp_path / "runs") == ()
