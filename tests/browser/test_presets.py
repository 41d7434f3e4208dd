"""The card of presets in the served page."""

from frame_acts import wait_for_sound
from playwright.sync_api import expect


def card_of(page):
    return page.locator(".sda-card", has=page.get_by_role("heading", name="Presets"))


def test_a_preset_is_chosen_used_saved_and_deleted(page, studio, open_page):
    open_page(studio)
    wait_for_sound(page)
    card = card_of(page)
    card.locator("select").first.select_option("Slow swell")
    expect(card.get_by_text("Rises from almost nothing")).to_be_visible()
    expect(card.locator("dd", has_text="6 s")).to_be_visible()
    card.get_by_role("button", name="Use").click()
    expect(page.locator(".sda-clock")).to_contain_text("6.0")
    card.get_by_placeholder("Name of a new preset").fill("<img src=x onerror=window.hacked=1>")
    card.get_by_placeholder("Name of a new preset").press("Tab")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text("Saved as <img")).to_be_visible()
    card.get_by_role("button", name="Star").click()
    expect(card.get_by_role("button", name="Unstar")).to_be_visible()
    expect(card.locator("select").first.locator("option").nth(1)).to_contain_text("★ <img")
    card.get_by_role("button", name="Delete").click()
    expect(card.get_by_text("is in the trash")).to_be_visible()
    card.locator("select").first.select_option("Opening up")
    expect(card.get_by_text("This model leaves out:")).to_be_visible()
    expect(card.locator("li").first).to_contain_text("brightness: the model has no sliders yet")
    assert page.evaluate("window.hacked") is None
