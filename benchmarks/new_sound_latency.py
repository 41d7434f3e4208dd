"""How long a new sound takes to come: from a click on "Next seed" to its samples at the player, five clicks in a row.

    python benchmarks/new_sound_latency.py [--model MODEL] [--rounds 3] [--write]

Makes a closed-form model of data/demo with sliders (or takes --model) and serves the workbench twice: with the sliders'
zones worked out inside the act that makes the sound, and out of its way. In each page "Next seed" is clicked as soon as
the sound before is at the player, five times, then the page rests until all zones are there. Prints milliseconds; with
--write they become the section "new-sound-latency" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page
from report import table, write_section
from slider_latency import make_model
from workbench_page import opened

from sda_widgets import serve

MEANING = """Milliseconds from a click on "Next seed" to the new sound's samples at the player (Voila, headless
Chromium), clicked again as soon as they are there, five times in a row; closed-form model of the demo sounds with its
sliders; browser, server and model share the cores. Inside the act: the zones of all sliders are worked out before the
next act, as they were until 0.1. Beside the page: while no act is under way, by `session/idle.py`. All zones there:
from the last of the five sounds on, as seen every 50 ms."""
CLICKS = 5
SECONDS = 4.0
WAYS = {"inside the act": "ResponseWork.compute_all_later = ResponseWork.compute_all", "beside the page": ""}
"""What a page runs first, by how its zones are worked out."""
CLOCK = """
window.begun = 0; window.came = []; window.names = new Set();
document.addEventListener("sda:take", (event) => {
  window.names.add(event.detail.name);
  if (window.begun && event.detail.name === "Edited") {
    window.came.push(performance.now() - window.begun);
    window.begun = 0;
  }
});
"""
CLICK = """(button) => { window.begun = performance.now(); button.click(); }"""
UNKNOWN = "document.querySelectorAll('.sda-slider[data-zone=unknown]').length"


def notebook(folder: Path, first: str) -> Path:
    """The workbench's notebook with a cell before its own."""
    plain = json.loads(serve.notebook().read_text())
    source = f"from sda_widgets.session.response_work import ResponseWork\n{first}"
    plain["cells"].insert(0, {**plain["cells"][0], "id": "first", "source": source})
    path = folder / "page.ipynb"
    path.write_text(json.dumps(plain))
    return path


def click(page: Page, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each click, and of the zones after each round."""
    button, found, zones = page.get_by_role("button", name="Next seed"), [], []
    unnamed = page.evaluate(UNKNOWN)  # axes have no zones
    for _ in range(rounds):
        page.evaluate("window.came = []")
        for number in range(CLICKS):
            button.evaluate(CLICK)
            page.wait_for_function(f"window.came.length > {number}", polling=5)
        begun = page.evaluate("performance.now()")
        page.wait_for_function(f"{UNKNOWN} <= {unnamed}", polling=50)
        zones.append(page.evaluate("performance.now()") - begun)
        found += page.evaluate("window.came")
        page.wait_for_timeout(500)
    return found, zones


def measure(model: Path, rounds: int, first: str) -> tuple[list[float], list[float]]:
    """Both for a page that runs these lines first."""
    with tempfile.TemporaryDirectory() as folder:
        served = notebook(Path(folder), first)
        with opened(model, SECONDS, CLOCK, notebook=served) as page:
            page.wait_for_timeout(6000)  # the first sound's zones
            return click(page, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model with sliders; without it, one is made of data/demo")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.model
        if path is None:
            path = Path(scratch) / "demo.sda"
            make_model(path)
        load, rows = os.getloadavg()[0], []
        for words, first in WAYS.items():
            came, zones = measure(path, options.rounds, first)
            figures = [min(came), statistics.median(came), np.percentile(came, 95), statistics.median(zones)]
            rows.append([words, len(came), *(f"{figure:.0f}" for figure in figures)])
    text = table(["zones are worked out", "clicks", "min", "median", "95th percentile", "all zones there"], rows)
    print(text)
    print(f"load before: {load:.2f}")
    if options.write:
        notes = f"{SECONDS:g} s of sound. Load of the computer (1 min) before: {load:.1f}."
        write_section(
            "new-sound-latency", "A new sound: from the click to the player", f"{MEANING}\n\n{text}\n\n{notes}"
        )


if __name__ == "__main__":
    main()
