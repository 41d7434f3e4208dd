"""What the page's server hands out, and what it does not, asked over HTTP as a browser never would."""

import base64
import contextlib
import gzip
import http.client
import json
import logging
import os
import re
import socket
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import psutil
import pytest

from sda_widgets import page_server, serve

TOKEN = "a-token-for-tests"
SECRET = b"nobody may see this"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
# Ways to write a step upwards in a URL.
UP = [
    "..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252e%25252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
    "%uff0e%uff0e", "%EF%BC%8E%EF%BC%8E", "..%00", "..%5c", "..\\", "..%255c", "..;", "....//", "%2e%2e%2f", "..%2f",
]  # fmt: skip
DOORS = ["/", "/voila/files/", "/voila/static/", "/voila/templates/lab/static/", "/voila/templates/",
         "/voila/labextensions/", "/voila/api/themes/", "/files/", "/static/", "/api/contents/"]  # fmt: skip
JUPYTER = [
    "/api", "/api/contents", "/api/contents/page.ipynb", "/api/kernels", "/api/kernelspecs", "/api/sessions",
    "/api/terminals", "/api/status", "/api/me", "/api/config/x", "/api/spec.yaml", "/api/shutdown", "/terminals/1",
    "/terminals/websocket/1", "/files/page.ipynb", "/view/page.ipynb", "/edit/page.ipynb", "/lab", "/tree",
    "/nbconvert",
    "/voila/api/contents", "/voila/tree", "/voila/render/page.ipynb", "/metrics", "/custom/custom.css", "/logout",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a notebook with a picture, and a folder beside it that is private."""
    home = tmp_path_factory.mktemp("served")
    notebook = {"cells": [], "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    for name in ("page/inner", "private"):
        (home / name).mkdir(parents=True)
    (home / "page/page.ipynb").write_text(json.dumps(notebook))
    (home / "page/mine.png").write_bytes(PICTURE)
    for name in ("private/secret.png", "private/passwd", "page/.hidden.png", "page/take.wav", "page/model.sda"):
        (home / name).write_bytes(SECRET)
    (home / "page/out.png").symlink_to(home / "private/secret.png")
    (home / "page/outside").symlink_to(home / "private")
    return home


@contextlib.contextmanager
def serving(folder, token, **settings):
    """The page's server on this folder's notebook: its port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = serve.Server(port, token, **settings)
    environment = server.environment(folder / "data")
    command = server.command(folder / "page/page.ipynb", spare=False)
    with open(folder / "log.txt", "ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 90
        while not server.answers():
            assert process.poll() is None, (folder / "log.txt").read_text()
            assert time.monotonic() < end
            time.sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def served(folder):
    with serving(folder, TOKEN) as (port, process):
        yield SimpleNamespace(port=port, process=process)


def ask(port, path, token=TOKEN, method="GET", body=None, **headers):
    """The status, headers and content of an answer; the path is sent as it is, and redirections are not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection._validate_path = lambda _path: None
        given = {"Authorization": f"token {token}"} if token else {}
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in {**given, **headers}.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_scripts_are_compressed_where_the_browser_can_read_that(served):
    path = "/voila/static/voila.js"
    plain = ask(served.port, path)[2]
    status, headers, content = ask(served.port, path, **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(content) == plain
    assert len(content) < len(plain) / 2


@pytest.mark.slow
def test_the_page_names_one_file_of_scripts_that_browsers_may_keep(folder):
    with serving(folder, TOKEN) as (port, _process):  # of its own, as opening the page starts a kernel
        page = ask(port, "/")[2].decode()
        (path,) = re.findall(r'<script src="(/voila/sda-scripts/[^"]+)"', page)
        status, headers, content = ask(port, path, **{"Accept-Encoding": "gzip"})
        plain = ask(port, path)[2]
        assert ask(port, "/voila/sda-scripts/of-another-version.js")[0] == 404
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in headers["Cache-Control"]
    assert gzip.decompress(content) == plain
    assert b"webpackChunk" in plain


def followed(port, path, token):
    """The answer at the end of all redirections."""
    for _ in range(5):
        status, headers, content = ask(port, path, token)
        if status not in (301, 302):
            break
        path = quote(headers["Location"].encode("latin-1"), safe="/%?=&:")
        assert path.startswith("/"), path  # never to another server
        assert not path.startswith("//"), path
    return status, path, content


@pytest.mark.slow
@pytest.mark.parametrize("up", UP)
def test_no_address_leads_upwards(served, folder, up):
    target = str(folder / "private/secret.png").lstrip("/")
    steps = "/".join([up.rstrip("/")] * 12)
    for door in DOORS:
        for path in (f"{door}{steps}/{target}", f"{door}{up}private/secret.png", f"{door}{steps}/etc/passwd"):
            status, _, content = ask(served.port, path)
            assert status in (302, 400, 403, 404), path
            assert SECRET not in content
            assert b"root:" not in content
            if status == 302:
                status, path, content = followed(served.port, path, TOKEN)
                assert status in (400, 403, 404), path
                assert SECRET not in content
    assert served.process.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["out.png", "outside/secret.png", ".hidden.png", "take.wav", "model.sda", "page.ipynb", "inner/", "",
     "mine.png%00.wav",
     "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "file:///etc/passwd", "\\\\host\\share\\x.png", "C:\\x.png"],
)  # fmt: skip
def test_only_pictures_of_the_notebook_are_files(served, name):
    status, _, content = ask(served.port, f"/voila/files/{name}")
    assert status in (400, 403, 404)
    assert SECRET not in content


@pytest.mark.slow
def test_a_picture_is_for_those_who_are_logged_in(served):
    status, headers, content = ask(served.port, "/voila/files/mine.png")
    assert (status, content) == (200, PICTURE)
    assert "sandbox" in headers["Content-Security-Policy"]
    status, headers, _ = ask(served.port, "/voila/files/mine.png", token=None)
    assert (status, headers["Location"][:7]) == (302, "/login?")


@pytest.mark.slow
@pytest.mark.parametrize("path", JUPYTER)
def test_jupyter_s_own_doors_are_closed(served, path):
    status, _, content = followed(served.port, path, TOKEN)
    assert status in (403, 404)
    assert b"page.ipynb" not in content
    status, place, _ = followed(served.port, path, None)
    assert status in (403, 404) or place.startswith("/login?")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for token in (TOKEN, None):
            assert ask(served.port, path, token, method, b"{}")[0] in (403, 404, 405)
    assert not psutil.Process(served.process.pid).children()  # nothing has started a kernel


@pytest.mark.slow
def test_without_the_token_there_is_no_page_and_no_kernel(served):
    kernel = "/api/kernels/12345678-1234-1234-1234-123456789012"
    for token in (None, "", "wrong", TOKEN[:-1], f"{TOKEN}x"):
        assert followed(served.port, "/", token)[1].startswith("/login?")
        assert ask(served.port, kernel, token)[0] == 403
        assert ask(served.port, kernel, token, "DELETE")[0] == 403
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "x",
            "Sec-WebSocket-Version": "13",
        }
        assert ask(served.port, f"{kernel}/channels", token, **upgrade)[0] == 403
        assert ask(served.port, "/voila/api/shutdown/x", token, "POST", b"")[0] == 403
    assert not psutil.Process(served.process.pid).children()


@pytest.mark.slow
def test_cookies_are_for_this_site_and_not_for_scripts(served):
    _, headers, _ = ask(served.port, "/login?next=%2F", TOKEN)
    (login,) = headers.get_all("Set-Cookie")
    assert f"sda-{served.port}=" in login
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in login.split("; ")
    _, headers, _ = ask(served.port, "/login", None)
    (proof,) = headers.get_all("Set-Cookie")  # the page's script sends it back, so it can read it
    assert proof.startswith("_xsrf=")
    assert "SameSite=Strict" in proof
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.slow
def test_bodies_of_requests_are_bounded(served):
    before = psutil.Process(served.process.pid).memory_info().rss
    for _ in range(5):
        with contextlib.suppress(OSError, http.client.HTTPException):
            assert ask(served.port, "/login", None, "POST", bytes(20_000_000))[0] in (400, 413)
    assert psutil.Process(served.process.pid).memory_info().rss - before < 20_000_000
    assert ask(served.port, "/login", None)[0] == 200


@pytest.mark.slow
def test_the_login_form_sets_no_password(served, folder):
    _, headers, _ = ask(served.port, "/login", None)
    proof = headers["Set-Cookie"].split(";")[0]
    form = f"{proof}&password={TOKEN}&new_password=mine".encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": proof}
    assert ask(served.port, "/login", None, "POST", form, **kind)[0] == 302
    assert not [path for path in (*folder.rglob("*config.json"), *os.scandir(".")) if "server_config" in str(path)]
    form = f"{proof}&password=mine".encode()
    assert ask(served.port, "/login", None, "POST", form, **kind)[0] == 401


@pytest.mark.slow
def test_no_command_line_and_no_kernel_has_the_token(served):
    ask(served.port, f"/?token={TOKEN}&template=classic", None)  # starts a kernel
    process = psutil.Process(served.process.pid)
    (kernel,) = process.children()
    assert TOKEN not in " ".join([*process.cmdline(), *kernel.cmdline()])
    assert not [name for name, value in kernel.environ().items() if TOKEN in value]
    kernel.kill()
    kernel.wait()


@pytest.mark.slow
def test_a_page_without_a_token_is_for_this_machine_s_names_alone(folder):
    """Against pages of other servers that resolve their own name to 127.0.0.1 (DNS rebinding)."""
    with serving(folder, "") as (port, _):
        assert ask(port, "/api/kernels/x-x-x-x-x", None, Host=f"127.0.0.1:{port}")[0] == 404
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example"):
            assert ask(port, "/api/kernels/x-x-x-x-x", None, Host=host)[0] == 403
            assert ask(port, "/", None, Host=host)[0] == 403


@pytest.mark.parametrize(
    "path", ["/", "/?x", "/login", "/voila/static/voila.js", "/a%20b/%C3%BC.png", "/100%25.png", "/.hidden"]
)
def test_ordinary_paths_are_not_odd(path):
    assert not page_server.is_odd(path)


@pytest.mark.parametrize(
    "path",
    [
        "/../x",
        "/x/..",
        "/%2e%2e/x",
        "/%252E%252e",
        "/x\\y",
        "/x%5Cy",
        "/x%00",
        "/x%0ay",
        "/\u202ex",
        "/%c0%ae",
        "/．．/x",
    ],
)
def test_odd_paths(path):
    assert page_server.is_odd(path)


def test_a_kernel_is_started_without_the_token():
    given = []
    start = page_server._without("t0ken", lambda **options: given.append(options))
    start(kernel_name="x", env={"QUERY": "token=t0ken&x", "PATH": "/bin"})
    assert given == [{"kernel_name": "x", "env": {"QUERY": "token=&x", "PATH": "/bin"}}]


def test_the_log_names_no_second_address():
    from voila import app

    source = Path(app.__file__).read_text(encoding="utf-8")
    assert '"Voilà is running at:' in source  # else the filter looks for another line
    lines = ["Voilà is running at:\nhttp://localhost:8866/", "Storing connection files in /tmp/x."]
    records = [logging.LogRecord("voila", logging.INFO, "", 0, line, (), None) for line in lines]
    assert [page_server.names_no_address(record) for record in records] == [False, True]
