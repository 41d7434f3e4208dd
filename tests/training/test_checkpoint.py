"""Checkpoints: resumed trainings end where they would have ended, to the last bit."""

import itertools
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from sda_lib.audio.corpus import Corpus
from sda_lib.config import CHECKPOINT
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training import checkpoint, optimize
from sda_lib.training.checkpoint import CheckpointWriter, RunState, StepReport
from sda_lib.training.train import learn

pytestmark = pytest.mark.slow

EVERYWHERE = (("progress", 2), ("progress", 4), ("metrics", 4), ("progress", 7))
# Events after which the process is killed, steps at which it is stopped, and changes of the recipe.
RECIPES = {
    "plain": (EVERYWHERE, (4,), {}),
    "codebooks that follow": ((("progress", 7),), (), {"train__codebook_decay": 0.9}),
    "adversarial": ((("progress", 7),), (), {"train__adversarial": 0.25}),
    "copies": ((("progress", 7),), (), {"train__shift": 3.0}),
    "noisy latents": ((("progress", 7),), (), {"codec__bottleneck": "vae"}),
}


@pytest.fixture
def begin(tiny_corpus, tiny_recipe, monkeypatch):
    """Start or resume a short run in a folder, with a checkpoint and an event after every step."""
    monkeypatch.setattr(optimize, "PROGRESS_SECONDS", -1.0)
    monkeypatch.setattr(optimize, "REVIVE_EVERY", 3)
    monkeypatch.setenv("SDA_CHECKPOINT_SECONDS", "0")

    def begin(folder, **changes):
        folder.mkdir(exist_ok=True)
        quick = {"train__steps": 8, "train__checks": 2, "train__threads": 1, "codec__width": 16, "codec__levels": 4}
        recipe = tiny_recipe.override(**{**quick, **changes})
        return learn(Corpus.from_folder(tiny_corpus), recipe, folder / "x.sda", "x", "cpu", folder)

    return begin


def different(first, second):
    """Return the names of the tensors that differ between two files."""
    a, b = load_file(first), load_file(second)
    assert a.keys() == b.keys()
    return [name for name in a if not torch.equal(a[name], b[name])]


@pytest.mark.parametrize(("kills", "stops", "changes"), RECIPES.values(), ids=RECIPES)
def test_a_run_killed_or_stopped_anywhere_ends_the_same(begin, tmp_path, kills, stops, changes):
    """Kills: copies of the folder are resumed. Stops: the generator is closed, also before a due check (step 4)."""
    whole = tmp_path / "whole"
    for event in begin(whole, **changes):
        if (event.kind, event.step) in kills:
            shutil.copytree(whole, tmp_path / f"killed {event.kind} {event.step}")
    killed = sorted(tmp_path.glob("killed*"))
    assert len(killed) == len(kills)
    for folder in killed:
        torch.rand(3)  # whatever was drawn before
        assert list(begin(folder, **changes))[-1].step == 8
    for step in stops:
        run = begin(tmp_path / f"stopped {step}", **changes)
        list(itertools.takewhile(lambda event, step=step: event.step < step, run))
        run.close()
        assert list(begin(tmp_path / f"stopped {step}", **changes))[-1].step == 8
    for folder in [*killed, *tmp_path.glob("stopped*")]:
        assert not different(whole / "x.sda", folder / "x.sda"), folder
        assert not different(whole / CHECKPOINT, folder / CHECKPOINT), folder
        ends = [SdaModel.load(one / "x.sda") for one in (whole, folder)]
        assert ends[0].recipe == ends[1].recipe
        facts = [{k: v for k, v in one.metrics.items() if k != "seconds"} for one in ends]
        assert facts[0] == facts[1]
        assert ends[0].header["curve"] == ends[1].header["curve"]


def test_a_resumed_time_budget_keeps_its_steps(begin, tmp_path):
    run = begin(tmp_path, train__steps=None, train__minutes=0.1)
    first = next(event for event in run if event.kind == "progress" and event.of)
    run.close()
    _, before = checkpoint.read_checkpoint(tmp_path)
    again = begin(tmp_path, train__steps=None, train__minutes=0.1)
    second = next(event for event in again if event.kind == "progress" and event.step > first.step)
    again.close()
    _, after = checkpoint.read_checkpoint(tmp_path)
    assert first.of == second.of == before.recipe.train.steps
    assert before.recipe == after.recipe
    assert before.budget == after.budget >= 6  # more on a busy machine, which still gets its share of steps
    assert 0 < before.elapsed < after.elapsed
    assert second.values["seconds"] > before.elapsed


