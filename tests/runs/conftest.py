"""Fixtures for tests of runs; `watching.py`, which they share, becomes importable."""

import sys
from pathlib import Path

import pytest

from sda_lib.runs import manage
from sda_lib.runs.job import Job

sys.path.insert(0, str(Path(__file__).parent))
from watching import until


@pytest.fixture
def begin(tmp_path, tiny_corpus, tiny_recipe):
    """Start a run; it is stopped after the test if it still works."""
    started = []

    def start(name="tiny", steps=2, corpus=tiny_corpus, out=None):
        recipe = tiny_recipe.override(train__steps=steps)
        run = manage.start(tmp_path / "runs", Job(name, (corpus,), out or tmp_path / "models" / f"{name}.sda", recipe))
        started.append(run)
        return run

    yield start
    for run in started:
        if run.folder.exists():
            manage.stop(run)
        until(lambda run=run: not run.folder.exists() or not run.alive, "the end of the run")


@pytest.fixture
def empty(tmp_path):
    """A folder whose run fails at once."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder
