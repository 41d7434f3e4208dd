"""Plans of sweeps: combinations, equal steps on any machine, what can't be compared, and one plan in a folder."""

import json

import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.errors import SdaError
from sda_lib.sweeps.plan import CHECKS, Arm, Trial, begin_plan, parse_grid, plan_sweep, read_plan


@pytest.fixture(scope="module")
def corpus(tiny_corpus):
    return Corpus.from_folder(tiny_corpus)


def test_every_combination_is_tried_with_every_seed(corpus):
    plan = plan_sweep([corpus], parse_grid(["codec.levels=4,8", "train.learning_rate=1e-3, 2e-3,4e-3"]), seeds=2)
    assert len(plan.grid) == 6
    assert plan.grid[0] == {"codec.levels": 4, "train.learning_rate": 0.001}
    assert [trial.seed for trial in plan.trials(Arm(0, 5))] == [0, 1]
    recipe = plan.recipe(Trial(Arm(0, 5), 1))
    assert (recipe.codec.levels, recipe.train.learning_rate, recipe.train.seed) == (8, 0.004, 1)
    assert (recipe.train.checks, recipe.train.threads) == (CHECKS, 1)


def test_a_time_budget_becomes_the_same_steps_for_every_combination(corpus):
    plan = plan_sweep([corpus], {"codec.width": [16, 256]}, minutes=0.5)
    small, large = (plan.steps(arm) for arm in plan.arms)
    assert small == large > 50
    longer = plan_sweep([corpus], {"train.minutes": [0, 1, 2]})
    none, one, two = (longer.steps(arm) for arm in longer.arms)
    assert none == 0 < one < two
    assert plan_sweep([corpus], {"codec.levels": [4]}, settings={"train.steps": 70}).steps(Arm(0, 0)) == 70


def test_corpora_of_one_name_are_told_apart(corpus):
    assert plan_sweep([corpus, corpus], {"codec.levels": [4]}).names == ("tiny", "tiny-2")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["codec.levels"], "should read SETTING=VALUE"),
        (["=4"], "should read SETTING=VALUE"),
        (["codec.levels="], "should read SETTING=VALUE"),
        (["codec.levels=4", "codec.levels=8"], "given twice"),
    ],
)
def test_grids_that_cannot_be_read(texts, words):
    with pytest.raises(SdaError, match=words):
        parse_grid(texts)


@pytest.mark.parametrize(
    ("grid", "more", "words"),
    [
        ({}, {}, "needs settings to try"),
        ({"codec.levels": []}, {}, "needs settings to try"),
        ({"codec.level": ["4"]}, {}, "near names: codec.levels"),
        ({"codec.levels": ["many"]}, {}, "can't be 'many'"),
        ({"codec.levels": ["99"]}, {}, "must be from 1 to 32"),
        ({"train.seed": ["1", "2"]}, {}, "give --seeds"),
        ({"train.held_out": ["0.1"]}, {}, "compared by"),
        ({"codec.levels": ["4"]}, {"settings": {"codec.levels": 8}}, "both tried and set"),
        ({"codec.levels": ["4"]}, {"seeds": 0}, "from 1 to 100"),
        ({"codec.levels": range(1, 33), "codec.width": range(8, 256)}, {"seeds": 3}, "would be 23808 trainings"),
    ],
)
def test_sweeps_that_cannot_be_planned(corpus, grid, more, words):
    with pytest.raises(SdaError, match=words):
        plan_sweep([corpus], grid, **more)


def test_a_folder_has_one_sweep(corpus, tmp_path):
    plan, other = (plan_sweep([corpus], {"codec.levels": [4, levels]}) for levels in (8, 12))
    assert read_plan(tmp_path) is None
    assert not begin_plan(plan, tmp_path)
    assert begin_plan(plan, tmp_path)
    assert json.loads((tmp_path / "sweep.json").read_text())["grid"] == [{"codec.levels": 4}, {"codec.levels": 8}]
    with pytest.raises(SdaError, match="has another sweep"):
        begin_plan(other, tmp_path)
    (tmp_path / "sweep.json").write_text("{")
    with pytest.raises(SdaError, match="can't be read"):
        begin_plan(plan, tmp_path)
