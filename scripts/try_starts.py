#!/usr/bin/env python
"""Start the workbench in every way that the README names and look at each page with Chromium: one line per way.

    .venv/bin/python scripts/try_starts.py [--environment FOLDER] [--pictures FOLDER] [WAY ...]

A page is good when the workbench shows and has read the example sounds, without a traceback, asks no other server for
anything and logs no error. `studio`, `voila`, `lab` and `base-...` use the environment that runs this script and this
checkout. The other ways use the wheel, built and installed into an empty environment elsewhere, which takes a download
of some 5 GB; with --environment it is kept in that folder, and used again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PYTHON = Path("bin/python")
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 180
"""Seconds that a server or a page may take."""
TOKEN = "try-starts"
LAB = ["--allow-root", "--no-browser", "--expose-app-in-browser", f"--IdentityProvider.token={TOKEN}"]
LAB_READY = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
ONE_LINE = {
    "cells": [
        {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None, "outputs": [],
         "source": "from sda_widgets import studio; studio()"}
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """What every way needs: this environment, the one with the wheel, folders, a browser."""

    here: Path
    wheel: Path
    scratch: Path
    browser: Browser

    @property
    def elsewhere(self) -> Path:
        """A folder that has nothing to do with the project."""
        (self.scratch / "elsewhere").mkdir(exist_ok=True)
        return self.scratch / "elsewhere"

    def environment(self) -> dict[str, str]:
        """The process environment of a user with no settings of Jupyter and no files yet."""
        ours = ("JUPYTER", "SDA_", "PYTHONPATH", "VOILA")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        names = ("_CONFIG", "_DATA", "_RUNTIME", "LAB_SETTINGS", "LAB_WORKSPACES")
        jupyter = tempfile.mkdtemp(dir=self.scratch)  # one each: JupyterLab opens again what was open in the last one
        folders = {f"JUPYTER{name}_DIR": os.path.join(jupyter, name.lower()) for name in names}
        return {**clean, **folders, "SDA_HOME": str(self.scratch / "home")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextlib.contextmanager
def process(bench: Bench, command: list, folder: Path) -> Iterator[tuple[subprocess.Popen, Path]]:
    """A server while it is needed, and the file with what it prints."""
    log = bench.scratch / f"{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(part) for part in command], cwd=folder, env=bench.environment(), stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield server, log
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def wait_until(condition, server: subprocess.Popen, log: Path):
    """The first true value of `condition()`."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the server does not answer:\n{log.read_text()}")
        time.sleep(0.2)
    return value


@contextlib.contextmanager
def studio(bench: Bench, prefix: Path, folder: Path, *options: str) -> Iterator[str]:
    """`sda studio`; yields the one address that it prints."""
    with process(bench, [prefix / PYTHON, "-m", "sda_lib", "studio", "--no-browser", *options], folder) as (
        server,
        log,
    ):
        wait_until(lambda: "Ctrl-C" in log.read_text(), server, log)
        (address,) = re.findall(r"http://\S+", log.read_text())
        yield address


@contextlib.contextmanager
def voila(bench: Bench, prefix: Path, folder: Path, notebook: str, base: str = "/") -> Iterator[str]:
    """Plain `voila NOTEBOOK`."""
    port = free_port()
    options = ["--no-browser", f"--port={port}", f"--Voila.base_url={base}"]
    address = f"http://localhost:{port}{base}"
    with process(bench, [prefix / PYTHON, "-m", "voila", notebook, *options], folder) as (server, log):
        wait_until(lambda: answers(f"{address}voila/static/voila.js"), server, log)
        yield address


@contextlib.contextmanager
def lab(bench: Bench, prefix: Path, folder: Path, path: str, base: str = "/") -> Iterator[str]:
    """`jupyter lab` in a folder; yields the address of a path in it."""
    port = free_port()
    options = [*LAB, f"--port={port}", "--ServerApp.ip=127.0.0.1", f"--ServerApp.base_url={base}"]
    with process(bench, [prefix / PYTHON, "-m", "jupyterlab", *options], folder) as (server, log):
        wait_until(lambda: answers(f"http://127.0.0.1:{port}{base}api"), server, log)
        yield f"http://127.0.0.1:{port}{base}{path}?token={TOKEN}"


def look(bench: Bench, address: str, picture: Path | None, in_lab: bool = False) -> list[str]:
    """Everything that is wrong with the page at an address."""
    page = bench.browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(PATIENCE * 1000)
    faults = []
    local = re.compile(r"(http|ws)://(127\.0\.0\.1|localhost):|data:|blob:")
    page.on("request", lambda request: None if local.match(request.url) else faults.append(f"asks {request.url}"))
    page.on("console", lambda message: faults.append(message.text.splitlines()[0]) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error).splitlines()[0]))
    try:
        page.goto(address)
        if in_lab:
            _run_all(page)
        page.wait_for_selector(".sda-app")
        page.get_by_text("These sounds").first.wait_for()  # the training tab has read the example sounds
        page.wait_for_timeout(1000)
        faults += [f"shows {text}" for text in page.get_by_text("Traceback (most recent").all_inner_texts()]
    except Error as error:
        faults.append(str(error).splitlines()[0])
    if picture:
        page.screenshot(path=picture)
    page.close()
    return faults


