"""Temporary folders of processes that were killed are removed; those of others stay."""

import os
import stat
import subprocess
import sys

import pytest

from sda_lib import scratch

MAKE = (
    "from sda_lib.scratch import scratch_folder; import os; print(scratch_folder('sda-test'), flush=True); os._exit(9)"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_names_its_process(temporary):
    folder = scratch.scratch_folder("sda-test")
    assert folder.parent == temporary
    assert folder.name.startswith(f"sda-test-{os.getpid()}-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_folder_of_a_killed_process_is_removed_and_no_other(temporary):
    settings = {**os.environ, "TMPDIR": str(temporary)}
    made = subprocess.run([sys.executable, "-c", MAKE], env=settings, capture_output=True, text=True).stdout.strip()
    (temporary / "other-1-x").mkdir()
    (temporary / "sda-test-notes-x").mkdir()
    (temporary / "precious").mkdir()
    (temporary / "precious/take.wav").write_text("mine")
    (temporary / "sda-test-999999999-link").symlink_to(temporary / "precious")
    assert os.path.isdir(made)
    mine = scratch.scratch_folder("sda-test")
    assert not os.path.exists(made)
    again = scratch.scratch_folder("sda-test")
    assert mine.is_dir()
    assert again.is_dir()
    assert (temporary / "precious/take.wav").read_text() == "mine"
    assert {"other-1-x", "sda-test-notes-x", "sda-test-999999999-link"} <= set(os.listdir(temporary))
