"""Outcome of a sweep: means and standard errors over seeds, winners among what was trained to the end, tables."""

import csv
import json

import pytest

from sda_lib.config import Recipe
from sda_lib.sweeps.outcome import Outcome, write_tables
from sda_lib.sweeps.plan import SweepPlan
from sda_lib.sweeps.store import TrialResult

DISTANCES = {0: (1.5, 1.7, 1.6), 1: (1.2, 1.4, 1.3), 2: (1.1, 1.1, 1.1)}


@pytest.fixture
def plan():
    recipe = Recipe().override(train__steps=90)
    return SweepPlan(("rain",), ("rain",), tuple({"codec.levels": one} for one in (4, 8, 12)), ((recipe,) * 3,), 3)


@pytest.fixture
def results(plan):
    """The closest arm was left behind at a third of the steps."""
    found = {}
    for arm in plan.arms:
        for trial in plan.trials(arm):
            step, distance = (30 if arm.number == 2 else 90), DISTANCES[arm.number][trial.seed]
            curve = ((0, 2.0 + trial.seed), (step // 2, distance), (step, distance + 0.5))
            found[trial] = TrialResult(curve, step, arm.number != 2, 10.0, "", f"step-{step}")
    return found


def test_means_errors_and_the_winner(plan, results):
    outcome = Outcome.of(plan, results)
    (winner,) = outcome.winners
    assert winner.settings == {"codec.levels": 8}
    assert winner.mean == pytest.approx(1.3)
    assert winner.standard_error == pytest.approx(0.1 / 3**0.5)
    assert winner.distance_in_words == "1.300 ± 0.058"
    assert winner.title == "codec.levels=8"
    assert outcome.steps == (3 * (90 + 90 + 30), 9 * 90)
    assert outcome.curves[winner.arm] == ((0, 3), (45, pytest.approx(1.3)), (90, pytest.approx(1.8)))


def test_one_seed_has_no_error_and_a_failed_training_no_mean(plan, results):
    alone = SweepPlan(plan.names, plan.folders, plan.grid, plan.recipes, 1)
    row = Outcome.of(alone, results).rows[0]
    assert (row.standard_error, row.distance_in_words) == (None, f"{row.mean:.3f}")
    failed = {trial: TrialResult((), 0, True, 1.0, "No.", "step-0-end") for trial in results}
    row = Outcome.of(plan, failed).rows[0]
    assert (row.standard_error, row.distance_in_words, row.problem) == (None, "failed", "No.")
    assert Outcome.of(plan, failed).winners == ()
    assert Outcome.of(plan, {}).rows[0].distance_in_words == "-"


def test_tables_hold_every_arm_and_seed(plan, results, tmp_path):
    table, facts = write_tables(Outcome.of(plan, results), tmp_path)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["corpus"], rows[0]["codec.levels"]) == ("rain", "8")
    assert {row["codec.levels"]: (row["seed 0"], row["seed 2"]) for row in rows} == {
        "4": ("1.5", "1.6"), "8": ("1.2", "1.3"), "12": ("1.1", "1.1"),
    }  # fmt: skip
    assert json.loads(facts.read_text())["winners"][0]["distances"] == [1.2, 1.4, 1.3]


def test_results_come_back_from_json(results):
    for result in results.values():
        assert TrialResult.from_json(result.to_json()) == result
