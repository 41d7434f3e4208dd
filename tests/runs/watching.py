"""Watching runs that work in processes of their own."""

import json
import time

import pytest


def until(true, what):
    """Poll; the limit only keeps a broken test from hanging."""
    for _ in range(2400):
        if true():
            return
        time.sleep(0.05)
    pytest.fail(f"{what} did not come")


def pid_of(run):
    return json.loads((run.folder / "process.json").read_text())["pid"]
