"""How long an edit takes to be heard: from the key press in the browser to the new take's samples in the page.

    python benchmarks/edit_latency.py --model data/models/demo.sda --seconds 5 --edits 40

Serves the workbench in a data folder of its own, opens it in headless Chromium, writes a sound of the given length,
moves over the grid and steps one code after the other. Prints milliseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from report import table, write_section

from sda_widgets import serve

MEANING = """Milliseconds from a key press on a cell of the grid to the edited sound's samples in the page (Voila,
headless Chromium), with the demo model; browser, server and model share the cores."""
TOKEN = "benchmark"
PATIENCE = 120_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
CLOCK = """
window.pressed = 0; window.latencies = []; window.names = new Set();
const note = (event) => { if ("+-".includes(event.key)) window.pressed = performance.now(); };
document.addEventListener("keydown", note, true);
document.addEventListener("sda:take", (event) => {
  window.names.add(event.detail.name);
  if (!window.pressed) return;
  window.latencies.push(performance.now() - window.pressed);
  window.pressed = 0;
});
"""


@contextlib.contextmanager
def served(data: Path) -> Iterator[str]:
    """The workbench's link."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        serve.command(None, port, TOKEN),
        env=serve.environment(data, data),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while server.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield serve.address(port, TOKEN)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def write_sound(page: Page, seconds: float) -> None:
    """Ask for a sound of this length and wait until it is there."""
    page.wait_for_selector(".sda-grid-main[role=grid]")
    page.wait_for_function("window.names.size === 2")
    page.evaluate("window.names.clear()")
    readout = page.locator(".widget-slider", has_text="Seconds").locator(".widget-readout")
    readout.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(str(seconds))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Generate").click()
    page.wait_for_function("window.names.size === 2")
    page.wait_for_timeout(1000)


def edit(page: Page, edits: int) -> list[float]:
    """Step one code after the other; milliseconds from each key press to its take."""
    box = page.locator(".sda-grid-main .plotarea_background").bounding_box()
    for number in range(edits):
        across, down = (0.05 + 0.9 * number / edits, ((number * 5) % 12 + 0.5) / 12)
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(150)
        text = page.locator(".sda-status b").nth(1).inner_text()
        page.keyboard.press("-" if int(text) > 8 else "+")
        page.wait_for_function(f"window.latencies.length > {number}")
    return page.evaluate("window.latencies")


def measure(model: Path, seconds: float, edits: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        models = Path(folder) / "models"
        models.mkdir()
        shutil.copy(model, models)
        with served(Path(folder)) as link:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(PATIENCE)
            page.add_init_script(CLOCK)
            page.goto(link)
            write_sound(page, seconds)
            latencies = edit(page, edits)
            browser.close()
    return latencies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("data/models/demo.sda"))
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    latencies = measure(options.model, options.seconds, options.edits)
    figures = {
        "edits": len(latencies),
        "seconds": options.seconds,
        "min_ms": round(min(latencies), 1),
        "median_ms": round(statistics.median(latencies), 1),
        "p90_ms": round(statistics.quantiles(latencies, n=10)[-1], 1),
        "max_ms": round(max(latencies), 1),
        "load": round(os.getloadavg()[0], 2),
    }
    print("  ".join(f"{name} {value}" for name, value in figures.items()))
    if options.write:
        text = f"{MEANING}\n\n{table(list(figures), [list(figures.values())])}"
        write_section("edit-latency", "From a key press to the new sound", text)


if __name__ == "__main__":
    main()
