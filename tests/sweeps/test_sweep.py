"""Sweeps: resumed at rungs and after a stop without another result, on one process, several, or a killed one."""

import csv
import json
import os
import signal
from dataclasses import replace

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster.shared import shared_here
from sda_lib.errors import SdaError
from sda_lib.model.header import peek
from sda_lib.sweeps import running, trial
from sda_lib.sweeps.plan import Arm, Trial, plan_sweep
from sda_lib.sweeps.running import SweepOptions, outcome_in, run_sweep
from sda_lib.sweeps.store import SweepFolder
from sda_lib.sweeps.sweep import read_results
from sda_lib.sweeps.trial import Part, train_part

pytestmark = pytest.mark.slow

SMALL = {
    "train.batch": 2, "train.segment": 4096, "train.shift": 0.0, "train.base": "none", "train.patience": 0,
    "codec.width": 16, "codec.codebook_size": 8, "codec.beam": 1, "memory.detail": 0.0,
}  # fmt: skip
GRID = {"codec.levels": [2, 3, 4]}


@pytest.fixture(scope="module")
def corpus(tiny_corpus):
    return Corpus.from_folder(tiny_corpus)


def plan_of(corpus, seeds=1, steps=18, grid=GRID, **more):
    return plan_sweep([corpus], grid, seeds, settings={**SMALL, "train.steps": steps, **more})


def results_of(plan, folder):
    """Everything but times."""
    found = read_results(plan, SweepFolder(folder))
    return {trial.name: replace(result, seconds=0, processor=0) for trial, result in found.items()}


@pytest.fixture(scope="module")
def done(corpus, tmp_path_factory):
    """A sweep in this process: its plan, its folder and its events."""
    folder, plan = tmp_path_factory.mktemp("sweep"), plan_of(corpus)
    return plan, folder, list(run_sweep(plan, [corpus], folder, SweepOptions()))


def test_all_begin_and_the_best_go_on_to_the_end(done):
    plan, folder, events = done
    steps = sorted(result.step for result in results_of(plan, folder).values())
    assert steps == [6, 18, 18]
    assert [event.share for event in events] == sorted(event.share for event in events)
    assert events[-1].share == 1
    outcome = outcome_in(plan, folder)
    (winner,) = outcome.winners
    assert winner is outcome.rows[0]
    assert winner.finished
    assert winner.mean == min(row.mean for row in outcome.rows if row.finished)
    assert outcome.steps == (6 + 2 * 18, 3 * 18)


