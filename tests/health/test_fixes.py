"""Fixes that retrain, as data parsed from their commands."""

import shlex
from pathlib import Path

import pytest

from sda_lib.config import Recipe
from sda_lib.file_choice import FilesConfig
from sda_lib.health.findings import frames_finding, gap_finding
from sda_lib.health.fixes import Retraining, with_files
from sda_lib.training.evaluate import Fidelity


def test_every_value_of_a_fix_is_one_of_the_recipe():
    recipe = Recipe().override(codec__width=64, codec__codebook_size=256)
    gap = gap_finding(Fidelity(train=1.0, held_out=9.0, held_out_seconds=9.0), recipe, 100)
    for finding in (gap, frames_finding(20, recipe)):
        found = Retraining.of(finding.fix)
        assert found.folder is None
        assert found.changes
        assert recipe.override(**found.changes) != recipe


@pytest.mark.parametrize("folder", ["/tmp/plain", "/tmp/my sounds", "/tmp/it's $HOME", "/tmp/--set"])
def test_folders_of_any_name_are_parsed(folder):
    found = Retraining.of(f"sda train {shlex.quote(folder)} --set codec.levels=5 --set train.minutes=1")
    assert found == Retraining(Path(folder), {"codec.levels": "5", "train.minutes": "1"})


def test_a_fix_trains_on_the_files_that_were_chosen_before():
    files = FilesConfig(("drums", "my loops"), ("*/noisy/*",), {"drums/loud": 2.0, "it's": 0.5})
    command = with_files("sda train DIR --set codec.levels=5", files)
    assert command.startswith("sda train DIR --include drums --include 'my loops'")
    assert Retraining.of(command) == Retraining(None, {"codec.levels": "5"}, files)
    assert Retraining.of(with_files("sda train DIR", files)) == Retraining(None, {}, files)
    assert with_files("sda train DIR", FilesConfig()) == "sda train DIR"
    assert with_files("sda prior MODEL --corpus DIR", files) == "sda prior MODEL --corpus DIR"


def test_commands_that_do_not_train_are_none():
    assert Retraining.of("sda generate MODEL --novelty 1 --level-temperature 0=1") is None
    assert Retraining.of("") is None
    assert Retraining.of("sda train DIR") == Retraining()
