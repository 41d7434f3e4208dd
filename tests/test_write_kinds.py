"""Kills, full disks and read-only disks at kinds of write, as `scripts/kills.py` and `full_disk.py` try them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sda_lib.audio.formats import FORMATS
from sda_lib.cli import COMMANDS

ROOT = Path(__file__).parents[1]
FAST = (
    "checkpoint",
    "encode .npz",
    "edit",
    "session",
    "instrument",
    "scan --fix",
    "upload of the page",
    "upload, unchecked",
    "run to the trash",
)
# Those of them that write in different ways: full disks take longer than kills.
DIFFERENT = ("checkpoint", "edit", "scan --fix", "upload, unchecked", "run to the trash")
# Commands that write no file of the user's, or only through others in the list of kinds.
NO_KIND = ("trace", "controls", "edits", "effects", "votes", "info", "sliders", "studio", "doctor")
sys.path.insert(0, str(ROOT / "scripts"))
import write_kinds  # noqa: E402 (a script)

pytestmark = pytest.mark.slow


def run(script, *arguments):
    """Run a script; return its table. It must find no fault."""
    command = [sys.executable, str(ROOT / "scripts" / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nothing_is_lost_or_left_behind_by_a_kill(tiny_model_path):
    said = run("kills.py", "--kills", 2, "--model", tiny_model_path, "--kinds", *FAST)
    assert int(re.search(r"(\d+) kills", said)[1]) >= 4 * len(FAST)


def test_a_full_or_read_only_disk_is_one_sentence_and_loses_nothing(tiny_model_path):
    said = run("full_disk.py", "--model", tiny_model_path, "--kinds", *DIFFERENT)
    rows = [line.split() for line in said.splitlines()[1:-1]]
    assert len(rows) == len(DIFFERENT)
    assert all(int(row[-3]) >= 2 for row in rows if row[0] != "run")  # the trash is on the same disk


@pytest.mark.long
def test_every_kind_is_killed(tiny_model_path):
    run("kills.py", "--kills", 2, "--model", tiny_model_path)


@pytest.mark.long
def test_every_kind_meets_a_full_disk(tiny_model_path):
    run("full_disk.py", "--model", tiny_model_path)


def test_every_command_that_writes_and_every_format_is_a_kind():
    lines = " ".join(write_kinds.KINDS)
    commands = {command.__name__.replace("_", "-") for command in COMMANDS} - set(NO_KIND)
    assert {name for name in commands if name not in lines} == {"export", "decode", "encode"} - set(lines.split())
    assert all(f"decode {suffix}" in write_kinds.KINDS for suffix in FORMATS)


def test_every_file_is_read_completely(tmp_path):
    """A file that was cut off is found by its reader, except for texts whose readers skip what was cut off."""
    for path in sorted((ROOT / "tests/data/earlier").rglob("*.*")):
        write_kinds.check_file(path)
        if path.suffix in (".json", ".sda", ".npz"):
            cut = tmp_path / path.name
            cut.write_bytes(path.read_bytes()[:-40])
            with pytest.raises(Exception):  # noqa: B017, PT011 (of any kind)
                write_kinds.check_file(cut)
