"""The log of unforeseen errors: what it holds, how large it grows, who can read it."""

import os
import stat

import pytest

from sda_lib import fault_log
from sda_lib.home import Home


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "data"))
    return Home(tmp_path / "data")


def raised(error):
    try:
        raise error
    except type(error) as found:
        return found


def test_the_sentence_names_the_log_and_the_log_holds_the_traceback(home):
    said = fault_log.sentence(raised(ZeroDivisionError("oh")), "sda scan")
    assert said.endswith(f"sda doctor checks the installation, {home.errors} shows where.")
    text = home.errors.read_text()
    assert "sda scan" in text
    assert "test_fault_log.py" in text
    assert "ZeroDivisionError: oh" in text


def test_every_error_is_appended_and_the_log_is_for_its_user_alone(home):
    previous = os.umask(0)
    try:
        for number in range(3):
            fault_log.record(raised(ValueError(f"number {number}")))
    finally:
        os.umask(previous)
    assert [f"number {number}" in home.errors.read_text() for number in range(3)] == [True] * 3
    assert stat.S_IMODE(home.errors.stat().st_mode) == 0o600


def test_a_log_that_others_could_read_becomes_private(home):
    home.folder.mkdir()
    home.errors.touch(0o644)
    fault_log.record(raised(ValueError("x")))
    assert stat.S_IMODE(home.errors.stat().st_mode) == 0o600


def test_the_log_is_bounded(home, monkeypatch):
    monkeypatch.setattr(fault_log, "LARGEST_LOG", 50_000)
    for number in range(40):
        fault_log.record(raised(ValueError(f"{number} " + "long " * 20_000)))
    files = sorted(home.folder.iterdir())
    assert [file.name for file in files] == ["errors-older.log", "errors.log"]
    assert sum(file.stat().st_size for file in files) < 2 * (50_000 + 2 * fault_log.LONGEST_ENTRY)
    assert "39 long" in home.errors.read_text()


@pytest.mark.parametrize(
    "told",
    [
        "http://127.0.0.1:80/?token=S3cr3tS3cr3t&x=1",
        "login?next=%2F%3Ftoken%3DS3cr3tS3cr3t",
        "{'Authorization': 'token S3cr3tS3cr3t'}",
        "Authorization: Bearer S3cr3tS3cr3t",
        "password=S3cr3tS3cr3t",
        "plainly S3cr3tS3cr3t",
    ],
)
def test_tokens_are_left_out(home, monkeypatch, told):
    monkeypatch.setenv("JUPYTER_TOKEN", "S3cr3tS3cr3t" if "plainly" in told else "")
    fault_log.record(raised(ValueError(told)))
    assert "S3cr3t" not in home.errors.read_text()
    assert "ValueError" in home.errors.read_text()


def test_terminal_escapes_are_not_stored_raw(home):
    fault_log.record(raised(ValueError("\x1b[2J\x07 gone")))
    assert "\x1b" not in home.errors.read_text()


@pytest.mark.parametrize("place", ["link", "pipe", "folder", "read-only"])
def test_where_nothing_can_be_written_the_error_is_said_all_the_same(home, tmp_path, monkeypatch, place):
    home.folder.mkdir()
    (tmp_path / "mine.txt").write_text("mine")
    if place == "link":
        home.errors.symlink_to(tmp_path / "mine.txt")
    elif place == "pipe":
        os.mkfifo(home.errors)
    elif place == "folder":
        home.errors.mkdir()
    else:
        monkeypatch.setenv("SDA_HOME", str(tmp_path / "mine.txt"))
    said = fault_log.sentence(raised(ZeroDivisionError("oh")))
    assert said.endswith("sda doctor checks the installation, SDA_DEBUG=1 shows where.")
    assert (tmp_path / "mine.txt").read_text() == "mine"
