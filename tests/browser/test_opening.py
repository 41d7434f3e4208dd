"""Sounds come into the served page: chosen, dropped, looked for, recorded."""

import base64

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  document.querySelector(".sda-zone").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}"""


def test_sounds_are_chosen_dropped_looked_for_and_recorded(page, studio, open_page, tiny_corpus):
    page.context.grant_permissions(["microphone"])
    open_page(studio)
    page.wait_for_selector(".sda-grid-main[role=grid]")
    page.wait_for_function("new Set(window.takes.map(t => t[0])).size >= 2")
    title, zone = page.locator(".sda-history option").first, page.locator(".sda-zone")

    zone.locator("input[type=file]").set_input_files(tiny_corpus / "sweep.wav")
    expect(title).to_have_text("sweep")
    expect(zone).to_contain_text("or drop one here")
    page.evaluate(DROP, ["dropped.wav", base64.b64encode((tiny_corpus / "pluck.wav").read_bytes()).decode()])
    expect(title).to_have_text("dropped")
    expect(zone).to_contain_text("or drop one here")
    page.evaluate(DROP, ["notes.txt", "aGVsbG8="])
    expect(page.locator(".sda-notice")).to_contain_text("no sound file")

    page.get_by_role("button", name="Browse").click()
    page.locator(".sda-opening .widget-select select").select_option("rain.wav")
    page.get_by_role("button", name="Open this").click()
    expect(title).to_have_text("rain")

    zone.get_by_role("button", name="● Record").click()
    expect(zone.locator("[role=status]")).to_contain_text("0.5 s")
    zone.get_by_role("button", name="■ Stop").click()
    expect(title).to_contain_text("Microphone")
    page.wait_for_function("window.takes.at(-1)[1].some((sample) => Math.abs(sample) > 300)")
