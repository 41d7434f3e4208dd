"""The code grid with mouse and keyboard, in Voila and in JupyterLab."""

import re

import numpy as np
import soundfile
from frame_acts import go_to, open_dock, wait_for_grid
from playwright.sync_api import expect

DIGEST = """async () => {
  const samples = window.takes.findLast((take) => take[0] === "Edited")[1];
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", samples))).join();
}"""


class Hand:
    """Mouse and keyboard on one grid of a page."""

    def __init__(self, page):
        self.page = page
        wait_for_grid(page)
        page.wait_for_function("new Set(window.takes.map(t => t[0])).size >= 2")
        self.plot = page.locator(".sda-grid-main .plotarea_background").first
        self.plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")
        self.status = page.locator(".sda-grid .sda-status [role=status]").first

    def at(self, x, y):
        box = self.plot.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def click(self, x, y, **more):
        self.page.mouse.click(*self.at(x, y), **more)

    def drag(self, one, other):
        self.page.mouse.move(*self.at(*one))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*other), steps=8)
        self.page.mouse.up()

    def keys(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def digest_after(self, act):
        """Do something and return the digest of the edited sound it makes."""
        count = self.page.evaluate("window.takes.length")
        act()
        self.page.wait_for_function(f"window.takes.slice({count}).some(t => t[0] === 'Edited')")
        return self.sound()

    def sound(self):
        return self.page.evaluate(DIGEST)

    def says(self, text):
        expect(self.status).to_contain_text(text)

    def number(self, pattern):
        return int(re.search(pattern, self.status.inner_text()).group(1))


def play(hand):
    """Edit a grid in six ways; every sound is different, and undo returns to the first."""
    page, first = hand.page, hand.sound()
    hand.click(0.3, 0.04)
    hand.says("Structure 1 · frame")
    digests = [hand.digest_after(lambda: hand.keys("]" if hand.number(r"code (\d+) of") == 0 else "["))]

    hand.drag((0.1, 0.3), (0.25, 0.6))
    hand.says("selected")
    digests.append(hand.digest_after(lambda: page.get_by_role("button", name="Randomize", exact=True).first.click()))

    hand.keys("Control+c")
    hand.click(0.6, 0.3)
    digests.append(hand.digest_after(lambda: hand.keys("Control+v")))

    hand.click(0.5, 0.1)
    hand.keys("b")
    hand.says("brush paints code")
    digests.append(hand.digest_after(lambda: hand.drag((0.4, 0.2), (0.8, 0.9))))
    hand.keys("b")

    hand.click(0.7, 0.95)
    digests.append(hand.digest_after(lambda: hand.keys("m")))
    hand.says("muted")

    page.locator(".sda-edit-form select").first.select_option("Duplicate")
    digests.append(hand.digest_after(lambda: page.locator(".sda-edit-form button").first.click()))
    assert len({first, *digests}) == 7

    for sound in [*reversed(digests[:-1]), first]:
        assert hand.digest_after(lambda: hand.keys("Control+z")) == sound
    assert hand.digest_after(lambda: hand.keys("Control+Shift+z")) == digests[0]
    open_dock(page)
    assert hand.digest_after(lambda: page.locator(".sda-history select").select_option(index=6)) == digests[-1]
    assert hand.digest_after(lambda: page.locator(".sda-history select").select_option(index=0)) == first
    page.locator(".sda-dock-toggle").click()


def rename(hand):
    box = hand.plot.bounding_box()
    hand.page.mouse.dblclick(box["x"] - 30, box["y"] + box["height"] * 2.5 / 12)
    field = hand.page.locator(".sda-level-name input")
    expect(field).to_be_focused()
    field.fill("Grit")
    hand.keys("Enter")
    hand.says("Grit · frame 0")
    expect(hand.page.locator(".sda-grid-main text", has_text="Grit")).to_have_count(1)


def without_a_pointer(hand):
    """Move, select, type, freeze and scroll with keys only."""
    hand.page.locator(".sda-grid-main").first.focus()
    hand.keys("Home", *["ArrowUp"] * 12, "ArrowRight", "ArrowDown")
    hand.says("frame 1")
    hand.keys("Shift+ArrowRight", "Shift+ArrowDown")
    hand.says("selected 2 × 2 cells")
    code = hand.number(r"code (\d+) of")
    wanted = 5 if code != 5 else 6
    hand.digest_after(lambda: hand.keys("Enter", str(wanted), "Enter"))
    hand.says(f"code {wanted} of")
    hand.keys("k", "Escape", "Home", "ArrowRight")
    hand.says("frame 1")
    hand.keys("r")
    hand.says("selected 1 ×")
    hand.keys("c")
    hand.says("selected 12 × 1 cells")


def five_minutes(hand, folder):
    """A long sound is complete, and every cell of it can be reached."""
    page, path = hand.page, folder / "long.flac"
    rain = np.random.default_rng(0).normal(0, 0.1, 44100) * np.linspace(1, 0, 44100) ** 2
    soundfile.write(path, np.tile(rain, 300), 44100)
    go_to(page, "Library")
    page.get_by_placeholder("Path of a sound file").fill(str(path))
    page.get_by_placeholder("Path of a sound file").press("Tab")
    hand.digest_after(lambda: page.locator(".sda-files").get_by_role("button", name="Open", exact=True).click())
    go_to(page, "Codes")
    hand.plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")
    hand.click(0.5, 0.5)
    near = hand.number(r"frame (\d+)")
    assert near < 256
    hand.keys("f")
    page.wait_for_timeout(300)
    hand.click(0.5, 0.5)
    hand.says("150.")
    middle = hand.number(r"frame (\d+)")
    page.keyboard.down("Control")
    for _ in range(8):
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(80)
    page.keyboard.up("Control")
    page.wait_for_timeout(300)
    hand.click(0.75, 0.5)
    expect(hand.status).not_to_contain_text(f"frame {middle} ")
    assert 0 < hand.number(r"frame (\d+)") - middle < middle / 8
    hand.digest_after(lambda: hand.keys("+"))


def test_grid_with_mouse_and_keys(either, page, studio_folders):
    either(page)
    hand = Hand(page)
    play(hand)
    rename(hand)
    without_a_pointer(hand)
    five_minutes(hand, studio_folders[0])
