"""The priority of background work, and the measurement of how slow the machine is for it."""

import subprocess
import sys

import psutil

from sda_lib.runs import priority


def test_the_process_of_a_training_gives_way_to_others():
    code = "from sda_lib.runs import priority; import os; priority.lower_priority(); print(os.nice(0))"
    environment = {"SDA_NICENESS": "7", "PYTHONPATH": ":".join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(ran.stdout) == psutil.Process().nice() + 7


def test_work_takes_at_least_its_own_time():
    assert priority.slowness() >= 1.0
    assert priority.background_slowness() >= 1.0


def test_a_measurement_that_fails_counts_as_a_free_machine(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert priority.background_slowness() == 1.0
