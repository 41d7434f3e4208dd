"""The card of the history in the served page: by pointer, by keys, and after a reload."""

import shutil

import pytest
from frame_acts import open_dock, wait_for_sound
from playwright.sync_api import expect

HOSTILE = "<img src=x onerror=window.hacked=1>"


@pytest.fixture
def kept_studio(serving, tiny_model_path, tiny_corpus, tmp_path):
    """The address of a workbench whose sounds are kept, and its data folder."""
    (tmp_path / "data/models").mkdir(parents=True)
    shutil.copy(tiny_model_path, tmp_path / "data/models/tiny.sda")
    with serving(tmp_path / "data", tiny_corpus, tmp_path / "log.txt", SDA_FRESH="") as address:
        yield address, tmp_path / "data"


@pytest.fixture
def card(kept_studio, page, open_page):
    """The card, with three sounds made."""
    open_page(kept_studio[0])
    wait_for_sound(page)
    open_dock(page)
    card = page.locator(".sda-history-card")
    for count in (2, 3):
        expect(card.locator(".sda-made-row")).to_have_count(count - 1)
        page.get_by_role("button", name="Next seed").click()
    expect(card.locator(".sda-made-row")).to_have_count(3)
    return card


def titles(card):
    return [text.strip() for text in card.locator(".sda-made-title").all_inner_texts()]


def test_sounds_are_named_starred_searched_restored_and_deleted(card, page):
    rows = card.locator(".sda-made-row")
    assert titles(card) == ["tiny · seed 2", "tiny · seed 1", "tiny · seed 0"]
    assert rows.first.locator("img").evaluate("image => image.naturalWidth") == 96
    rows.nth(2).locator(".sda-made-words").click()
    card.get_by_label("Name", exact=True).fill(HOSTILE)
    card.get_by_label("Name", exact=True).press("Tab")
    expect(rows.nth(2).locator(".sda-made-title")).to_have_text(HOSTILE)
    rows.nth(2).get_by_role("button", name="Star").click()
    expect(rows.nth(2).get_by_role("button", name="Unstar")).to_be_visible()
    card.get_by_placeholder("Name, note, act").fill("onerror")
    expect(rows).to_have_count(1)
    card.get_by_role("button", name="Restore").click()
    expect(page.locator(".sda-notice")).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".sda-notice")).to_contain_text("seed 2")
    card.get_by_placeholder("Name, note, act").fill("")
    expect(rows).to_have_count(3)
    rows.first.locator(".sda-made-words").click()
    card.get_by_role("button", name="Delete chosen").click()
    expect(rows).to_have_count(2)
    page.reload()
    wait_for_sound(page)
    open_dock(page)
    expect(rows).to_have_count(2)
    assert page.evaluate("window.hacked") is None


def test_the_list_works_by_keys(card, page):
    rows = card.locator(".sda-made-row")
    page.evaluate("document.addEventListener('sda:preview', () => (window.previews = (window.previews ?? 0) + 1))")
    card.get_by_role("listbox").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press(" ")
    page.wait_for_function("window.previews === 1")
    page.keyboard.press("s")
    expect(rows.nth(1).locator(".sda-made-star")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(page.locator(".sda-notice")).to_contain_text("seed 1")
    page.keyboard.press("Shift+ArrowDown")
    expect(card.locator("[aria-selected=true]")).to_have_count(2)
    page.keyboard.press("Control+a")
    expect(card.locator("[aria-selected=true]")).to_have_count(3)
    page.keyboard.press("Delete")
    expect(rows).to_have_count(0)
    expect(card.get_by_text("Every sound that you generate")).to_be_visible()


@pytest.mark.long
def test_chosen_sounds_are_added_to_those_to_train_on(card, page, kept_studio):
    rows = card.locator(".sda-made-row")
    rows.first.locator(".sda-made-words").click()
    rows.nth(1).locator(".sda-made-words").click(modifiers=["Control"])
    card.get_by_role("button", name="Add to training sounds").click()
    expect(page.locator(".sda-place-learn").get_by_placeholder("Path of a folder")).to_have_value(
        str(kept_studio[1] / "sounds/history")
    )
    expect(page.locator(".sda-scan .sda-tile-tag", has_text="made by a model")).to_have_count(2)
    expect(page.locator(".sda-place-learn").get_by_role("button", name="Grow", exact=True)).to_be_enabled()
