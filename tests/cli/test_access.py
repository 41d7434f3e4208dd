"""Tokens: where they come from, and who else could read them."""

import os
import re
import stat

import pytest

from sda_lib.cli import access
from sda_lib.errors import SdaError


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(access, "_place", lambda: None)
    monkeypatch.delenv("SDA_TOKEN", raising=False)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "token"
    path.write_text("  s3cret-word\n")
    path.chmod(0o600)
    return path


def test_a_token_is_random_or_of_the_environment_or_of_a_private_file(file, monkeypatch):
    tokens = {access.token_of(None, False) for _ in range(2)}
    assert len(tokens) == 2
    assert all(len(token) >= 20 for token in tokens)
    monkeypatch.setenv("SDA_TOKEN", "of-the-environment")
    assert access.token_of(None, False) == "of-the-environment"
    assert access.token_of(file, False) == "s3cret-word"
    assert access.token_of(None, True) == ""
    assert access.token_of(None, False, "") == ""  # `--token ''` of earlier versions
    monkeypatch.setenv("SDA_TOKEN", "")
    assert len(access.token_of(None, False)) >= 20


def test_a_token_on_the_command_line_is_refused(refused):
    said = refused("studio", "--token", "s3cret-word")
    assert "--token-file" in said
    assert "SDA_TOKEN" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622, 0o666])
def test_a_token_file_that_others_can_read_is_refused(file, mode):
    file.chmod(mode)
    with pytest.raises(SdaError, match=re.escape(f"chmod 600 {file}")):
        access.token_of(file, False)


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"two words", b"\xff\xfe", b"x" * 2000, "schlüssel".encode(), b"a\0b"]
)
def test_a_file_without_a_token_is_refused(file, content):
    file.write_bytes(content)
    with pytest.raises(SdaError, match="has no token"):
        access.token_of(file, False)


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path, why in (
        (tmp_path / "pipe", "no regular file"),
        (tmp_path, "regular file|directory"),
        (tmp_path / "x", "path"),
    ):
        with pytest.raises(SdaError, match=why):
            access.token_of(path, False)


def test_a_file_and_none_exclude_each_other(file):
    with pytest.raises(SdaError, match="exclude each other"):
        access.token_of(file, True)


def test_the_file_that_a_browser_opens_is_private(tmp_path):
    file = access.opening_file("http://127.0.0.1:80/?token=a&b=\"'<x>")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "url=http://127.0.0.1:80/?token=a&amp;b=&quot;&#x27;&lt;x&gt;" in file.read_text()
    assert file.parent.parent == tmp_path