def test_other_sounds_need_a_new_training(begin, tmp_path, tiny_corpus, monkeypatch):
    run = begin(tmp_path / "run")
    next(event for event in run if event.of)
    run.close()
    shutil.copytree(tiny_corpus, tmp_path / "others")
    (tmp_path / "others/rain.wav").unlink()
    others = Corpus.from_folder(tmp_path / "others")
    monkeypatch.setattr(Corpus, "from_folder", lambda _: others)
    with pytest.raises(SdaError, match="not those that this run began with"):
        list(begin(tmp_path / "run"))


def test_a_missing_model_is_restored(begin, tmp_path):
    run = begin(tmp_path)
    next(event for event in run if event.step == 6)
    run.close()
    (tmp_path / "x.sda").unlink()
    assert list(begin(tmp_path))[-1].kind == "done"
    assert SdaModel.load(tmp_path / "x.sda").metrics["kept_step"] >= 6


def test_a_damaged_checkpoint_raises_an_error(begin, tmp_path):
    run = begin(tmp_path)
    next(event for event in run if event.step == 2)
    run.close()
    whole = (tmp_path / CHECKPOINT).read_bytes()
    for broken in (b"", b"pickle", whole[:-9], whole.replace(b'"format\\": 1', b'"format\\": 7')):
        assert broken != whole
        (tmp_path / CHECKPOINT).write_bytes(broken)
        with pytest.raises(SdaError, match="can't be read"):
            checkpoint.read_checkpoint(tmp_path)
    (tmp_path / CHECKPOINT).write_bytes(whole)
    from_other = begin(tmp_path / "other", codec__width=8)
    next(event for event in from_other if event.step == 1)
    from_other.close()
    CheckpointWriter(tmp_path).write(
        checkpoint.read_checkpoint(tmp_path / "other")[0], checkpoint.read_checkpoint(tmp_path)[1]
    )
    with pytest.raises(SdaError, match="another codec"):
        list(begin(tmp_path))


def test_checkpoints_are_due_at_intervals(monkeypatch, tmp_path):
    monkeypatch.delenv("SDA_CHECKPOINT_SECONDS", raising=False)
    clock = [100.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    writer = CheckpointWriter(tmp_path)
    assert writer.seconds <= 25
    assert not writer.due
    clock[0] += writer.seconds
    assert writer.due
    monkeypatch.setenv("SDA_CHECKPOINT_SECONDS", "3")
    assert CheckpointWriter(tmp_path).seconds == 3


def after(recipe, *distances):
    """Return the state after checks with these distances at steps 10, 20 …, closed form 2.0."""
    one = RunState(recipe, "", None, 0.0, 2.0, 2.0, {"held_out": 2.0})
    for number, distance in enumerate(distances):
        report = StepReport(10 * (number + 1), 0.0, 0.0, True, False)
        one = checkpoint.dataclasses.replace(one, report=report, due=True)
        one, _ = one.after_check({"held_out": distance, "train": 1.0}, 1.0)
    return one


def test_patience_ends_a_run_and_the_summary_explains(tiny_recipe):
    recipe = tiny_recipe.override(train__patience=2)
    assert not after(recipe, 1.5, 1.6).out_of_patience
    ended = after(recipe, 1.5, 1.6, 1.5)
    assert ended.out_of_patience
    assert (
        "kept: step 10, which has the smallest held-out distance. It ended early, at step 30: 2 checks" in ended.summary
    )
    assert ended.curve == ((10, 1.5, 1.0), (20, 1.6, 1.0), (30, 1.5, 1.0))
    assert not after(recipe, 1.5, 1.6, 1.4, 1.6).out_of_patience
    assert not after(tiny_recipe.override(train__patience=0), *[3.0] * 50).out_of_patience
    assert not after(recipe.override(train__adversarial=1), *[3.0] * 50).out_of_patience
    assert "kept: the closed form, since no step reduced" in after(recipe, 3.0).summary


def test_a_run_without_improvement_ends_early(begin, tmp_path, monkeypatch):
    distances = itertools.chain([1.0], itertools.repeat(2.0))
    monkeypatch.setattr(
        "sda_lib.training.snapshot.Snapshot.measure", lambda _: {"held_out": next(distances), "train": 0.5}
    )
    events = list(begin(tmp_path, train__patience=2, train__checks=4))
    assert events[-1].step == 4
    assert "ended early, at step 4" in events[-1].message
    kept = SdaModel.load(tmp_path / "x.sda")
    assert kept.codec.is_linear
    assert kept.metrics["held_out"] == 1.0
    assert kept.header["curve"] == [[0, 1.0, 0.5], [2, 2.0, 0.5], [4, 2.0, 0.5]]
    assert json.dumps(kept.without_memory().header["curve"])


def test_every_check_measures_both_distances(begin, tmp_path):
    measured = [event.values for event in begin(tmp_path) if event.kind == "metrics"]
    assert len(measured) == 3
    assert all(one["held_out"] > 0 and one["train"] > 0 for one in measured)
