"""The first run: from an empty home to a sound of one's own, as a newcomer does it in a browser.

    python benchmarks/first_run.py [-o FOLDER] [--minutes 1 | --steps N] [--sounds 10] [--size 1280x800] [--dark]

Serves the workbench with an empty home and drives it in headless Chromium: the starter plays, ten of the demo sounds
are dropped, a model of them is trained and played, a slider moves, a sound is generated, a cell edited, a preset used,
two sounds compared blind, one exported, and the page reloaded. Prints the seconds of each step and when it was done,
what the page forecast and what came of it, the load of the machine, and the number of console errors and of requests
to other servers; with -o it keeps a screenshot of every step. With --steps the training is short and makes no sliders.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright
from workbench_page import ARGUMENTS, CHECKOUT, go_to, served

PATIENCE = 3_600_000
# Seconds between two notes of the time left.
BETWEEN = 15.0
SOUNDS = CHECKOUT / "data" / "demo"
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
TAKES = """
window.arrived = 0;
document.addEventListener("sda:take", () => { window.arrived += 1; });
"""


@dataclass
class FirstRun:
    """A page of a newcomer, and what was found there."""

    page: Page
    sounds: list[Path]
    minutes: float
    steps: int = 0
    pictures: Path | None = None
    began: float = field(default_factory=time.monotonic)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    forecasts: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note errors of the console, and requests to other servers."""
        page = self.page
        page.on("console", lambda one: self.errors.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith(LOCAL) else self.foreign.append(one.url))

    # --- parts of the page

    def card(self, title: str) -> Locator:
        """The card of this heading."""
        return self.page.locator(".sda-shown .sda-card", has=self.page.get_by_role("heading", name=title, exact=True))

    def press(self, name: str) -> None:
        """Press a button of the place that is shown."""
        self.page.locator(".sda-shown").get_by_role("button", name=name, exact=True).filter(visible=True).click()

    def first_step(self, name: str) -> None:
        """Press a button of the first steps."""
        self.page.locator(".sda-first").get_by_role("button", name=re.compile(name)).click()

    @contextmanager
    def other_sound(self) -> Iterator[None]:
        """Wait until what was done has sent another take to the player."""
        count = self.page.evaluate("window.arrived")
        yield
        self.page.wait_for_function(f"window.arrived > {count}")

    # --- steps

    def starter(self) -> None:
        self.page.wait_for_selector(".sda-first")
        self.shoot("welcome")
        self.page.wait_for_selector(".sda-take")

    def play(self) -> None:
        self.page.keyboard.press("Space")
        self.page.wait_for_function("parseFloat(document.querySelector('.sda-clock').textContent) > 0.1")

    def try_starter(self) -> None:
        with self.other_sound():
            self.first_step("Move a slider")

    def drop(self) -> None:
        self.first_step("own sounds")
        self.page.wait_for_selector(".sda-place-learn.sda-shown .sda-drop")
        self.shoot("learn")
        _drop(self.page, ".sda-collecting .sda-drop", self.sounds)
        expect(self.page.locator(".sda-scan .sda-tile svg path")).to_have_count(len(self.sounds))

    def train(self) -> None:
        form = self.page.locator(".sda-train-form")
        if self.steps:
            form.get_by_text("Advanced", exact=True).click()
        field = form.get_by_label("Steps" if self.steps else "Minutes", exact=True)
        field.fill(f"{self.steps or self.minutes:g}")
        field.press("Tab")
        self.page.wait_for_timeout(5000)  # until the machine is measured, as the forecast needs it
        self.forecasts.append(self.card_facts())
        self.first_step("Train")
        self.page.wait_for_function("document.querySelector('.sda-chip')?.textContent === 'running'")

    def card_facts(self) -> str:
        facts = self.page.locator(".sda-train-form .sda-facts").filter(visible=True).inner_text()
        return re.sub(r"\s+", " ", facts)

    def own_sound(self) -> None:
        with self.other_sound():
            self.first_step("Play what it has learned|Play the new model")

    def trained(self) -> None:
        go_to(self.page, "Learn")
        self.shoot("training")
        begin, shown, last = time.monotonic(), "", -BETWEEN
        chip = self.page.locator(".sda-place-learn .sda-chip").first
        while chip.inner_text() in ("running", "queued"):
            left = " ".join(self.page.locator(".sda-main .sda-card:has(.sda-chip) .sda-facts").all_inner_texts())
            if left != shown and time.monotonic() - last > BETWEEN:
                shown, last = left, time.monotonic()
                self.forecasts.append(f"{last - begin:5.0f} s: {re.sub(chr(10), ' ', left)}")
            time.sleep(1)
        self.forecasts.append(f"{time.monotonic() - begin:5.0f} s: {chip.inner_text()}")

    def slider(self) -> None:
        go_to(self.page, "Play")
        if self.steps:
            return
        handle = self.page.locator(".sda-slider input[type=range]").first
        if not handle.is_visible():
            self.first_step("Make sliders")
            handle.wait_for(state="visible")
        with self.other_sound():
            handle.focus()
            self.page.keyboard.press("ArrowRight")

    def generate(self) -> None:
        with self.other_sound():
            self.first_step("Make another")

    def edit(self) -> None:
        go_to(self.page, "Codes")
        self.page.wait_for_selector(".sda-grid-main[role=grid]")
        self.page.locator(".sda-grid-main").first.focus()
        with self.other_sound():
            self.page.keyboard.press("r")
            self.page.keyboard.press("+")

    def preset(self) -> None:
        go_to(self.page, "Play")
        self.card("Presets").locator("select").first.select_option("Slow swell")
        with self.other_sound():
            self.press("Use")

    def blind(self) -> None:
        go_to(self.page, "Mix")
        self.shoot("mix")
        with self.other_sound():
            self.press("A new sound")
        with self.other_sound():
            self.press("Blind votes")
        for label in ("1", "2", "1"):
            with self.other_sound():
                self.press(label)
        self.shoot("voting")
        self.press("Finish")
        expect(self.page.locator(".sda-listening")).to_contain_text("Votes:")

    def export(self) -> None:
        go_to(self.page, "Export")
        self.card("Export").get_by_role("button", name="Export", exact=True).click()
        expect(self.card("Export").locator("audio")).to_be_visible()

    def reload(self) -> None:
        time.sleep(2)  # the state is written a moment after the last act
        title = self.page.locator(".sda-notice").inner_text()
        self.page.reload()
        self.page.wait_for_selector(".sda-take")
        self.page.wait_for_selector(".sda-place-export.sda-shown")
        expect(self.page.locator(".sda-notice")).to_have_text(title)

    def shoot(self, name: str) -> None:
        """Keep a screenshot, after what moves has settled."""
        if self.pictures is not None:
            self.page.wait_for_timeout(700)
            number = len(list(self.pictures.glob("*.png")))
            self.page.screenshot(path=self.pictures / f"{number:02d}-{name}.png")


