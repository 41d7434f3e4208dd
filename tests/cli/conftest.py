"""Fixtures of the command line's tests."""

import re
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def small():
    """Return options of a small model, followed by others."""
    return lambda *more: ["--set", "codec.width=16", "--set", "train.batch=2", "--set", "codec.levels=3", *more]


@pytest.fixture
def demo(tmp_path, tiny_model_path):
    """A model called demo among the user's."""
    (tmp_path / "data/models").mkdir(parents=True)
    return Path(shutil.copy(tiny_model_path, tmp_path / "data/models/demo.sda"))


@pytest.fixture
def misused(sda):
    """Run a command line that can't be understood; returns its one sentence."""

    def run(*arguments):
        code, out, err = sda(*arguments)
        assert (code, out) == (2, "")
        assert re.fullmatch(r"sda: [^\n]+`sda [^\n]*--help`\.\n", err), err
        return err

    return run
