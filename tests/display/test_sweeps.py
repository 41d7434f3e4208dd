"""Display of a sweep: the winner, all rows, and curves, in a page without scripts; names are escaped."""

import pytest

from sda_lib.config import Recipe
from sda_lib.display import sweeps
from sda_lib.display.sweeps import sweep_page, sweep_view, write_sweep_page
from sda_lib.sweeps.outcome import Outcome
from sda_lib.sweeps.plan import SweepPlan
from sda_lib.sweeps.store import TrialResult


@pytest.fixture
def plan():
    recipe = Recipe().override(train__steps=9)
    return SweepPlan(("<b>rain", "birds"), (), ({"codec.levels": 4}, {"codec.levels": 8}), ((recipe,) * 2,) * 2, 2)


@pytest.fixture
def outcome(plan):
    results = {}
    for arm in plan.arms:
        for trial in plan.trials(arm):
            distance = 1.5 - 0.25 * arm.number + 0.125 * trial.seed
            curve = ((0, 2.0), (3, distance))
            results[trial] = TrialResult(curve, 9, True, 70.0, "", "step-9-end")
    return Outcome.of(plan, results)


def test_it_shows_winners_rows_and_curves(outcome, checked_html):
    html = checked_html(sweep_view(outcome))
    assert "2 combinations" in html
    assert "2 corpora" in html
    assert html.count("Best: codec.levels=8.") == 2
    assert "1.312 ± 0.062" in html
    assert "2:20 min" in html
    assert html.count("<polyline") == 4
    assert "<b>rain" not in html
    assert "&lt;b&gt;rain" in html


def test_the_page_is_complete_and_long_tables_are_cut(outcome, plan, tmp_path, monkeypatch):
    assert write_sweep_page(outcome, tmp_path).read_text() == sweep_page(outcome)
    assert "default-src 'none'" in sweep_page(outcome)
    monkeypatch.setattr(sweeps, "SHOWN", 1)
    assert sweep_view(outcome).count("1 more are in the table sweep.csv.") == 2


def test_a_sweep_that_has_not_begun(plan):
    assert sweep_view(Outcome.of(plan, {})).count("No training has reached its end yet.") == 2
