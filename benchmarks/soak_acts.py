"""Random acts of a user on the served page, each of which waits for its own answer; used by soak.py."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from workbench_page import go_to

# Counts what the page plays, keeps none of it.
COUNTING = """
window.takes = window.previews = 0;
document.addEventListener("sda:take", () => (window.takes += 1));
document.addEventListener("sda:preview", () => (window.previews += 1));
"""
# Milliseconds within which every act has to be answered.
PATIENCE = 90_000
# Milliseconds within which a page has to open, beside whatever else the computer does.
OPENING = 300_000
MOVE_SLIDER = """(handle, share) => {
  handle.value = Number(handle.min) + share * (Number(handle.max) - Number(handle.min));
  handle.dispatchEvent(new Event("input", { bubbles: true }));
  handle.dispatchEvent(new Event("change", { bubbles: true }));
}"""


SETTLED = """async () => {
  for (let seen = -1; seen !== window.takes; await new Promise((after) => setTimeout(after, 300))) seen = window.takes;
}"""


class NotPossibleError(Exception):
    """What the act needs is not there: nothing to undo, no slider."""


@dataclass
class User:
    """Somebody at one page: the page, their random numbers, and a file that they can upload."""

    page: Page
    random: random.Random
    upload: Path

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True).locator("visible=true").first

    def go_to(self, title: str) -> None:
        """Show a place of the page."""
        go_to(self.page, title)

    def settle(self) -> None:
        """Wait until no more sounds arrive, so that the next one is the answer to the next act."""
        self.page.evaluate(SETTLED)

    def card(self, title: str) -> Locator:
        return self.page.locator(".sda-card", has=self.page.get_by_role("heading", name=title, exact=True)).first

    def after(self, count: str, act: Callable[[], object]) -> None:
        """Act, and wait until a count of the page is higher than before."""
        before = self.page.evaluate(count)
        act()
        self.page.wait_for_function(f"({count}) > {before}", timeout=PATIENCE)

    def take(self, act: Callable[[], object]) -> None:
        """Act, and wait until a sound has arrived."""
        self.after("window.takes", act)

    def changed(self, part: Locator, act: Callable[[], object]) -> None:
        """Act, and wait until the text of a part of the page is another one."""
        before = part.inner_text()
        act()
        changed = "([node, before]) => node.innerText !== before"
        self.page.wait_for_function(changed, arg=[part.element_handle(), before], timeout=PATIENCE)

    def drag_over_cells(self) -> None:
        plot = self.page.locator(".sda-grid-main .plotarea_background").first
        plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")
        box = plot.bounding_box() or {"x": 0, "y": 0, "width": 1, "height": 1}
        left, top = self.random.uniform(0.05, 0.4), self.random.uniform(0.05, 0.4)
        self.page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + (left + 0.3) * box["width"], box["y"] + (top + 0.4) * box["height"], steps=5)
        self.page.mouse.up()


def need(there: object) -> None:
    """Raise NotPossibleError unless something is there."""
    if not there:
        raise NotPossibleError


def new_sound(user: User) -> None:
    user.go_to("Play")
    user.take(user.button("Next seed").click)


def randomize(user: User) -> None:
    user.go_to("Codes")
    user.drag_over_cells()
    user.take(user.button("Randomize").click)


def undo(user: User) -> None:
    need(user.button("Undo").is_enabled())
    user.take(user.button("Undo").click)


def redo(user: User) -> None:
    need(user.button("Redo").is_enabled())
    user.take(user.button("Redo").click)


def move_slider(user: User) -> None:
    user.go_to("Play")
    handles = user.page.locator(".sda-slider:visible input[type=range]:enabled")
    need(count := handles.count())
    handle = handles.nth(user.random.randrange(count))
    user.take(lambda: handle.evaluate(MOVE_SLIDER, user.random.random()))


def open_example(user: User) -> None:
    user.go_to("Library")
    rows = user.card("Open a sound").locator(".sda-picker li")
    need(count := rows.count())
    user.take(rows.nth(user.random.randrange(count)).dblclick)


def upload(user: User) -> None:
    user.go_to("Play")
    with user.page.expect_file_chooser() as chooser:
        user.button("Choose a file").click()
    user.take(lambda: chooser.value.set_files(user.upload))
    expect(user.button("Choose a file")).to_be_enabled(timeout=PATIENCE)


def wrong_path(user: User) -> None:
    user.go_to("Library")
    field = user.page.get_by_placeholder("Path of a sound file")
    field.fill(user.random.choice(["nowhere.wav", "/", "../../../etc/passwd", "/dev/zero", "~nobody/x.wav"]))
    user.changed(user.card("Open a sound").locator(".sda-picker p"), lambda: field.press("Enter"))
    field.fill("")


def preview_code(user: User) -> None:
    user.go_to("Codes")
    palette = user.page.locator(".sda-palette")
    if palette.get_by_role("button", name="Show", exact=True).is_visible():
        palette.get_by_role("button", name="Show", exact=True).click()
    figure = user.page.locator(".sda-palette-figure[role=application]")
    figure.press(user.random.choice(["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"]))
    user.after("window.previews", palette.get_by_role("button", name="Preview", exact=True).click)


def two_sounds(user: User) -> None:
    """Show a second sound, blend both, and close it again."""
    user.go_to("Codes")
    grids = user.page.locator(".sda-grid-main[role=grid]:visible")
    user.take(user.button("Side by side").click)
    expect(grids).to_have_count(2, timeout=PATIENCE)
    user.settle()
    user.go_to("Mix")
    slider = user.card("Blend").locator(".noUi-handle").first
    user.take(lambda: slider.press("PageUp"))
    user.go_to("Codes")
    user.button("Side by side").click()
    expect(grids).to_have_count(1, timeout=PATIENCE)


def export(user: User) -> None:
    user.go_to("Export")
    card = user.card("Export")
    user.changed(card, card.get_by_role("button", name="Export", exact=True).click)


def save_and_open(user: User) -> None:
    user.go_to("Library")
    card = user.card("Sessions")
    user.changed(card, user.button("Save session").click)
    user.take(user.button("Open session").click)


def other_side(user: User) -> None:
    """Look at the place for training, and come back."""
    user.go_to("Learn")
    user.page.wait_for_selector(".sda-scan:visible", timeout=PATIENCE)
    user.go_to("Codes")
    user.page.wait_for_selector(".sda-grid-main[role=grid]:visible", timeout=PATIENCE)


def train(user: User) -> None:
    """Start a training of the closed form of a model; it goes on while the page does other things."""
    user.go_to("Learn")
    form = user.page.locator(".sda-train-form")
    for label, text in (("Minutes", "0"), ("Name", f"trained {user.random.randrange(10**9)}")):
        form.get_by_label(label, exact=True).fill(text)
        user.page.keyboard.press("Tab")
    form.get_by_role("button", name="Train", exact=True).click()
    chip = user.page.locator(".sda-place-learn .sda-chip").first
    expect(chip).to_have_text(re.compile("running|queued|finished"), timeout=PATIENCE)


def reload(user: User) -> None:
    user.page.reload()
    ready(user.page)


def ready(page: Page) -> None:
    """Wait until a page has its first sound."""
    page.wait_for_selector(".sda-rail", timeout=OPENING)
    page.wait_for_function("window.takes >= 2", timeout=OPENING)


# How often each act is chosen, relative to the others.
ACTS: dict[Callable[[User], None], float] = {
    new_sound: 3, randomize: 4, undo: 3, redo: 2, move_slider: 4, open_example: 2, upload: 1, wrong_path: 1,
    preview_code: 3, two_sounds: 2, export: 2, save_and_open: 1, other_side: 1, train: 0.3, reload: 0.5,
}  # fmt: skip
