"""How long an edit takes to be heard: from the key press in the browser to the new take's samples in the page.

    python benchmarks/edit_latency.py --model data/models/demo.sda --seconds 5 --edits 40

Serves the workbench in a data folder of its own, opens it in headless Chromium, writes a sound of the given length,
moves over the grid and steps one code after the other. Prints milliseconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
from pathlib import Path

from playwright.sync_api import Page
from report import table, write_section
from workbench_page import opened

MEANING = """Milliseconds from a key press on a cell of the grid to the edited sound's samples in the page (Voila,
headless Chromium), with the demo model; browser, server and model share the cores."""
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


def edit(page: Page, edits: int) -> list[float]:
    """Step one code after the other; milliseconds from each key press to its take."""
    plot = page.locator(".sda-grid-main .plotarea_background")
    plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")
    box = plot.bounding_box()
    for number in range(edits):
        across, down = (0.05 + 0.9 * number / edits, ((number * 5) % 12 + 0.5) / 12)
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(150)
        text = page.locator(".sda-grid .sda-status b").nth(1).inner_text()
        page.keyboard.press("-" if int(text) > 8 else "+")
        page.wait_for_function(f"window.latencies.length > {number}")
    return page.evaluate("window.latencies")


def measure(model: Path, seconds: float, edits: int) -> list[float]:
    with opened(model, seconds, CLOCK) as page:
        return edit(page, edits)


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