def test_its_folder_has_tables_and_the_best_model(done):
    folder = done[1]
    with (folder / "sweep.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    facts = json.loads((folder / "results.json").read_text())
    assert [row["codec.levels"] for row in rows] == [str(row["codec.levels"]) for row in facts["rows"]]
    assert [float(row["mean"]) for row in rows] == [row["mean"] for row in facts["rows"]]
    (winner,) = facts["winners"]
    header = peek(folder / "tiny.sda")
    assert header["recipe"]["codec"]["levels"] == winner["codec.levels"]
    assert header["metrics"]["held_out"] == pytest.approx(winner["mean"])
    assert not [path for path in folder.rglob("checkpoint.safetensors") if "-end" in path.parent.name]


def test_a_training_in_parts_is_the_training_at_once(corpus, done):
    plan, folder, _ = done
    arm = outcome_in(plan, folder).winners[0].arm
    with shared_here(corpus.folder) as sounds:
        whole = train_part(Part(sounds, plan.recipe(Trial(arm, 0)).to_json(), "tiny", "cpu", 18, {}))
    assert whole.ended
    assert whole.curve == read_results(plan, SweepFolder(folder))[Trial(arm, 0)].curve


def test_the_same_command_continues_a_sweep_that_was_stopped(corpus, done, tmp_path):
    plan, folder, _ = done
    for stop_after in (2, 3, 100):
        events = run_sweep(plan, [corpus], tmp_path, SweepOptions())
        for number, _ in enumerate(events, 1):
            if number == stop_after:
                events.close()
    assert results_of(plan, tmp_path) == results_of(plan, folder)
    assert list(run_sweep(plan, [corpus], tmp_path, SweepOptions())) == []
    with pytest.raises(SdaError, match="has another sweep"):
        list(run_sweep(plan_of(corpus, steps=27), [corpus], tmp_path, SweepOptions()))


@pytest.mark.long
def test_all_continues_what_was_left_behind(corpus, done, tmp_path):
    plan, folder, _ = done
    list(run_sweep(plan, [corpus], tmp_path, SweepOptions()))
    list(run_sweep(plan, [corpus], tmp_path, SweepOptions(everything=True)))
    found = results_of(plan, tmp_path)
    assert {result.step for result in found.values()} == {18}
    first = results_of(plan, folder)
    assert all(found[name] == result for name, result in first.items() if result.ended)


@pytest.mark.long
def test_long_parts_end_at_a_check_and_are_continued(corpus, done, tmp_path, monkeypatch):
    plan, folder, _ = done
    monkeypatch.setattr(trial, "PART_SECONDS", 0.0)
    events = list(run_sweep(plan, [corpus], tmp_path, SweepOptions()))
    assert len(events) > len(done[2])
    assert results_of(plan, tmp_path) == results_of(plan, folder)


@pytest.mark.long
def test_workers_find_the_same_though_one_is_killed(corpus, done, tmp_path):
    plan, folder, _ = done
    seen, victims = [], []

    def observe(name, step, of):
        seen.append((name, step, of))

    events = run_sweep(plan, [corpus], tmp_path, SweepOptions(workers=1), observe)
    for _ in events:
        if not victims:
            victims += _workers_of_this_process()
            for victim in victims:
                os.kill(victim.pid, signal.SIGKILL)
    assert victims
    assert results_of(plan, tmp_path) == results_of(plan, folder)
    assert {of for _, _, of in seen} <= {0, 18}
    assert {name for name, _, _ in seen} <= set(results_of(plan, tmp_path))
    assert seen


def _workers_of_this_process():
    import psutil

    children = psutil.Process().children(recursive=True)
    running = [one for one in children if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in running if any("spawn_main" in word for word in one.cmdline())]


def test_a_training_that_fails_is_noted_and_the_others_go_on(corpus, tmp_path, monkeypatch):
    real = trial.learn

    def learn(corpus, recipe, *more):
        if recipe.codec.levels == 3:
            raise SdaError("There is not enough memory; take fewer levels.")
        return real(corpus, recipe, *more)

    monkeypatch.setattr(trial, "learn", learn)
    plan = plan_of(corpus, grid={"codec.levels": [2, 3]}, steps=9)
    list(run_sweep(plan, [corpus], tmp_path, SweepOptions()))
    good, bad = outcome_in(plan, tmp_path).rows
    assert (good.settings, bad.settings) == ({"codec.levels": 2}, {"codec.levels": 3})
    assert (bad.distance_in_words, bad.problem) == ("failed", "There is not enough memory; take fewer levels.")
    with pytest.raises(SdaError, match=r"No training of tiny succeeded: There is not enough memory"):
        list(run_sweep(plan_of(corpus, grid={"codec.levels": [3]}), [corpus], tmp_path / "none", SweepOptions()))


def test_one_process_at_a_time(corpus, done, tmp_path):
    plan = done[0]
    with running._held(tmp_path), pytest.raises(SdaError, match="Another process carries out the sweep"):
        list(run_sweep(plan, [corpus], tmp_path, SweepOptions()))


def test_a_damaged_result_is_named(done, tmp_path):
    plan = done[0]
    place = tmp_path / "trials" / Trial(Arm(0, 0), 0).name
    place.mkdir(parents=True)
    (place / "result.json").write_text('{"curve": 7}')
    with pytest.raises(SdaError, match=r"result\.json can't be read \(curve must be .*; delete .* to train it again"):
        outcome_in(plan, tmp_path)
