"""What the benchmarks of the codec begin with."""

import shutil

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def corpora(tiny_corpus, tmp_path):
    for part in ("train", "held_out"):
        shutil.copytree(tiny_corpus, tmp_path / "some" / part)
    return tmp_path


@pytest.mark.long
def test_a_budget_of_processor_time_is_spent_on_steps(corpora, tiny_recipe):
    from tasks import Task, trained

    budget = tiny_recipe.override(train__minutes=0.05, train__steps="none", train__threads=1)
    model, spent = trained(Task.of(corpora, "some", with_kad=False), budget, corpora / "model.sda")
    assert model.metrics["steps"] > 10
    assert 0 < spent.first < spent.total
