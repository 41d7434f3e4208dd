"""Light and dark: what the system asks for, what is chosen on the page, and what is drawn outside of style sheets."""

import re

import pytest
from playwright.sync_api import expect

SCHEME = "() => getComputedStyle(document.querySelector('.sda-app')).colorScheme"
COLOR = """([selector, property]) => {
  const probe = document.querySelector(selector).appendChild(document.createElement("i"));
  probe.style.color = `var(${property})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}"""
GROUND = "selector => getComputedStyle(document.querySelector(selector)).backgroundColor"
WAVE = """() => {
  const canvas = document.querySelector(".sda-wave > div").shadowRoot.querySelector(".canvases canvas");
  const { data } = canvas.getContext("2d").getImageData(0, canvas.height / 2, canvas.width, 1);
  const at = data.findIndex((value, place) => place % 4 === 3 && value === 255);
  return `rgb(${data.slice(at - 3, at).join(", ")})`;
}"""
LIGHT_LAB = "() => { window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' }); }"
DARK_LAB = "() => { window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' }); }"


def brightness(color):
    return sum(map(int, re.findall(r"\d+", color)[:3])) / 3


def choose(page, name):
    page.get_by_role("radio", name=name).check()


def test_the_page_follows_the_system_until_a_theme_is_chosen(page, studio, open_page):
    page.emulate_media(color_scheme="dark")
    open_page(studio)
    expect(page.locator(".sda-theme")).to_be_visible()
    assert page.evaluate(SCHEME) == "dark"
    assert brightness(page.evaluate(GROUND, "body")) < 40
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"({SCHEME})() === 'light'")
    assert brightness(page.evaluate(GROUND, "body")) > 220
    choose(page, "Dark theme")
    assert page.evaluate(SCHEME) == "dark"
    assert brightness(page.evaluate(GROUND, ".sda-card")) < 40
    page.emulate_media(color_scheme="dark")
    choose(page, "Light theme")
    assert page.evaluate(SCHEME) == "light"
    assert brightness(page.evaluate(GROUND, ".sda-card")) > 220
    choose(page, "Theme of the system")
    assert page.evaluate(SCHEME) == "dark"


@pytest.mark.long
def test_a_chosen_theme_stays_with_the_page_and_begins_the_next(page, studio, open_page):
    open_page(studio)
    choose(page, "Dark theme")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.sdaTheme") == "dark"  # before any widget is drawn
    expect(page.get_by_role("radio", name="Dark theme")).to_be_checked()
    other = page.context.new_page()
    open_page(studio, other)
    expect(other.get_by_role("radio", name="Dark theme")).to_be_checked()
    choose(other, "Light theme")
    page.reload()
    expect(page.get_by_role("radio", name="Dark theme")).to_be_checked()
    other.close()


@pytest.mark.long
def test_the_waveform_is_drawn_again_in_the_colors_of_the_other_theme(page, studio, open_page):
    open_page(studio)
    page.wait_for_function("window.takes.length >= 2")
    drawn = []
    for name in ("Dark theme", "Light theme"):
        choose(page, name)
        wanted = page.evaluate(COLOR, [".sda-player", "--sda-wave"])
        page.wait_for_function(f"({WAVE})() === '{wanted}'")
        drawn.append(wanted)
    assert len(set(drawn)) == 2


@pytest.mark.long
def test_the_page_in_jupyterlab_follows_the_notebook_or_what_is_chosen(page, lab):
    lab(page, shows=".sda-theme")
    assert page.evaluate(SCHEME) == "light"
    page.evaluate(DARK_LAB)
    page.wait_for_function(f"({SCHEME})() === 'dark'")
    choose(page, "Light theme")
    assert page.evaluate(SCHEME) == "light"
    assert brightness(page.evaluate(GROUND, ".sda-card")) > 220
    page.evaluate(LIGHT_LAB)
    page.wait_for_selector("body[data-jp-theme-light=true]", state="attached")
    choose(page, "Dark theme")
    assert page.evaluate(SCHEME) == "dark"
    choose(page, "Theme of the system")
    assert page.evaluate(SCHEME) == "light"
