"""How long the page takes to open, and where the time goes; what it loads, and what it takes while it rests.

    python benchmarks/page_load.py [--model MODEL] [--before CHECKOUT] [--rounds 3] [--write]

Serves the workbench with a closed-form model of the demo sounds and opens it in headless Chromium: cold with an empty
cache, warm with what the cold one has cached. Counts requests and bytes as transferred. With --before the code of an
earlier checkout is measured in turns with this one; with --write the tables become the section "page-load" of
docs/BENCHMARKS.md. Before each opening the server rests for --rest seconds, in which it makes its spare process.
Then a page that has played its sound is left alone, and the processor time of every process is counted.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from report import table, write_section
from slider_latency import make_model
from workbench_page import ARGUMENTS, PATIENCE, go_to, served

TAKES = """
window.names = new Set();
document.addEventListener("sda:take", ({ detail }) => window.names.add(detail.name));
"""
MEANING = """From the request of the page (Voila, headless Chromium; browser, server and model share the cores) until
its first words are on the screen, until the player has the first sound, and until the grid, on a press of Codes, can
be edited. Cold: an empty cache; warm: the same browser again. Every page has a kernel of its own. Medians."""
RESTING = """A page at rest: a sound was played in Play; then, some seconds later, the share of one core in percent over
{seconds:g} s in which nothing is done. Browser: all of Chromium's processes but the two that are named. Medians."""
KINDS = ("cold", "warm")
# Seconds from the end of a sound to the measurement of a page at rest, and for which it is measured.
SETTLING, RESTED = 30.0, 15.0
# Kinds of processes, and what one of their command lines contains; the first that fits counts.
PROCESSES = {
    "kernel": "ipykernel_launcher",
    "server": "voila_server",
    "renderer": "--type=renderer",
    "audio service": "audio.mojom.AudioService",
    "browser": "chrom",
}


@dataclass
class Opening:
    """One opening: seconds by milestone, requests, and megabytes as transferred."""

    seconds: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    megabytes: float = 0.0


def open_in(context: BrowserContext, link: str) -> Opening:
    """Open the page in a browser window and close it again."""
    page, found = context.new_page(), Opening()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(TAKES)
    page.on("requestfinished", lambda request: _count(request, found))
    begin = time.monotonic()
    page.goto(link, wait_until="commit")
    for name, wait in (("first words", _words), ("player", _player), ("grid", _grid)):
        wait(page)
        found.seconds[name] = time.monotonic() - begin
    page.close(run_before_unload=True)
    return found


def _count(request: Request, found: Opening) -> None:
    response = request.response()
    if response is not None and not response.from_service_worker:
        size = max(0, request.sizes()["responseBodySize"])
        found.requests += size > 0  # what comes from the cache has no size
        found.megabytes += size / 1e6


def _words(page: Page) -> None:
    page.wait_for_function("document.body && document.body.innerText.trim().length > 0")


def _player(page: Page) -> None:
    page.wait_for_function("window.names.size >= 2")


def _grid(page: Page) -> None:
    page.wait_for_selector(".sda-rail, .sda-tabs")
    go_to(page, "Codes")
    page.wait_for_selector(".sda-grid-main[role=grid]")


def at_rest(context: BrowserContext, link: str) -> dict[str, float]:
    """Return the share of a core in percent that each kind of process takes while a page rests that has played."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script(TAKES)
    page.goto(link)
    _player(page)
    page.locator(".sda-play").click()
    page.wait_for_selector(".sda-play[aria-pressed=true]")
    page.wait_for_selector(".sda-play[aria-pressed=false]")
    page.wait_for_timeout(1000 * SETTLING)
    before, begin = processor_seconds(), time.monotonic()
    time.sleep(RESTED)
    after, seconds = processor_seconds(), time.monotonic() - begin
    page.close(run_before_unload=True)
    return {kind: 100 * (after[kind] - before[kind]) / seconds for kind in PROCESSES}


def processor_seconds() -> dict[str, float]:
    """Return the processor time that the processes below this one have taken by now, by their kinds."""
    found = dict.fromkeys(PROCESSES, 0.0)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            line, times = " ".join(process.cmdline()), process.cpu_times()
            kind = next((kind for kind, part in PROCESSES.items() if part in line), None)
            if kind is not None:
                found[kind] += times.user + times.system
    return found


@dataclass
class Measured:
    """Openings of one server's page by their kind, and what a page takes that rests."""

    openings: dict[str, Opening]
    rest: dict[str, float]


def measured(browser: Browser, model: Path, code: Path | None, rest: float) -> Measured:
    """Open the page of a checkout cold and warm, with a server of its own, and leave it alone."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").mkdir()
        shutil.copy(model, Path(folder) / "models")
        with served(Path(folder), code) as link:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            found = {}
            for kind in KINDS:
                time.sleep(rest)
                found[kind] = open_in(context, link)
            rested = at_rest(context, link)
            context.close()
    return Measured(found, rested)


def rows_of(found: list[Measured], name: str) -> list[list[object]]:
    """Return the rows of a checkout's openings: one for a cold and one for a warm page."""
    rows: list[list[object]] = []
    for kind in KINDS:
        some = [one.openings[kind] for one in found]
        seconds = [statistics.median(one.seconds[step] for one in some) for step in some[0].seconds]
        requests, size = (statistics.median(getattr(one, of) for one in some) for of in ("requests", "megabytes"))
        rows.append([name, kind, *(f"{value:.1f}" for value in seconds), f"{requests:.0f}", f"{size:.2f}"])
    return rows


def resting_row(found: list[Measured], name: str) -> list[object]:
    """Return the row of a checkout's pages at rest."""
    shares = [statistics.median(one.rest[kind] for one in found) for kind in PROCESSES]
    total = statistics.median(sum(one.rest.values()) for one in found)
    return [name, *(f"{share:.2f}" for share in [*shares, total])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model with sliders; without it, one is made of data/demo")
    parser.add_argument("--before", type=Path, help="a checkout of an earlier commit, measured in turns with this one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rest", type=float, default=25.0, help="seconds before each opening")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    codes = {"now": None, **({"before": options.before.resolve()} if options.before else {})}
    found: dict[str, list[Measured]] = {name: [] for name in codes}
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        model = options.model or Path(scratch) / "demo.sda"
        if options.model is None:
            make_model(model)
        load = os.getloadavg()[0]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for _ in range(options.rounds):
            for name, code in codes.items():
                found[name].append(measured(browser, model, code, options.rest))
        browser.close()
    names = ["code", "cache", "first words, s", "player, s", "grid, s", "requests", "MB"]
    text = table(names, [row for name, some in found.items() for row in rows_of(some, name)])
    resting = table(["code", *PROCESSES, "total"], [resting_row(some, name) for name, some in found.items()])
    print(text, resting, sep="\n\n")
    print(f"load before: {load:.2f}")
    if options.write:
        notes = (
            f"{options.rounds} openings of each kind, {options.rest:g} s apart. "
            f"Load of the computer (1 min) before: {load:.1f}."
        )
        parts = [MEANING, text, RESTING.format(seconds=RESTED), resting, notes]
        write_section("page-load", "The page: how long it takes to open", "\n\n".join(parts))


if __name__ == "__main__":
    main()
