"""Keys of the page, the sheet that shows them, and the search that finds any act by words."""

import pytest
from playwright.sync_api import expect

from sda_widgets.common.keys import KEYS


@pytest.fixture
def opened(studio, page, open_page):
    open_page(studio)
    page.wait_for_function("window.takes.length >= 2")
    return page


def show(page, name):
    """Show a place of the page."""
    page.get_by_role("navigation", name="Places").get_by_role("button", name=name, exact=True).click()


def grid_of(page):
    show(page, "Codes")
    page.wait_for_selector(".sda-grid-main[role=grid]")
    return page.locator(".sda-grid-main").first


def plays(page, is_playing):
    expect(page.locator(".sda-play")).to_have_attribute("aria-pressed", str(is_playing).lower())


def found(page, words):
    """Search for words; return the lines that are listed."""
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="What you want to do")
    expect(field).to_be_focused()
    field.fill(words)
    lines = page.locator(".sda-commands li")
    expect(lines.first).to_contain_text(words.split()[0], ignore_case=True)
    return lines


def test_space_plays_wherever_no_text_is_typed(opened):
    page = opened
    page.evaluate("document.activeElement.blur()")
    page.get_by_role("button", name="Loop", exact=True).click()
    plays(page, False)
    page.keyboard.press("Space")  # on the button that has just been clicked
    plays(page, True)
    expect(page.get_by_role("button", name="Loop", exact=True)).to_have_attribute("aria-pressed", "true")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")  # without a focus
    plays(page, False)
    grid_of(page).focus()
    page.keyboard.press("Space")
    plays(page, True)
    show(page, "Play")
    name = page.get_by_placeholder("Name of a new preset")
    name.click()
    page.keyboard.type("a b")
    expect(name).to_have_value("a b")
    plays(page, True)
    show(page, "Mix")
    page.keyboard.press("Space")  # on the button of the place
    plays(page, False)
    expect(page.locator(".sda-place-mix")).to_be_visible()


@pytest.mark.long
def test_the_sheet_shows_every_key_and_gives_the_focus_back(opened):
    page = opened
    grid = grid_of(page)
    grid.focus()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    shown = sheet.locator("kbd").all_inner_texts()
    assert {label for line in shown for label in line.split(", ")} >= {key.label for key in KEYS if key.label != ","}
    page.keyboard.press("Space")  # presses Close, as keys of the page rest
    expect(sheet).to_be_hidden()
    expect(grid).to_be_focused()
    plays(page, False)
    page.get_by_role("button", name="Show all keys").click()
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_command_is_found_by_words_and_run(opened):
    page = opened
    lines = found(page, "reverse cells")
    expect(lines).to_have_count(1)
    page.keyboard.press("Escape")
    count = page.evaluate("window.takes.length")
    found(page, "generate with")
    page.keyboard.press("Enter")
    page.wait_for_function(f"window.takes.length > {count + 1}")
    expect(page.locator(".sda-notice")).to_contain_text("seed 1")
    found(page, "go to learn").first.click()
    expect(page.locator(".sda-place-learn")).to_be_visible()
    found(page, "palette of codes")
    page.keyboard.press("Enter")
    expect(page.locator(".sda-palette-figure")).to_be_visible()


@pytest.mark.long
def test_what_can_not_be_run_says_why(opened):
    page = opened
    expect(found(page, "redo what").first).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(page.locator(".sda-commands-note")).to_have_text("There is nothing to redo.")
    page.get_by_role("combobox", name="What you want to do").fill("no such words")
    expect(page.locator(".sda-commands-note")).to_have_text("No command has all these words.")


@pytest.mark.long
def test_a_command_leads_to_a_field(opened):
    page = opened
    found(page, "rename the model")
    page.keyboard.press("Enter")
    expect(page.locator(".sda-place-library .widget-text", has_text="Name").locator("input:focus")).to_have_count(1)
    found(page, "blend two")
    page.keyboard.press("Escape")
    found(page, "draw a random preset")
    page.keyboard.press("Enter")
    expect(page.get_by_placeholder("Locks, e.g. novelty, sliders, effects")).to_be_focused()


@pytest.mark.long
def test_names_of_models_are_text(opened, hostile):
    page = opened
    lines = found(page, "open the model")
    expect(lines.filter(has_text=hostile)).to_have_count(1)
    assert page.evaluate("window.hacked") is None


@pytest.mark.long
def test_folded_parts_are_reached_and_unfolded_by_keyboard(opened):
    page = opened
    show(page, "Play")
    head = page.get_by_role("button", name="Sampling", exact=True)
    page.get_by_role("button", name="Regenerate selection").focus()
    page.keyboard.press("Tab")
    expect(head).to_be_focused()
    expect(head).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".widget-hslider", has_text="Creativity")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".widget-hslider", has_text="Creativity")).to_be_hidden()
