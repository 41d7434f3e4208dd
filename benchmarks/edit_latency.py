"""Latency of an edit from the key press in the browser to the new picture and to the new sound.

    python benchmarks/edit_latency.py --model data/models/demo.sda --seconds 30 --edits 40

Serves the workbench in a data folder of its own, opens it in headless Chromium, writes a sound of the given length, and
steps the codes of one cell after the other, then of rectangles of 8 levels by 20 frames. Prints milliseconds until the
new picture is painted and until the new sound's samples are in the page.
"""

from __future__ import annotations

import argparse
import os
import statistics
from pathlib import Path

from playwright.sync_api import Page
from report import table, write_section
from workbench_page import go_to, opened

MEANING = """Milliseconds from a key press in the grid to the edited picture on the screen (seen) and to the edited
sound's samples in the page (sound), with the demo model (Voila, headless Chromium); browser, server and model share the
cores. A grid of 8 levels is that of a model with `--set codec.levels=8 --set codec.hop=512`."""
CLOCK = """
window.pressed = 0; window.sounded = []; window.seen = []; window.names = new Set(); window.waiting = false;
document.addEventListener("keydown", (event) => {
  if (!"+-".includes(event.key)) return;
  window.pressed = performance.now();
  window.waiting = true;
}, true);
document.addEventListener("sda:take", (event) => {
  window.names.add(event.detail.name);
  if (!window.pressed) return;
  window.sounded.push(performance.now() - window.pressed);
  window.pressed = 0;
});
window.watch = () => {
  const look = () => {
    if (!window.waiting) return;
    window.waiting = false;
    const start = window.pressed;
    requestAnimationFrame(() => setTimeout(() => window.seen.push(performance.now() - start)));
  };
  const attributes = { attributes: true, subtree: true, attributeFilter: ["href", "xlink:href"] };
  new MutationObserver(look).observe(document.querySelector(".sda-grid-main"), attributes);
};
"""
RECTANGLE = (8, 20)
SHOWN = 256
"""Frames that the grid shows at first."""


def cells(page: Page, edits: int, levels: int, frames: int, rectangle: bool) -> tuple[list[float], list[float]]:
    """Edit one place after the other; return the milliseconds until each picture and each sound."""
    go_to(page, "Codes")
    plot = page.locator(".sda-grid-main .plotarea_background").first
    plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")
    box, shown = plot.bounding_box(), min(SHOWN, frames)
    page.evaluate("window.sounded.length = window.seen.length = 0")
    for number in range(edits):
        across, down = (0.05 + 0.8 * number / edits, (number * 5 % max(1, levels - RECTANGLE[0]) + 0.5) / levels)
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.mouse.down()
        if rectangle:
            down, across = down + (RECTANGLE[0] - 1) / levels, across + (RECTANGLE[1] - 1) / shown
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=4)
        page.mouse.up()
        page.wait_for_timeout(250)
        text = page.locator(".sda-grid .sda-status b").nth(1).inner_text()
        page.keyboard.press("-" if int(text) > 8 else "+")
        page.wait_for_function(f"window.sounded.length > {number} && window.seen.length > {number}")
    return page.evaluate("window.seen"), page.evaluate("window.sounded")


def measure(model: Path, seconds: float, edits: int) -> list[dict[str, object]]:
    """One row for single cells, one for rectangles."""
    with opened(model, seconds, CLOCK) as page:
        page.evaluate("window.watch()")
        label = page.locator(".sda-grid-main").first.get_attribute("aria-label")
        levels, frames = int(label.split()[2]), int(label.split()[5])
        return [
            row(f"{name} of {levels} x {frames}", seconds, *cells(page, edits, levels, frames, rectangle))
            for name, rectangle in (("one cell", False), ("{} x {} cells".format(*RECTANGLE), True))
        ]


def row(what: str, seconds: float, seen: list[float], sounded: list[float]) -> dict[str, object]:
    figures: dict[str, object] = {"edit": what, "seconds": seconds, "edits": len(sounded)}
    for name, one in (("seen", seen), ("sound", sounded)):
        figures[f"{name}_median_ms"] = round(statistics.median(one), 1)
        figures[f"{name}_p95_ms"] = round(statistics.quantiles(one, n=20)[-1], 1)
    return {**figures, "load": round(os.getloadavg()[0], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("data/models/demo.sda"))
    parser.add_argument("--seconds", type=float, nargs="+", default=[5.0, 30.0, 120.0])
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="other models, measured on 30 s of sound")
    options = parser.parse_args()
    rounds = [(options.model, seconds) for seconds in options.seconds] + [(path, 30.0) for path in options.also]
    rows = [one for model, seconds in rounds for one in measure(model, seconds, options.edits)]
    for figures in rows:
        print("  ".join(f"{name} {value}" for name, value in figures.items()), flush=True)
    if options.write:
        text = f"{MEANING}\n\n{table(list(rows[0]), [list(one.values()) for one in rows])}"
        write_section("edit-latency", "From a key press to the new picture and the new sound", text)


if __name__ == "__main__":
    main()
