"""`sda studio` and `sda notebook`: one address that works, and one-sentence errors."""

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest

from sda_widgets import proxy


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """A browser that writes down which file it is to open, who can read that, and what it says."""
    script, visited = tmp_path / "browser.sh", tmp_path / "visited.txt"
    script.write_text(f'#!/bin/sh\nf="${{1#file://}}"\n(echo "$1"; stat -c %a "$f"; cat "$f") > "{visited}"\n')
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{script} %s")
    return visited


def begun(*arguments, flags=(), **settings):
    """`sda studio` and what it prints up to the address; the address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sda_lib", *flags, "studio", *map(str, arguments)], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env={**os.environ, **settings},
    )  # fmt: skip
    line = process.stdout.readline()
    addresses = re.findall(r"https?://\S+", line)
    assert len(addresses) == 1, line + process.stdout.read()
    return process, addresses[0]


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("ending", "options", "flags", "said"),
    [
        (signal.SIGINT, (), (), "Ctrl-C ends it."),
        pytest.param(signal.SIGTERM, ("--no-browser",), ("--quiet",), "", marks=pytest.mark.long),
    ],
)
def test_studio_opens_the_page_with_the_token_only(tmp_path, browser, ending, options, flags, said):
    process, link = begun("--data", tmp_path / "data", *options, flags=flags)
    try:
        with urllib.request.urlopen(link) as page:
            assert "login" not in page.url
        with urllib.request.urlopen(link.replace("token=", "token=x")) as stranger:
            assert "/login" in stranger.url
        for _ in range(100 * (not options)):
            if browser.exists() and "url=" in browser.read_text():
                break
            time.sleep(0.1)
        token = link.partition("token=")[2]
        lines = [one.cmdline() for one in (psutil.Process(process.pid), *psutil.Process(process.pid).children(True))]
        assert token not in str(lines)
    finally:
        process.send_signal(ending)
        rest, _ = process.communicate()
    assert process.returncode == 0
    assert rest.strip() == said
    assert browser.exists() == (not options)
    if not options:
        file, mode, *page = browser.read_text().splitlines()
        assert file.startswith("file:///")
        assert mode == "600"
        assert f'content="0; url={link}"' in "".join(page)
        assert not Path(file.removeprefix("file://")).parent.exists()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(link)


@pytest.mark.slow
def test_the_server_ends_with_a_killed_studio(tmp_path):
    process, link = begun("--data", tmp_path / "data", "--no-browser")
    urllib.request.urlopen(link).close()
    process.kill()
    process.wait()
    for _ in range(100):
        try:
            urllib.request.urlopen(link).close()
        except OSError:
            return
        time.sleep(0.1)
    raise AssertionError("the server still answers after 10 s")


@pytest.mark.slow
def test_the_proxied_page_is_for_its_proxy_alone(tmp_path):
    entry = proxy.server()
    _, _, _, command, *options = entry["command"]
    assert command == "studio"
    options = [part.format(port=0, base_url="/user/me") for part in options]
    process, link = begun("--data", tmp_path, *options, **entry["environment"])
    try:
        address = link.partition("?")[0]
        assert urllib.parse.urlparse(address).path == "/user/me/sda/"
        behind = f"{address}?token=of-the-proxy-s-own-server"
        request = urllib.request.Request(behind, headers=entry["request_headers_override"])
        with urllib.request.urlopen(request) as page:
            assert page.url == behind
            assert b"/user/me/sda/voila/" in page.read()
        with urllib.request.urlopen(address) as stranger:
            assert stranger.url.startswith(f"{address}login?")
            assert b'action="/user/me/sda/login' in stranger.read()
    finally:
        process.terminate()
        process.communicate()


def test_the_notebook_is_copied_and_replaces_no_other_file(ok, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = Path(ok("notebook", "--path").strip())
    assert shipped.is_absolute()
    assert ok("notebook").strip() == "workbench.ipynb"
    assert (tmp_path / "workbench.ipynb").read_bytes() == shipped.read_bytes()
    ok("notebook")  # the same again changes nothing
    (tmp_path / "workbench.ipynb").write_text("mine")
    assert "--force" in refused("notebook")
    assert (tmp_path / "workbench.ipynb").read_text() == "mine"
    ok("notebook", "other.ipynb")
    ok("notebook", "new folder")
    ok("notebook", "--force")
    copies = ["new folder/workbench.ipynb", "other.ipynb", "workbench.ipynb"]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.ipynb")) == copies
    assert {path.read_bytes() for path in tmp_path.rglob("*.ipynb")} == {shipped.read_bytes()}


def test_a_file_in_place_of_a_folder_is_refused(refused, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert "notes.txt" in refused("notebook", tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_copying_the_notebook_onto_itself_keeps_it(ok):
    shipped = Path(ok("notebook", "--path").strip())
    before = shipped.read_bytes()
    ok("notebook", shipped.parent, "--force")
    assert shipped.read_bytes() == before


@pytest.mark.parametrize("absent", ["bqplot", "anywidget", "voila"])
def test_a_missing_package_is_named_with_the_fix(refused, monkeypatch, absent):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == absent else find(name, *rest))
    assert f"needs {absent}" in refused("studio")
    assert "pip install 'sda[app]'" in refused("studio")


def test_studio_without_its_notebook_is_one_sentence(refused, tmp_path):
    assert "There is no notebook" in refused("studio", "--notebook", tmp_path / "x.ipynb")


def test_studio_on_a_taken_port_is_one_sentence(refused):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "free one" in refused("studio", "--port", taken.getsockname()[1])
