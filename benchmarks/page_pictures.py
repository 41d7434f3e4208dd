"""Pictures of every place of the page in both themes and three sizes, and what of it does not fit.

.venv/bin/python benchmarks/page_pictures.py MODEL -o FOLDER [--states one many ...] [--sizes 1280x800 ...]

MODEL has sliders. A state is what a user sees at some point of the work (`STATES`); its pictures are named
STATE-PLACE-SIZE-THEME.png. Printed for each: whether the page scrolls, texts and controls that are cut off or covered,
scroll bars inside scroll bars, what scrolls, and the share of the place that cards fill.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from workbench_page import ARGUMENTS, CHECKOUT, PATIENCE, served, trained

DEMO = CHECKOUT / "data" / "demo"
PLACES = ("Learn", "Play", "Codes", "Mix", "Export", "Library")
SIZES = ("1280x800", "1920x1080", "900x1200")
THEMES = ("light", "dark")
# Milliseconds in which a page must not change before its picture is taken, and the most tries.
SETTLED, TRIES = 500, 8
FAULTS = (Path(__file__).with_suffix(".js")).read_text()


@dataclass(frozen=True)
class State:
    """What a user sees at some point of the work.

    Args:
        bring: brings a page with a first sound there.
        places: the places to look at.
        has_model: whether the home has a model.
        is_training: whether a training runs.
    """

    bring: Callable[[Page], object] = field(default=lambda page: None)
    places: tuple[str, ...] = PLACES
    has_model: bool = True
    is_training: bool = False


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("-o", "--folder", type=Path, required=True)
    parser.add_argument("--states", nargs="+", choices=STATES, default=list(STATES))
    parser.add_argument("--places", nargs="+", choices=PLACES, default=list(PLACES))
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=list(THEMES))
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name in given.states:
            with opened(browser, STATES[name], given.model) as page:
                take_pictures(page, name, [one for one in STATES[name].places if one in given.places], given)
        browser.close()


@contextlib.contextmanager
def opened(browser: Browser, state: State, model: Path) -> Iterator[Page]:
    """A page in a state, on a home of its own."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        home = Path(folder)
        (home / "models").mkdir()
        if state.has_model:
            shutil.copy(model, home / "models")
        if state.is_training:
            stack.enter_context(trained(home, DEMO))
        link = stack.enter_context(served(home, demo=DEMO))
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(link)
        page.wait_for_selector(".sda-play:enabled" if state.has_model else ".sda-starter")
        state.bring(page)
        yield page
        page.context.close()


def take_pictures(page: Page, name: str, places: Sequence[str], given: argparse.Namespace) -> None:
    """Write a picture of every place in all sizes and themes, and print what of it does not fit."""
    for place in places:
        if places != ["Play"] or not page.locator(".sda-place-play.sda-shown").count():
            go_to(page, place)
        for size in given.sizes:
            width, height = map(int, size.split("x"))
            page.set_viewport_size({"width": width, "height": height})
            for theme in given.themes:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                (given.folder / f"{name}-{place.lower()}-{size}-{theme}.png").write_bytes(settled(page))
            for fault in page.evaluate(FAULTS):
                print(f"{name} {place} {size}: {fault}", flush=True)


def settled(page: Page) -> bytes:
    """Return a picture of the page after everything has been laid out."""
    before = b""
    for _ in range(TRIES):
        page.wait_for_timeout(SETTLED)
        now = page.screenshot()
        if now == before:
            break
        before = now
    return now


def go_to(page: Page, place: str) -> None:
    """Show a place, and wait until it is drawn."""
    page.get_by_role("navigation", name="Places").get_by_role("button", name=place, exact=True).click()
    page.wait_for_selector(f".sda-place-{place.lower()}.sda-shown")
    page.wait_for_timeout(1500)


def make_four(page: Page) -> None:
    """Four sounds beside each other, each of its own seed, the first of them edited and exported."""
    go_to(page, "Codes")
    press(page, "Side by side")
    press(page, "Add C")
    press(page, "Add D")
    for name in "BCD":
        go_to(page, "Codes")
        page.locator(".sda-place-codes .sda-ab-bar").get_by_role("button", name=name, exact=True).click()
        go_to(page, "Play")
        press(page, "Next seed")
    go_to(page, "Codes")
    press(page, "Select all")
    press(page, "Reverse")
    press(page, "Randomize")
    go_to(page, "Export")
    press(page, "Export")
    press(page, "Export")


def press(page: Page, name: str) -> None:
    """Press a button of the place that is shown, and give what it does a moment."""
    page.locator(".sda-stage > .sda-shown").get_by_role("button", name=name, exact=True).click()
    page.wait_for_timeout(1500)


def make_long(page: Page) -> None:
    """A sound of six seconds with its spectrogram, some of whose cells are selected and moved."""
    go_to(page, "Play")
    seconds = page.locator(".sda-place-play .widget-hslider").filter(has_text="Seconds").locator(".widget-readout")
    seconds.fill("6.0")
    seconds.press("Enter")
    press(page, "Generate")
    show_spectrogram(page)
    go_to(page, "Codes")
    plot = page.locator(".sda-grid-main .plotarea_background").first.bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + 0.22 * plot["width"], plot["y"] + 0.3 * plot["height"])
    page.mouse.down()
    page.mouse.move(plot["x"] + 0.36 * plot["width"], plot["y"] + 0.7 * plot["height"], steps=5)
    page.mouse.up()
    press(page, "+")


def show_spectrogram(page: Page) -> None:
    go_to(page, "Play")
    page.get_by_role("button", name="Spectrogram").click()
    page.wait_for_selector(".sda-spectrogram[data-state=drawn]")


def search_commands(page: Page) -> None:
    go_to(page, "Play")
    page.keyboard.press("Control+k")
    page.wait_for_selector(".sda-commands[open]")


def show_keys(page: Page) -> None:
    go_to(page, "Play")
    page.keyboard.press("?")
    page.wait_for_selector(".sda-keys[open]")


def open_history(page: Page) -> None:
    page.locator(".sda-dock-toggle").click()
    page.wait_for_selector(".sda-history")


def show_tiles(page: Page) -> None:
    go_to(page, "Library")
    press(page, "Tiles")


def fail_to_open(page: Page) -> None:
    go_to(page, "Library")
    page.get_by_placeholder("Path of a sound file").fill("/no/such/sound.wav")
    page.locator(".sda-files").get_by_role("button", name="Open", exact=True).click()
    page.wait_for_timeout(3000)


STATES = {
    "one": State(),
    "many": State(make_four),
    "long": State(make_long, ("Codes", "Play", "Mix")),
    "spectrogram": State(show_spectrogram, ("Play", "Codes", "Mix", "Export")),
    "commands": State(search_commands, ("Play",)),
    "keys": State(show_keys, ("Play",)),
    "history": State(open_history, ("Play", "Codes", "Mix", "Export")),
    "tiles": State(show_tiles, ("Library",)),
    "empty": State(has_model=False),
    "error": State(fail_to_open, ("Library", "Mix")),
    "training": State(is_training=True, places=("Learn", "Play")),
}

if __name__ == "__main__":
    main()
