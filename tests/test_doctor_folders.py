"""`sda doctor` where the data folder is read-only or its disk is full."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sda_lib.doctor import Check

pytestmark = pytest.mark.slow


def is_sentence(check):
    """Return whether a check is one line that says what is wrong and what to do."""
    return re.fullmatch(r"[^\n;]+: [^\n]+; [^\n]+\.", check.line) is not None


def reds(checks):
    return [check for check in checks.values() if check.state == "red"]


# `sda doctor` with packages probed before; as another user, or with a limit, where nothing can be mounted.
SCRIPT = """
import contextlib, io, json, os, pathlib, resource, sys
sys.path[:] = json.loads(os.environ["SDA_TEST_PATH"])
import psutil
from sda_lib import cli, doctor, faults, home
answers = json.loads(pathlib.Path(os.environ["SDA_TEST_ANSWERS"]).read_text())
doctor.probe = lambda modules: answers
limit = os.environ["SDA_TEST_LIMIT"]
sys.argv = ["sda", "doctor", "--json"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    cli.main()  # another user may not read the modules that are loaded late
if limit == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
if limit == "ro":
    pathlib.Path(os.environ["SDA_HOME"]).chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)
cli.main()
"""


def mounting():
    """Return the command that gives a process separate mounts, as root or as root of a namespace, else None."""
    for command in (["unshare", "-m"], ["unshare", "-rm"]):
        probe = [*command, "sh", "-c", "mount -t tmpfs sda /mnt"]
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run(probe, capture_output=True).returncode == 0:
                return command
    return None


@pytest.fixture(params=["mount", "limit"])
def confined(request, answers, tmp_path):
    """Run `sda doctor` with a data folder on a separate disk (read-only: `ro`, or 64 kB: `full`); or, without mounts,
    with one that this user can't write, or in which no file can grow."""
    home = Path(tempfile.mkdtemp())
    (tmp_path / "answers.json").write_text(json.dumps(answers))

    def run(how):
        command, limit = [sys.executable, "-c", SCRIPT], how
        if request.param == "mount" and (namespace := mounting()):
            options = {"ro": "ro", "full": "size=64k"}[how]
            fill = 'head -c 200k /dev/zero > "$0/fill" 2>/dev/null; ' if how == "full" else ""
            shell = f'mount -t tmpfs -o {options} sda "$0" || exit 99; {fill}exec "$@"'
            command, limit = [*namespace, "sh", "-c", shell, str(home), *command], ""
        settings = {
            "SDA_HOME": str(home),
            "SDA_TEST_PATH": json.dumps(sys.path),
            "SDA_TEST_ANSWERS": str(tmp_path / "answers.json"),
            "SDA_TEST_LIMIT": limit,
        }
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **settings})
        assert done.stderr == ""
        return done.returncode, {check["name"]: Check(**check) for check in json.loads(done.stdout)}, limit == ""

    home.chmod(0o755)
    yield run
    home.chmod(0o755)
    shutil.rmtree(home)


def test_a_data_folder_that_is_read_only_is_red(confined):
    code, checks, mounted = confined("ro")
    assert code == 1
    found = checks["data folder"]
    assert found.state == "red"
    assert is_sentence(found)
    assert "name another folder in SDA_HOME" in found.remedy
    assert ("Read-only file system" if mounted else "Permission denied") in found.detail


def test_no_disk_is_red(confined):
    code, checks, mounted = confined("full")
    assert code == 1
    assert reds(checks) == [checks["data folder"], *([checks["disk"]] if mounted else [])]
    assert all(is_sentence(check) for check in reds(checks))
    assert "free some space" in checks["data folder"].remedy
    if mounted:
        assert "0 B free" in checks["disk"].detail
