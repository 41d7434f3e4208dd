"""scripts/make_base.py: the same command writes the same bytes, also when it was interrupted on the way."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
import make_base

from sda_lib.base.base import load_base
from sda_lib.config import CodecConfig
from sda_lib.training.base_fit import BaseFit

pytestmark = pytest.mark.slow
TINY = {"width": 16, "codebook_size": 16, "latent_dim": 8, "levels": 3}


@pytest.fixture
def plan():
    """A base of two seconds of sound and three steps."""
    whole = make_base.plan_of("short-mono", 1 / 30, 3, 0)
    codec = replace(whole.recipe.codec, **TINY)
    recipe = replace(whole.recipe, codec=codec, train=replace(whole.recipe.train, batch=2, segment=4096))
    assert isinstance(codec, CodecConfig)
    return replace(whole, recipe=recipe)


def test_the_same_plan_gives_the_same_bytes(plan, tmp_path):
    torch.set_num_threads(1)
    first, second = (make_base.make(plan, tmp_path / "a.checkpoint") for _ in range(2))
    assert first == second
    assert not list(tmp_path.iterdir())


def test_an_interrupted_run_gives_the_same_bytes(plan, tmp_path, monkeypatch):
    torch.set_num_threads(1)
    whole = make_base.make(plan, tmp_path / "a.checkpoint")
    monkeypatch.setattr(make_base, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("sda_lib.training.optimize.PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(BaseFit, "tensors", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_base.make(plan, tmp_path / "a.checkpoint")
    monkeypatch.undo()
    assert (tmp_path / "a.checkpoint").exists()
    assert make_base.make(plan, tmp_path / "a.checkpoint") == whole


def test_the_script_writes_files_and_their_card(tmp_path, plan, monkeypatch):
    monkeypatch.setattr(make_base, "plan_of", lambda *numbers: plan)
    make_base.main(["-o", str(tmp_path), "short-mono"])
    assert load_base("short-mono", tmp_path).facts["name"] == "short-mono"
