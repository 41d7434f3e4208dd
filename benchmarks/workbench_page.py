"""The workbench in headless Chromium, for what is measured in the page."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sda_lib import Corpus, Recipe
from sda_lib.runs import manage
from sda_lib.runs.job import Job
from sda_widgets import serve

CHECKOUT = Path(__file__).resolve().parents[1]
TOKEN = "benchmark"
PATIENCE = 120_000
TRAINING_MINUTES = 10.0
AT_ONCE = 30.0
"""Seconds of sound that the page writes at once."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@contextlib.contextmanager
def opened(
    model: Path, seconds: float, script: str, training: Path | None = None, code: Path | None = None
) -> Iterator[Page]:
    """A page on a data folder of its own with this model and a sound of this length. `script` runs in it first, and
    keeps the names of takes in `window.names`. A `training` of the sounds in a folder runs meanwhile, and the page
    watches it. `code` is another checkout, whose page is served."""
    with opened_pages(model, seconds, script, 1, training, code) as (page,):
        yield page


@contextlib.contextmanager
def opened_pages(
    model: Path, seconds: float, script: str, count: int, training: Path | None = None, code: Path | None = None
) -> Iterator[list[Page]]:
    """Several such pages of one server, each in a window of its own."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, contextlib.ExitStack() as stack:
        models = Path(folder) / "models"
        models.mkdir()
        shutil.copy(model, models)
        if training is not None:
            stack.enter_context(trained(Path(folder), training))
        with served(Path(folder), code) as link:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            pages = [opened_page(browser, link, script, seconds) for _ in range(count)]
            yield pages
            browser.close()


def opened_page(browser: Browser, link: str, script: str, seconds: float) -> Page:
    """Open a page in a window of its own, with a sound of this length."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(script)
    page.goto(link)
    write_sound(page, seconds)
    return page


@contextlib.contextmanager
def trained(data: Path, sounds: Path) -> Iterator[None]:
    """A training as the page's Training window starts it, from its first steps on; it is stopped at the end. Its model
    is none of the library's, so that the page opens the one that is measured."""
    recipe = Recipe.for_corpus(Corpus.from_folder(sounds), TRAINING_MINUTES)
    run = manage.start(data / "runs", Job("trained", (sounds,), data / "trained.sda", recipe))
    try:
        while not any(event.kind == "progress" and event.step for event in run.events()[0]):
            if not run.alive:
                raise SystemExit(f"The training ended before its first step: {run.state}.")
            time.sleep(0.5)
        yield
        if not run.alive:
            raise SystemExit("The training ended before the measurement; give it more minutes.")
    finally:
        manage.stop(run)
        while run.alive:
            time.sleep(0.2)


@contextlib.contextmanager
def served(data: Path, code: Path | None = None, demo: Path | None = None) -> Iterator[str]:
    """The workbench's link, of another checkout's `code` if one is given; `demo` has the demo sounds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    page = serve.Server(port, TOKEN)
    server = subprocess.Popen(
        command(page, code),
        env=environment(page, data, code, demo),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while server.poll() is None and not page.answers():
            time.sleep(0.1)
        yield page.address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def command(page: serve.Server, code: Path | None) -> list[str]:
    """The server's command, of another checkout's `code` if one is given; earlier ones have no kernels of their own."""
    now = page.command()
    if code is None:
        return now
    has_kernels = (code / "widgets/sda_widgets/page_kernels.py").is_file()
    known = now if has_kernels else [part for part in now if "PageKernels" not in part]
    python, *words = known
    return [python, *(word.replace(str(CHECKOUT), str(code)) for word in words)]


def environment(page: serve.Server, data: Path, code: Path | None, demo: Path | None = None) -> dict[str, str]:
    """The server's environment, in which Python imports a checkout's code, if one is given."""
    given = page.environment(data, demo or data)
    if code is None:
        return given
    paths = os.pathsep.join([str(code), str(code / "widgets")])
    return {**{name: value.replace(str(CHECKOUT), str(code)) for name, value in given.items()}, "PYTHONPATH": paths}


def go_to(page: Page, title: str) -> None:
    """Show a place of the page; pages before they had places show all at once."""
    if page.locator(".sda-rail").count():
        page.locator(".sda-rail").get_by_role("button", name=title, exact=True).click()
        page.wait_for_selector(f".sda-place-{title.lower()}.sda-shown")


def write_sound(page: Page, seconds: float) -> None:
    """Ask for a sound of this length and wait until it is there; longer ones than the page writes at once go on.

    The grid and the sliders are there afterwards, and the page shows Play.
    """
    page.wait_for_function("window.names.size === 2")
    go_to(page, "Codes")
    page.wait_for_selector(".sda-grid-main[role=grid]")
    go_to(page, "Play")
    page.evaluate("window.names.clear()")
    readout = page.locator(".widget-slider", has_text="Seconds").locator(".widget-readout")
    readout.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(str(min(seconds, AT_ONCE)))
    page.keyboard.press("Enter")
    auto = page.locator(".widget-toggle-button.mod-active", has_text="Auto")
    if auto.count():  # the length was that of the slider before, which then says nothing
        auto.click()
    page.get_by_role("button", name="Generate", exact=True).click()
    page.wait_for_function("window.names.size === 2")
    for _ in range(round(seconds / AT_ONCE) - 1):
        page.evaluate("window.names.clear()")
        page.get_by_role("button", name="Continue").click()
        page.wait_for_function("window.names.size === 2")
    page.wait_for_timeout(1000)
