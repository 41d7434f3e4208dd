"""The learning rate, runs that end by the clock, and batches that are computed in parts."""

import copy
import time

import pytest
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.training.optimize import LEAST_STEPS, StepBudget, learning_rate_factor, take_step
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.state import TrainerState


def test_schedule_rises_and_falls():
    assert (
        learning_rate_factor(0.01) < learning_rate_factor(0.05) > learning_rate_factor(0.5) > learning_rate_factor(0.99)
    )
    assert learning_rate_factor(1.0) == pytest.approx(0)


def test_a_late_run_ends_by_the_clock():
    on_time, late, untimed = (
        StepBudget(100, 60.0, time.monotonic()),
        StepBudget(100, 60.0, time.monotonic() - 50),
        StepBudget(100, None, 0),
    )
    assert on_time.progress(50) == untimed.progress(50) == 0.5
    assert late.progress(50) == pytest.approx(50 / 60 - 0.1, abs=0.01)
    assert StepBudget(100, 60.0, time.monotonic() - 90).progress(LEAST_STEPS) == 1.0
    assert StepBudget(100, 60.0, time.monotonic() - 90).progress(LEAST_STEPS - 1) < 1.0


@pytest.mark.parametrize("decay", [1.0, 0.9])
def test_parts_of_a_batch_have_its_gradients(tiny_corpus, decay):
    small = {"codec.width": 16, "train.segment": 8192, "train.codebook_decay": decay, "train.shift": 0.0}
    recipe = Recipe().override(**small, **{"audio.channels": 1, "train.base": "none"})
    torch.manual_seed(0)
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), recipe, "tiny")
    setup.fit()
    found = []
    for parts in (1, 4):
        state = TrainerState(copy.deepcopy(setup.codec), recipe.train)
        train = recipe.override(train__accumulation=parts).train
        losses = [float(take_step(setup.segments(), train, state, step / 50)) for step in (1, 2)]
        found.append(
            (losses, state.generator.get_state(), torch.cat([one.detach().flatten() for one in state.weights]))
        )
    (losses, drawn, weights), (losses_in_parts, drawn_in_parts, in_parts) = found
    assert losses_in_parts == pytest.approx(losses, rel=1e-4)
    assert drawn.equal(drawn_in_parts)
    assert float((in_parts - weights).norm() / weights.norm()) < 1e-4


def test_a_batch_is_divided_into_equal_parts_of_a_loss_that_has_parts():
    with pytest.raises(SdaError, match=r"train\.batch \(8\) must be a multiple of train\.accumulation"):
        Recipe().override(train__accumulation=3)
    with pytest.raises(SdaError, match="adversarial"):
        Recipe().override(train__accumulation=2, train__adversarial=0.5)
