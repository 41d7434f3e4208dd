"""A process is known by its number and by when it began, in today's words and in those of earlier versions."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sda_lib.files import remove_partial_files
from sda_lib.processes import is_running, start_time


@pytest.fixture
def child():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def zombie(process):
    """Kill it without collecting it: its number stays taken."""
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    return process.pid


def earlier_record(pid):
    """What version 0.1 noted down: on Linux the boot and the clock ticks from it on, elsewhere what ps says."""
    if psutil.LINUX:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    started = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return " ".join(started.stdout.split())


def test_a_process_is_known_by_its_birth(child):
    own, born = start_time(os.getpid()), start_time(child.pid)
    assert is_running(os.getpid(), own)
    assert not is_running(os.getpid(), f"{float(own) - 5:.2f}")
    assert is_running(child.pid, born)
    assert not is_running(zombie(child), born)
    child.wait()
    assert start_time(child.pid) == ""
    assert not is_running(child.pid, born)


def test_without_a_birth_the_number_decides(child):
    assert is_running(child.pid)
    assert not is_running(zombie(child))


@pytest.mark.parametrize("number", [-1, 2**31 - 1, 10**30])
def test_numbers_that_no_process_has(number):
    assert start_time(number) == ""
    assert not is_running(number)


def test_records_of_earlier_versions_are_understood(child):
    record = earlier_record(child.pid)
    assert is_running(child.pid, record)
    *boot, last = record.split()
    assert not is_running(child.pid, " ".join([*boot, str(int(last) - 500)]))
    assert not is_running(child.pid, "yesterday")
    assert not is_running(zombie(child), record)


def test_dates_of_ps_are_understood_where_births_are_dates(child, monkeypatch):
    monkeypatch.setattr(psutil, "LINUX", False)
    began = psutil.Process(child.pid).create_time()
    assert float(start_time(child.pid)) == pytest.approx(began, abs=0.01)
    for off, same in ((0, True), (-60, False), (60, False)):
        assert is_running(child.pid, " ".join(time.ctime(began + off).split())) == same


def test_a_clock_that_is_set_makes_no_other_process_of_one(child, monkeypatch):
    """psutil counts from a time of day that moves with the clock."""
    born, boot = start_time(child.pid), psutil.boot_time()
    real = psutil.Process.create_time
    monkeypatch.setattr(psutil, "boot_time", lambda: boot + 3600)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: real(self) + 3600)
    assert is_running(child.pid, born)


def test_half_written_files_of_ended_processes_are_swept(child, tmp_path):
    kept = [tmp_path / f".x.{pid}.part.wav" for pid in (os.getpid(), child.pid)]
    (mine, theirs), far, other = kept, tmp_path / f".x.{10**30}.part.wav", tmp_path / "x.part.wav"
    for path in (mine, theirs, far, other):
        path.touch()
    remove_partial_files(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, theirs, other])
    zombie(child)
    remove_partial_files(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, other])
