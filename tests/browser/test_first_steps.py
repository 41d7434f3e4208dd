"""A first page: computed sounds play without any file, and a line says what to try; it is put away for good."""

import pytest
from frame_acts import go_to
from playwright.sync_api import expect
from test_accessibility import SERIOUS, bring_axe, show_theme

# Parts of the line whose words don't fit, or that lie outside of the window.
CUT_OFF = """() => [...document.querySelectorAll(".sda-first, .sda-first button, .sda-first-words")].filter((one) => {
  const box = one.getBoundingClientRect();
  return one.scrollWidth > one.clientWidth + 1 || box.right > innerWidth || box.bottom > innerHeight || !box.height;
}).map((one) => one.textContent)"""
SIZES = ((1280, 800), (900, 1200))


@pytest.fixture
def empty_studio(serving, tiny_corpus, tmp_path):
    """The address of a workbench with an empty home, whose pages are kept."""
    with serving(tmp_path / "data", tiny_corpus, tmp_path / "log.txt", SDA_FRESH="") as address:
        yield address


def test_a_newcomer_plays_tries_and_puts_the_steps_away(empty_studio, page, open_page):
    open_page(empty_studio)
    steps = page.locator(".sda-first")
    expect(steps).to_contain_text("SDA makes new sounds out of sounds.")
    page.wait_for_selector(".sda-take")  # the starter, by itself
    expect(steps).to_contain_text("out of 44 computed sounds")
    expect(page.locator(".sda-place-play.sda-shown .sda-slider").first).to_be_visible()

    page.keyboard.press("Space")
    page.wait_for_selector(".sda-first .sda-done")
    steps.get_by_role("button", name="Move a slider").click()
    expect(page.locator('.sda-slider[data-name="brightness"]')).to_contain_text("Hz")

    bring_axe(page)
    for theme in ("light", "dark"):
        show_theme(page, theme)
        assert page.evaluate(SERIOUS) == []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)  # the page is laid out anew
        assert page.evaluate(CUT_OFF) == []

    steps.get_by_role("button", name="Use your own sounds").click()
    page.wait_for_selector(".sda-place-learn.sda-shown")
    expect(steps).to_contain_text("Drop ten or more of your sounds")
    steps.get_by_role("button", name="Skip").focus()
    page.keyboard.press("Enter")
    expect(steps).to_be_hidden()
    page.wait_for_timeout(1500)  # the state of the page is kept a moment after the last act

    page.reload()
    page.wait_for_selector(".sda-take")
    expect(steps).to_be_hidden()
    go_to(page, "Play")
    page.locator(".sda-wave").click()
    page.keyboard.press("?")
    page.get_by_role("button", name="Show the first steps").click()
    expect(steps).to_be_visible()
