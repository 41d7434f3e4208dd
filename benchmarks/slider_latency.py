"""How long a slider takes to be heard: from the mouse's release in the browser to the new take's samples in the page.

    python benchmarks/slider_latency.py --seconds 3 --moves 15 [--write]

Makes a closed-form model of data/demo with sliders (or takes --model), serves the workbench in a data folder of its
own, opens it in headless Chromium, writes a sound of the given length and clicks each slider to one place after the
other, with the moved sound made into codes again and without. Prints milliseconds; with --write they become the section
"slider-latency" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page
from report import table, write_section
from workbench_page import opened

from sda_lib import Corpus, Recipe, SdaModel, learn
from sda_lib.studio.sliders import learn_sliders

MEANING = """Milliseconds from the events of a click on a slider to the moved sound's samples in the page (Voila,
headless Chromium), each at rest when the click comes; closed-form model of the demo sounds; browser, server and model
share the cores. As codes: the moved sound becomes codes again before it is decoded."""
DEMO = Path(__file__).parents[1] / "data" / "demo"
NAMES = ("loudness", "brightness")
FARTHEST = 0.9
"""How much of its way a slider is moved; no two moves are to the same place."""
REST = 500
"""Milliseconds between a take and the next move: what the server does after it has sent a take is no part of a move."""
CLOCK = """
window.begun = 0; window.latencies = []; window.names = new Set();
document.addEventListener("sda:take", (event) => {
  window.names.add(event.detail.name);
  if (!window.begun || event.detail.name !== "Edited") return;
  window.latencies.push(performance.now() - window.begun);
  window.begun = 0;
});
"""
CLICK = """(handle, value) => {
  window.begun = performance.now();
  handle.value = value;
  for (const kind of ["input", "change"]) handle.dispatchEvent(new Event(kind, { bubbles: true }));
}"""


def make_model(path: Path) -> None:
    """A closed-form model of the demo sounds, with sliders; takes a minute."""
    corpus = Corpus.from_folder(DEMO)
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, "demo"):
        pass
    model = SdaModel.load(path)
    model.with_sliders(learn_sliders(model)).save(path)


def move(page: Page, name: str, moves: int) -> list[float]:
    """Click a slider to one place after the other, from its ends inwards; milliseconds from each click to its take."""
    handle = page.locator(f'.sda-slider[data-name="{name}"] input[type=range]')
    if handle.is_disabled():
        raise SystemExit(f"The sound that was written doesn't follow {name}.")
    low, high = (float(handle.get_attribute(end)) for end in ("min", "max"))
    page.evaluate("window.latencies = []")
    for number in range(moves):
        page.wait_for_timeout(REST)
        share = FARTHEST * (number + 1) / moves
        place = low + share * (high - low) / 2 if number % 2 else high - share * (high - low) / 2
        handle.evaluate(CLICK, round(20 * place) / 20)
        page.wait_for_function(f"window.latencies.length > {number}")
    return page.evaluate("window.latencies")


def set_as_codes(page: Page, on: bool) -> None:
    page.get_by_label("as codes").set_checked(on)
    page.wait_for_timeout(4 * REST)


def measure(model: Path, seconds: float, moves: int) -> dict[tuple[str, bool], list[float]]:
    """Latencies by slider and whether as codes."""
    found = {}
    with opened(model, seconds, CLOCK) as page:
        page.wait_for_timeout(4 * REST)
        for as_codes in (True, False):
            set_as_codes(page, as_codes)
            for name in NAMES:
                found[name, as_codes] = move(page, name, moves)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model with sliders; without it, one is made of data/demo")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--moves", type=int, default=15)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.model
        if path is None:
            path = Path(scratch) / "demo.sda"
            make_model(path)
        load = os.getloadavg()[0]
        found = measure(path, options.seconds, options.moves)
    header = ["slider", "as codes", "moves", "min", "median", "max"]
    rows = []
    for (name, as_codes), latencies in found.items():
        figures = [f"{pick(latencies):.0f}" for pick in (min, statistics.median, max)]
        rows.append([name, "yes" if as_codes else "no", len(latencies), *figures])
    text = table(header, rows)
    print(text)
    print(f"load before: {load:.2f}")
    if options.write:
        notes = f"{options.seconds:g} s of sound. Load of the computer (1 min) before: {load:.1f}."
        write_section("slider-latency", "Sliders: from the mouse to the sound", f"{MEANING}\n\n{text}\n\n{notes}")


if __name__ == "__main__":
    main()