STEPS: tuple[tuple[str, Callable[[FirstRun], None]], ...] = (
    ("the page shows its first steps, and the starter plays", FirstRun.starter),
    ("Space plays it", FirstRun.play),
    ("a slider of the starter moves", FirstRun.try_starter),
    ("sounds are dropped and measured", FirstRun.drop),
    ("training begins", FirstRun.train),
    ("the first sound of one's own", FirstRun.own_sound),
    ("the training ends", FirstRun.trained),
    ("a slider moves", FirstRun.slider),
    ("another sound", FirstRun.generate),
    ("a row of the grid is edited", FirstRun.edit),
    ("a preset", FirstRun.preset),
    ("a blind vote", FirstRun.blind),
    ("an export", FirstRun.export),
    ("a reload comes back", FirstRun.reload),
)


def _drop(page: Page, zone: str, files: list[Path]) -> None:
    """Drop files from the desktop."""
    page.locator(zone).scroll_into_view_if_needed()
    box = page.locator(zone).bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    carried = {"items": [], "files": [str(path) for path in files], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **place, "data": carried})


def run(first: FirstRun, link: str) -> None:
    """Take all steps, and print how long each takes."""
    first.watch()
    first.page.goto(link)
    for words, step in STEPS:
        begin = time.monotonic()
        step(first)
        now = time.monotonic()
        print(f"{now - first.began:7.1f} s  {now - begin:6.1f} s  load {os.getloadavg()[0]:4.1f}  {words}", flush=True)
        first.shoot(f"{step.__name__}")
    for forecast in first.forecasts:
        print("   ", forecast)
    print(f"{len(first.errors)} console errors, {len(first.foreign)} external requests")
    for line in (*first.errors, *first.foreign):
        print("   ", line[:300])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--pictures", type=Path, help="folder for screenshots")
    parser.add_argument("--minutes", type=float, default=1.0, help="time limit of the training")
    parser.add_argument("--steps", type=int, default=0, help="steps of the training, instead of minutes")
    parser.add_argument("--sounds", type=int, default=10, help="number of demo sounds")
    parser.add_argument("--size", default="1280x800", help="of the window")
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    demo = sorted(SOUNDS.glob("*.flac"))
    sounds = demo[:: max(1, len(demo) // options.sounds)][: options.sounds]
    if options.pictures is not None:
        options.pictures.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "home") as link,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if options.dark else "light",
            accept_downloads=True,
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.add_init_script(TAKES)
        try:
            run(FirstRun(page, sounds, options.minutes, options.steps, options.pictures), link)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
