"""Equal loudness and blind tests in the served page."""

import math
import re

import pytest
from frame_acts import go_to, wait_for_grid
from playwright.sync_api import expect

# All that the page holds in elements, also in those inside of widgets, and the pixels of its drawings.
WHOLE = """() => {
  const text = (node) => [...(node.shadowRoot ? [node.shadowRoot] : []), ...node.querySelectorAll("*")]
    .filter((one) => one.shadowRoot || one === node.shadowRoot)
    .map((one) => (one.shadowRoot ?? one).innerHTML)
    .join("");
  const pixels = [...document.querySelectorAll("*")]
    .flatMap((one) => [...(one.shadowRoot ?? one).querySelectorAll("canvas")])
    .map((one) => one.toDataURL());
  return document.documentElement.outerHTML + text(document.body) + [...new Set(pixels)].join();
}"""
FIRST = """async (from) => {
  const samples = window.takes.slice(from).find((take) => take[0] === "1")[1];
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", samples))).join();
}"""


KEEP_RAMPS = """
window.ramps = [];
const ramp = AudioParam.prototype.linearRampToValueAtTime;
AudioParam.prototype.linearRampToValueAtTime = function (value, at) {
  window.ramps.push(value);
  return ramp.call(this, value, at);
};
"""


def played_gain(page):
    """Play, and return the gain in dB at which the take that is heard begins; the others begin at none."""
    page.evaluate("window.ramps = []")
    page.keyboard.press("Space")
    page.wait_for_function("window.ramps.length >= 3")
    ramps = page.evaluate("window.ramps.slice(0, 3)")
    page.keyboard.press("Space")
    assert sum(value > 0 for value in ramps) == 1
    return 20 * math.log10(max(ramps))


def two_sounds(page):
    wait_for_grid(page)
    page.get_by_role("button", name="Side by side").click()
    page.get_by_role("button", name="B", exact=True).click()
    page.wait_for_selector(".sda-take[data-name=B]")
    count = page.evaluate("window.takes.length")
    go_to(page, "Play")
    page.get_by_role("button", name="Next seed", exact=True).click()
    page.wait_for_function(f"window.takes.slice({count}).some((take) => take[0] === 'B')")


def test_a_blind_test_leaves_no_trace_of_its_order(page, studio, open_page):
    page.add_init_script(KEEP_RAMPS)
    open_page(studio)
    two_sounds(page)
    page.get_by_role("button", name="Equal loudness").click()
    expect(page.locator(".sda-take[data-name=B] small")).to_have_text(re.compile(r"^ ?[+-]?\d+\.\d dB$"))
    page.locator(".sda-wave").click()
    page.keyboard.press("1")
    expect(page.locator(".sda-take[data-name=Edited]")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("2")
    expect(page.locator(".sda-take[data-name=B]")).to_have_attribute("aria-checked", "true")

    shown = float(page.locator(".sda-take[data-name=B] small").text_content().removesuffix("dB"))
    assert played_gain(page) == pytest.approx(shown, abs=0.06)
    go_to(page, "Codes")
    page.locator(".sda-grid-main").first.focus()
    page.keyboard.press("Shift+Digit1")
    expect(page.locator(".sda-take[data-name=Edited]")).to_have_attribute("aria-checked", "true")

    count = page.evaluate("window.takes.length")
    go_to(page, "Mix")
    page.get_by_role("button", name="Blind votes").click()
    page.get_by_role("button", name="2", exact=True).focus()  # as it is after every vote
    orders, pages = set(), set()
    for answers in range(10):
        expect(page.locator(".sda-listening")).to_contain_text(f"best? {answers} answer")
        page.wait_for_function(f"window.takes.slice({count}).filter((take) => '12'.includes(take[0])).length == 2")
        expect(page.locator(".sda-take")).to_have_text(["1", "2"])
        orders.add(page.evaluate(FIRST, count))
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        pages.add(re.sub(r"\d+ answers? so far", "", page.evaluate(WHOLE)))
        count = page.evaluate("window.takes.length")
        page.get_by_role("button", name="2", exact=True).click()
    assert len(orders) == 2  # either sound was the first of some round,
    assert len(pages) == 1  # and the page was the same

    page.get_by_role("button", name="Finish").click()
    expect(page.locator(".sda-listening")).to_contain_text(re.compile(r"Votes: A \d+, B \d+\."))
    expect(page.locator(".sda-take[data-name=Edited]")).to_have_count(1)

    page.get_by_role("button", name="ABX").click()
    expect(page.locator(".sda-take")).to_have_text(["A", "B", "X"])
    page.locator(".sda-wave").click()
    page.keyboard.press("x")
    expect(page.locator(".sda-take[data-name=X]")).to_have_attribute("aria-checked", "true")
    page.get_by_role("button", name="X is A").click()
    expect(page.locator(".sda-listening")).to_contain_text("1 answer so far")
    page.get_by_role("button", name="Finish").click()
    expect(page.locator(".sda-listening")).to_contain_text(
        re.compile(r"ABX of A and B: [01] of 1 right, p = (0\.5|1)\.")
    )
