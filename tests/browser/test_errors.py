"""Errors are shown beside the control that caused them, with the remedy, until something is changed there."""

from frame_acts import go_to, place, wait_for_sound
from playwright.sync_api import expect


def test_what_failed_stands_below_its_control_until_that_is_changed(studio, page, open_page):
    open_page(studio)
    wait_for_sound(page)
    beside = page.locator(".sda-error-beside")

    go_to(page, "Library")
    path = place(page, "Library").get_by_placeholder("Path of a model file")
    path.fill("/nowhere/at/all.sda")
    imports = place(page, "Library").get_by_role("button", name="Import").first
    imports.click()
    expect(beside).to_contain_text("/nowhere/at/all.sda")
    assert beside.bounding_box()["y"] < imports.bounding_box()["y"] + 80
    described = page.locator(f"[aria-describedby={beside.get_attribute('id')}]")
    expect(described).to_have_text("Import")
    expect(page.get_by_role("alert").filter(has_text="/nowhere/at/all.sda")).to_have_count(1)  # said once
    path.fill("")
    expect(beside).to_have_count(0)
    expect(page.locator(".sda-notice .sda-problem")).to_have_count(0)

    go_to(page, "Learn")
    minutes = place(page, "Learn").get_by_label("Minutes").first
    minutes.fill("9999")
    minutes.press("Tab")
    expect(beside).to_contain_text("9999 is out of range: 0 to 600")
    expect(minutes).to_have_value("600")
    minutes.fill("2")
    expect(beside).to_have_count(0)
