"""How long the page takes to open, and where the time goes; what it loads.

    python benchmarks/page_load.py [--model MODEL] [--before CHECKOUT] [--rounds 3] [--write]

Serves the workbench with a closed-form model of the demo sounds and opens it in headless Chromium: cold with an empty
cache, warm with what the cold one has cached. Counts requests and bytes as transferred. With --before the code of an
earlier checkout is measured in turns with this one; with --write the table becomes the section "page-load" of
docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

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
be edited. Cold: an empty cache; warm: the same browser again. Every page starts a kernel of its own. Medians."""
KINDS = ("cold", "warm")


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


def openings(browser: Browser, model: Path, code: Path | None) -> dict[str, Opening]:
    """Return a cold and a warm opening of a checkout's page, with a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").mkdir()
        shutil.copy(model, Path(folder) / "models")
        with served(Path(folder), code) as link:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            found = {kind: open_in(context, link) for kind in KINDS}
            context.close()
    return found


def rows_of(found: list[dict[str, Opening]], name: str) -> list[list[object]]:
    """Return the rows of a checkout's openings: one for a cold and one for a warm page."""
    rows: list[list[object]] = []
    for kind in KINDS:
        some = [one[kind] for one in found]
        seconds = [statistics.median(one.seconds[step] for one in some) for step in some[0].seconds]
        requests, size = (statistics.median(getattr(one, of) for one in some) for of in ("requests", "megabytes"))
        rows.append([name, kind, *(f"{value:.1f}" for value in seconds), f"{requests:.0f}", f"{size:.2f}"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model with sliders; without it, one is made of data/demo")
    parser.add_argument("--before", type=Path, help="a checkout of an earlier commit, measured in turns with this one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    codes = {"now": None, **({"before": options.before.resolve()} if options.before else {})}
    found: dict[str, list[dict[str, Opening]]] = {name: [] for name in codes}
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        model = options.model or Path(scratch) / "demo.sda"
        if options.model is None:
            make_model(model)
        load = os.getloadavg()[0]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for _ in range(options.rounds):
            for name, code in codes.items():
                found[name].append(openings(browser, model, code))
        browser.close()
    names = ["code", "cache", "first words, s", "player, s", "grid, s", "requests", "MB"]
    text = table(names, [row for name, some in found.items() for row in rows_of(some, name)])
    print(text)
    print(f"load before: {load:.2f}")
    if options.write:
        notes = f"{options.rounds} openings of each kind. Load of the computer (1 min) before: {load:.1f}."
        write_section("page-load", "The page: how long it takes to open", f"{MEANING}\n\n{text}\n\n{notes}")


if __name__ == "__main__":
    main()
