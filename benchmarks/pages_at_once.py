"""Latency of edits and new sounds in each of several pages that are open at once, and their memory.

    python benchmarks/pages_at_once.py [--model MODEL] [--pages 5] [--rounds 3] [--write]

Serves the workbench, opens all pages and acts in one after the other, without a pause between the acts: edits of a
selection, and "Next seed". Memory is the proportional set size of each page's kernel, after a rest in which freed
memory is returned. With --write the table becomes the section "pages-at-once" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
import psutil
from new_sound_latency import CLICKS, CLOCK, NEXT, SECONDS
from playwright.sync_api import Page
from report import table, write_section
from slider_latency import make_model
from workbench_page import opened_pages

EDITS = 10
# Seconds after which a page has returned freed memory (MEMORY_REST in app.py, and some).
REST = 20.0
MEANING = """Milliseconds from an act on a page to the first samples of its sound at the player, for every one of
several pages that one server has open (headless Chromium, a closed-form model of the demo sounds with sliders). Acts
follow each other without a pause, in one page after the other, while the page before still works in the background.
Memory: the proportional set size (PSS) of the page's kernel in MB after opening, and after its acts and a rest."""
EDIT = """async (count) => {
  const grid = document.querySelector(".sda-grid-main[role=grid]");
  const press = (key) => grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const found = [];
  press("c");
  for (let edit = 0; edit < count; edit++) {
    const latency = window.until("Edited");
    press(edit % 2 ? "-" : "+");
    found.push(await latency);
  }
  return found;
}"""


def measure(page: Page) -> dict[str, list[float]]:
    """Return the milliseconds of edits and of new sounds in one page."""
    page.bring_to_front()
    page.evaluate("window.waiting = []")
    return {"edit": page.evaluate(EDIT, EDITS), "next seed": page.evaluate(NEXT, CLICKS)}


def kernel_sizes() -> list[float]:
    """Return the megabytes (PSS) of the kernels below this process, in the order in which they were started."""
    below = psutil.Process().children(recursive=True)
    alive = [one for one in below if "ipykernel_launcher" in " ".join(one.cmdline())]
    return [one.memory_full_info().pss / 1e6 for one in sorted(alive, key=psutil.Process.create_time)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model with sliders; without it, one is made of data/demo")
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.model or Path(scratch) / "demo.sda"
        if options.model is None:
            make_model(path)
        load = os.getloadavg()[0]
        with opened_pages(path, SECONDS, CLOCK, options.pages) as pages:
            pages[0].wait_for_timeout(1000 * REST)
            opening = kernel_sizes()
            found: list[dict[str, list[float]]] = [{"edit": [], "next seed": []} for _ in pages]
            for _ in range(options.rounds):
                for page, so_far in zip(pages, found, strict=True):
                    for name, came in measure(page).items():
                        so_far[name] += came
            pages[0].wait_for_timeout(1000 * REST)
            after = kernel_sizes()
    rows = [row_of(number, *one) for number, one in enumerate(zip(found, opening, after, strict=True), 1)]
    names = [f"{act}, {figure}" for act in ("edit", "next seed") for figure in ("median", "95th percentile")]
    text = table(["page", *names, "MB at opening", "MB after"], rows)
    print(text)
    print(f"load before: {load:.2f}")
    if options.write:
        notes = f"{SECONDS:g} s of sound, {options.rounds} rounds. Load of the computer (1 min) before: {load:.1f}."
        write_section("pages-at-once", f"{options.pages} pages at once", f"{MEANING}\n\n{text}\n\n{notes}")


def row_of(number: int, latencies: dict[str, list[float]], opening: float, after: float) -> list[object]:
    """Return the row of one page."""
    figures = [f"{np.percentile(came, share):.0f}" for came in latencies.values() for share in (50, 95)]
    return [number, *figures, f"{opening:.0f}", f"{after:.0f}"]


if __name__ == "__main__":
    main()
