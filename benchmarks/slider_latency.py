"""Latency of a slider from the mouse's release in the browser to the new take's samples in the page.

    python benchmarks/slider_latency.py --seconds 3 --moves 15 [--training] [--write]

Makes a closed-form model of data/demo with sliders (or takes --model), serves the workbench in a data folder of its
own, opens it in headless Chromium, writes a sound of the given length and clicks each slider to one place after the
other, with the moved sound made into codes again and without; with --training, also during a training
meanwhile. Prints milliseconds; with --write they become the section "slider-latency" of docs/BENCHMARKS.md.
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
from sda_lib.sliders.fit import fit_sliders

MEANING = """Milliseconds from the events of a click on a slider to the moved sound's samples in the page (Voila,
headless Chromium), each at rest when the click comes; closed-form model of the demo sounds; browser, server and model
share the cores. As codes: the moved sound becomes codes again before it is decoded. First: 0.7 s of it from the
playhead on, here from the sound's beginning; whole: the last of its samples. In training: a background run on the demo
sounds runs meanwhile, and the page watches it."""
DEMO = Path(__file__).parents[1] / "data" / "demo"
NAMES = ("loudness", "brightness")
FARTHEST = 0.9
"""How much of its way a slider is moved; no two moves are to the same place."""
REST = 500
"""Milliseconds between a take and the next move: what the server does after it has sent a take is no part of a move."""
CLOCK = """
window.begun = 0; window.moves = []; window.names = new Set();
document.addEventListener("sda:take", (event) => {
  window.names.add(event.detail.name);
  if (window.begun && event.detail.name === "Edited") window.moves.at(-1).push(performance.now() - window.begun);
});
"""
CLICK = """(handle, value) => {
  window.moves.push([]);
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
    model.with_sliders(fit_sliders(model)).save(path)


def move(page: Page, name: str, moves: int) -> list[tuple[float, float]]:
    """Click a slider to one place after the other, from its ends inwards; milliseconds from each click to its first
    samples and to its last ones."""
    handle = page.locator(f'.sda-slider[data-name="{name}"] input[type=range]')
    if handle.is_disabled():
        raise SystemExit(f"The sound that was written doesn't follow {name}.")
    low, high = (float(handle.get_attribute(end)) for end in ("min", "max"))
    page.evaluate("window.moves = []")
    for number in range(moves):
        share = FARTHEST * (number + 1) / moves
        place = low + share * (high - low) / 2 if number % 2 else high - share * (high - low) / 2
        handle.evaluate(CLICK, round(20 * place) / 20)
        page.wait_for_function("window.moves.at(-1).length > 0")
        page.wait_for_timeout(REST)
    return [(takes[0], takes[-1]) for takes in page.evaluate("window.moves")]


def set_as_codes(page: Page, on: bool) -> None:
    page.get_by_label("Quantize").set_checked(on)
    page.wait_for_timeout(4 * REST)


def measure(
    model: Path, seconds: float, moves: int, training: bool
) -> dict[tuple[str, bool], list[tuple[float, float]]]:
    """Latencies of the first samples and of the last ones by slider and whether as codes."""
    found = {}
    with opened(model, seconds, CLOCK, DEMO if training else None) as page:
        page.wait_for_timeout(4 * REST)
        for as_codes in (True, False):
            set_as_codes(page, as_codes)
            for name in NAMES:
                found[name, as_codes] = move(page, name, moves)
    return found


def rows(found: dict[tuple[str, bool], list[tuple[float, float]]], training: bool) -> list[list[object]]:
    """Lines of the table."""
    lines = []
    for (name, as_codes), latencies in found.items():
        first, whole = zip(*latencies, strict=True)
        figures = [min(first), statistics.median(first), max(first), statistics.median(whole)]
        words = ["yes" if one else "no" for one in (as_codes, training)]
        lines.append([name, *words, len(latencies), *(f"{figure:.0f}" for figure in figures)])
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model with sliders; without it, one is made of data/demo")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--moves", type=int, default=15)
    parser.add_argument("--training", action="store_true", help="also during a training")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.model
        if path is None:
            path = Path(scratch) / "demo.sda"
            make_model(path)
        load, lines = os.getloadavg()[0], []
        for training in (False, True) if options.training else (False,):
            lines += rows(measure(path, options.seconds, options.moves, training), training)
    header = [
        "slider",
        "as codes",
        "in training",
        "moves",
        "first, min",
        "first, median",
        "first, max",
        "whole, median",
    ]
    text = table(header, lines)
    print(text)
    print(f"load before: {load:.2f}")
    if options.write:
        notes = f"{options.seconds:g} s of sound. Load of the computer (1 min) before: {load:.1f}."
        write_section("slider-latency", "Sliders: from the mouse to the sound", f"{MEANING}\n\n{text}\n\n{notes}")


if __name__ == "__main__":
    main()
