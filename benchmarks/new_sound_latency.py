"""How long sounds take to come while acts follow each other without a pause, from an act to its samples at the player.

    python benchmarks/new_sound_latency.py [--model MODEL] [--before CHECKOUT] [--rounds 3] [--write]

Makes a closed-form model of data/demo with sliders (or takes --model), serves the workbench and acts in it: "Next seed"
as soon as the sound before is at the player, and every 300 ms whether it is or not; a drag between two dots of the map;
moves of a slider; an edit at the moment at which a new sound comes; edits while the spectrogram is shown. With
--before the code of an earlier checkout is
measured in turns with this one. Prints milliseconds; with --write they become the section "new-sound-latency" of
docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page
from report import table, write_section
from slider_latency import make_model
from workbench_page import opened

MEANING = """Milliseconds from an act on the page to the first samples of its sound at the player (Voila, headless
Chromium), with a closed-form model of the demo sounds and its sliders; browser, server and model share the
cores, and no act waits for the page to rest. Next seed: clicked ten times, each as soon as the sound before
is at the player. Five clicks: every 300 ms, whether it is or not. Map drag: eleven places between two
recordings. Slider: ten moves, each as soon as the whole of the last one is there. First edit: an edit of a
selection in the moment in which a new sound comes. Spectrogram: twenty edits of a column, one after the other."""
CLICKS, QUICK_CLICKS, PLACES, MOVES, EDITS, SPECTROGRAM_EDITS = 10, 5, 11, 10, 5, 20
QUICK_MS = 300
SECONDS = 4.0
CLOCK = """
window.names = new Set();
window.waiting = [];
window.sums = {};
document.addEventListener("sda:take", ({ detail }) => {
  window.names.add(detail.name);
  window.last = performance.now();
  const sum = detail.pcm.reduce((before, one) => (31 * before + one) | 0, detail.pcm.length);
  if (window.sums[detail.name] === sum) return; // sent again as it was
  window.sums[detail.name] = sum;
  const place = window.waiting.findIndex((one) => one.name === detail.name);
  if (place < 0) return;
  const [wait] = window.waiting.splice(place, 1);
  wait.resolve(performance.now() - wait.begun);
});
// Milliseconds from now to the next take of this name that no earlier act waits for.
window.until = (name) => new Promise((resolve, reject) => {
  window.waiting.push({ name, resolve, begun: performance.now() });
  setTimeout(() => reject(new Error(`no ${name}`)), 20000);
});
window.pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
// Resolves when no take has come for this many milliseconds.
window.settled = async (milliseconds) => {
  do await window.pause(20); while (performance.now() - (window.last ?? 0) < milliseconds);
};
window.button = (text) => [...document.querySelectorAll("button")].find((one) => one.innerText.trim() === text);
"""
# A new sound sends the take "Original" once; edits and slider moves send "Edited" alone.
NEXT = """async (count) => {
  const found = [];
  for (let at = 0; at < count; at++) {
    const latency = window.until("Original");
    window.button("Next seed").click();
    found.push(await latency);
  }
  return found;
}"""
QUICK = """async ([count, milliseconds]) => {
  const found = [];
  for (let at = 0; at < count; at++) {
    found.push(window.until("Original"));
    window.button("Next seed").click();
    await window.pause(milliseconds);
  }
  return Promise.all(found);
}"""
# The line between the two dots can be dragged once it is drawn, after the sound in its middle.
DRAG = """async (count) => {
  await window.settled(300);
  const figure = document.querySelector(".sda-map-figure[role=application]");
  const centers = [...figure.querySelectorAll(".dot")].map((dot) => dot.getBoundingClientRect())
    .filter((box) => box.width).map((box) => [box.x + box.width / 2, box.y + box.height / 2]);
  centers.sort((one, other) => one[0] - other[0]);
  const [from, to] = [centers[0], centers.at(-1)];
  const send = (kind, [clientX, clientY]) => figure.dispatchEvent(new PointerEvent(kind,
    { clientX, clientY, button: 0, buttons: 1, pointerId: 1, bubbles: true }));
  figure.setPointerCapture = () => {};
  figure.hasPointerCapture = () => true;
  const at = (share) => [0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis]));
  send("pointerdown", from);
  await window.pause(100);
  send("pointermove", to);
  await window.pause(100);
  const middle = window.until("Original"); // the sound is made when the pointer lets go
  send("pointerup", to);
  const found = [await middle];
  await window.settled(300);
  send("pointerdown", at(0.5));
  await window.pause(100);
  for (let place = 1; place < count; place++) {
    const latency = window.until("Original");
    send("pointermove", at(0.5 + 0.04 * place));
    found.push(await latency);
  }
  send("pointerup", at(0.5 + 0.04 * (count - 1)));
  delete figure.setPointerCapture;
  delete figure.hasPointerCapture;
  return found;
}"""
SLIDE = """async (count) => {
  const handle = document.querySelector(".sda-slider:not([data-name=loudness]) input[type=range]:not(:disabled)");
  const found = [];
  const [low, high] = [Number(handle.min), Number(handle.max)];
  for (let move = 0; move < count; move++) {
    const latency = window.until("Edited");
    handle.value = Math.round(20 * (low + ((high - low) * (move + 0.5)) / count)) / 20;
    for (const kind of ["input", "change"]) handle.dispatchEvent(new Event(kind, { bubbles: true }));
    found.push(await latency);
    await window.settled(100); // the first samples of a move come alone, before the rest
  }
  const latency = window.until("Edited");
  window.button("Reset").click();
  await latency;
  await window.settled(1000);
  return found;
}"""
EDIT = """async (count) => {
  const grid = document.querySelector(".sda-grid-main[role=grid]");
  const press = (key) => grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const found = [];
  for (let edit = 0; edit < count; edit++) {
    const sound = window.until("Edited");
    window.button("Next seed").click();
    await sound;
    press("c");
    const latency = window.until("Edited");
    press("+");
    found.push(await latency);
  }
  return found;
}"""
# Up and down in turn, as codes that are the last of their codebook do not change.
SPECTROGRAM = """async (count) => {
  const grid = document.querySelector(".sda-grid-main[role=grid]");
  const press = (key) => grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const view = document.querySelector(".sda-view");
  view.click();
  await window.pause(3000);
  press("c");
  const found = [];
  for (let edit = 0; edit < count; edit++) {
    const latency = window.until("Edited");
    press(edit % 2 ? "+" : "-");
    found.push(await latency);
    await window.pause(300);
  }
  view.click();
  return found;
}"""
ACTS = {
    "Next seed, one after the other": (NEXT, CLICKS),
    "Next seed, five clicks in 1.5 s": (QUICK, [QUICK_CLICKS, QUICK_MS]),
    "map drag": (DRAG, PLACES),
    "slider": (SLIDE, MOVES),
    "first edit of a new sound": (EDIT, EDITS),
    "edits, the spectrogram shown": (SPECTROGRAM, SPECTROGRAM_EDITS),
}


def measure(model: Path, code: Path | None) -> dict[str, list[float]]:
    """Return the milliseconds of every act in a page of a checkout's code; None: this one."""
    with opened(model, SECONDS, CLOCK, code=code) as page:
        return {name: act(page, *way) for name, way in ACTS.items()}