def _run_all(page: Page) -> None:
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(LAB_READY)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def proxied(bench: Bench):
    """jupyter-server-proxy's own entry for SDA, as a JupyterHub's user opens it."""
    return lab(bench, bench.wheel, bench.elsewhere, "sda/", "/user/me/")


@contextlib.contextmanager
def proxied_port(bench: Bench) -> Iterator[str]:
    """A running `sda studio` behind jupyter-server-proxy's path for any port."""
    port = free_port()
    path = f"proxy/absolute/{port}/"
    token = bench.elsewhere / "token"
    token.touch(0o600)
    token.write_text(TOKEN)
    inside = ["--port", str(port), "--base-url", f"/user/me/{path}", "--token-file", str(token)]
    with (
        lab(bench, bench.wheel, bench.elsewhere, path, "/user/me/") as address,
        studio(bench, bench.wheel, bench.elsewhere, *inside),
    ):
        yield address  # with the token, which is that of both servers


def shipped(bench: Bench) -> str:
    """The path that `sda notebook --path` prints."""
    command = [bench.wheel / PYTHON, "-m", "sda_lib", "notebook", "--path"]
    return subprocess.check_output(command, cwd=bench.elsewhere, env=bench.environment(), text=True).strip()


def one_line(bench: Bench) -> str:
    """A new notebook with one line, in the folder elsewhere."""
    (bench.elsewhere / "mine.ipynb").write_text(json.dumps(ONE_LINE))
    return "lab/tree/mine.ipynb"


WAYS = {
    "studio": lambda b: studio(b, b.here, ROOT),
    "voila": lambda b: voila(b, b.here, ROOT, "notebooks/workbench.ipynb"),
    "lab": lambda b: lab(b, b.here, ROOT, "lab/tree/notebooks/workbench.ipynb"),
    "wheel-studio": lambda b: studio(b, b.wheel, b.elsewhere),
    "wheel-voila": lambda b: voila(b, b.wheel, b.elsewhere, shipped(b)),
    "wheel-lab": lambda b: lab(b, b.wheel, b.elsewhere, one_line(b)),
    "base-studio": lambda b: studio(b, b.here, ROOT, "--base-url", "/x/"),
    "base-voila": lambda b: voila(b, b.here, ROOT, "notebooks/workbench.ipynb", "/x/"),
    "base-lab": lambda b: lab(b, b.here, ROOT, "lab/tree/notebooks/workbench.ipynb", "/x/"),
    "proxy-entry": proxied,
    "proxy-port": proxied_port,
}
IN_CHECKOUT = {"studio", "voila", "lab", "base-studio", "base-voila", "base-lab"}
IN_LAB = {"lab", "wheel-lab", "base-lab"}


def wheel_environment(prefix: Path, scratch: Path) -> Path:
    """The environment elsewhere, with the wheel of this checkout; it is made where it is not there yet."""
    if not (prefix / PYTHON).exists():
        venv.create(prefix, with_pip=True)
    pip = [prefix / PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", scratch / "dist", ROOT], check=True)
    (wheel,) = (scratch / "dist").glob("sda-*.whl")
    subprocess.run([*pip, "install", f"{wheel}[app]", "jupyter-server-proxy"], check=True, cwd=scratch)
    subprocess.run([*pip, "install", "--force-reinstall", "--no-deps", wheel], check=True, cwd=scratch)
    return prefix


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ways", nargs="*", metavar="WAY", help=f"all, or some of: {', '.join(WAYS)}")
    parser.add_argument("--environment", type=Path, help="where the wheel is installed, and kept; default: thrown away")
    parser.add_argument("--pictures", type=Path, help="folder for a screenshot of each page")
    options = parser.parse_args()
    if unknown := set(options.ways) - set(WAYS):
        parser.error(f"{', '.join(sorted(unknown))}: no such way")
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    bad = 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scratch = Path(folder)
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("SDA_CHROMIUM") or shutil.which("chromium"), args=CHROMIUM
        )
        ways = options.ways or list(WAYS)
        elsewhere = (options.environment or scratch / "environment").resolve()
        if set(ways) - IN_CHECKOUT:
            wheel_environment(elsewhere, scratch)
        bench = Bench(Path(sys.prefix), elsewhere, scratch, browser)
        for way in ways:
            start, picture = time.monotonic(), options.pictures and options.pictures / f"{way}.png"
            with WAYS[way](bench) as address:
                faults = look(bench, address, picture, way in IN_LAB)
            bad += bool(faults)
            print(f"{way:13} {time.monotonic() - start:4.0f} s  {'; '.join(faults) or 'good'}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
