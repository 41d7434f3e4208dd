"""Watch runs in other processes."""

import json
import time

import pytest

# Steps that no test waits for.
LONG = 10_000_000


def until(true, what):
    """Poll; the limit only keeps a broken test from hanging."""
    for _ in range(2400):
        if true():
            return
        time.sleep(0.05)
    pytest.fail(f"{what} did not come")


def pid_of(run):
    return json.loads((run.folder / "process.json").read_text())["pid"]


def kinds(run):
    """Return the kinds of a run's events."""
    return [event.kind for event in run.events()[0]]


def saved(run):
    """Return a function that is true once the run has saved a model or ended."""
    return lambda: "saved" in kinds(run) or run.state != "running"