def act(page: Page, script: str, argument: object) -> list[float]:
    """Return the milliseconds of one kind of act."""
    page.evaluate("window.waiting = []")
    found: list[float] = page.evaluate(script, argument)
    return found


def rounds_of(model: Path, codes: list[Path | None], rounds: int) -> list[dict[str, list[float]]]:
    """Return the milliseconds of every act for each checkout; rounds of all of them alternate."""
    found: list[dict[str, list[float]]] = [{name: [] for name in ACTS} for _ in codes]
    for number in range(rounds):
        for place in range(len(codes)) if number % 2 == 0 else reversed(range(len(codes))):
            for name, came in measure(model, codes[place]).items():
                found[place][name] += came
    return found


def rows_of(now: dict[str, list[float]], before: dict[str, list[float]] | None) -> list[list[object]]:
    """Return one row for each kind of act."""
    rows: list[list[object]] = []
    for name, came in now.items():
        row: list[object] = [name, len(came)]
        for measured in (statistics.median, _percentile):
            figure = measured(came)
            row.append(f"{figure:.0f}")
            if before is not None:
                row += [f"{measured(before[name]):.0f}", f"{figure / measured(before[name]):.2f}"]
        rows.append(row)
    return rows


def _percentile(values: list[float]) -> float:
    return float(np.percentile(values, 95))


def header(compares: bool) -> list[str]:
    """Return the table's header."""
    names = ["median", "95th percentile"]
    return ["act", "sounds", *(one for name in names for one in ([name, "before", "ratio"] if compares else [name]))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model with sliders; without it, one is made of data/demo")
    parser.add_argument(
        "--before",
        type=lambda text: Path(text).resolve(),
        help="a checkout of an earlier commit, measured in turns with this one",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.model
        if path is None:
            path = Path(scratch) / "demo.sda"
            make_model(path)
        load = os.getloadavg()[0]
        now, *before = rounds_of(path, [None, *filter(None, [options.before])], options.rounds)
    text = table(header(bool(before)), rows_of(now, before[0] if before else None))
    print(text)
    print(f"load before: {load:.2f}")
    if options.write:
        notes = f"{SECONDS:g} s of sound, {options.rounds} pages. Load of the computer (1 min) before: {load:.1f}."
        title = "A new sound, an edit, a move: from the act to the player without pauses"
        write_section("new-sound-latency", title, f"{MEANING}\n\n{text}\n\n{notes}")


if __name__ == "__main__":
    main()
