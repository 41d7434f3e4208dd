"""A run that is killed again and again."""

import os
import random
import signal
import time

import pytest
from watching import pid_of, until

from sda_lib.config import CHECKPOINT
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage
from sda_lib.runs.job import Job
from sda_lib.training import checkpoint

pytestmark = pytest.mark.slow


# What a run shows before each kill: its process exists, it wrote an event, it took a step.
SIGNS = ("step", "process", "event", "step", "process", "step", "event", "process", "step", "process")


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.long)])
def test_a_run_killed_at_random_finishes_with_intact_files(kills, tmp_path, tiny_corpus, tiny_recipe, monkeypatch):
    """The process is killed while it starts, reads, fits, trains and saves. With a checkpoint after every event, at
    most one step is lost."""
    monkeypatch.setenv("SDA_CHECKPOINT_SECONDS", "0")
    recipe = tiny_recipe.override(train__steps=None, train__minutes=0.03 * kills, train__patience=0, codec__width=16)
    out, draws, lost = tmp_path / "models/tiny.sda", random.Random(7), []
    run = manage.start(tmp_path / "runs", Job("tiny", (tiny_corpus,), out, recipe, sliders=False))
    for count, sign in enumerate(SIGNS[:kills]):
        before = len(run.events()[0])
        came = {
            "process": (run.folder / "process.json").exists,
            "event": lambda before=before: len(run.events()[0]) > before,
            "step": lambda before=before: any(event.values.get("loss") for event in run.events()[0][before:]),
        }
        until(lambda came=came[sign]: came() or not run.alive, sign)
        time.sleep(draws.uniform(0, 0.5))
        assert run.state == "running"
        os.kill(pid_of(run), signal.SIGKILL)
        until(lambda: not run.alive, "the end")
        assert run.state == "died"
        steps = [event.step for event in run.events()[0] if event.kind == "progress" and event.of]
        found = checkpoint.read_checkpoint(run.folder)
        if steps and found:
            lost.append(sum(step > found[1].report.step for step in set(steps[-2:])))
        if out.exists():
            assert SdaModel.load(out).name == "tiny"
        if count == 1:
            with (run.folder / "events.jsonl").open("ab") as file:
                file.write(b'{"kind": "progr')  # as if the kill had come in the middle of a line
        manage.resume(run)
    until(lambda: not run.alive, "the end")
    assert run.state == "finished", run.message
    assert lost
    assert max(lost) <= 1
    events = run.events()[0]
    measured = [event.step for event in events if event.kind == "metrics"]
    assert measured[0] == 0
    assert max(measured) == events[-1].step > 0  # the last one, if the clock ended it before its steps did
    model = SdaModel.load(out)
    assert model.recipe.train.steps == events[-1].of
    assert [point[0] for point in model.header["curve"]] == sorted(set(measured))
    assert [file.name for file in out.parent.iterdir()] == ["tiny.sda"]
    assert not list(run.folder.glob("*.part*"))
    assert not (run.folder / CHECKPOINT).exists()
