"""Sliders in the served page: by mouse, by keys, by a knob."""

import pytest
from playwright.sync_api import expect

FAKE_MIDI = """
window.knob = { onmidimessage: null };
navigator.requestMIDIAccess = async () => ({ inputs: new Map([["knob", window.knob]]), onstatechange: null });
window.twist = (controller, value) => window.knob.onmidimessage({ data: new Uint8Array([0xb0, controller, value]) });
"""
SAID = """row => [row.dataset.zone, row.querySelector('.sda-zone').textContent,
row.querySelector('input').getAttribute('aria-valuetext')]"""


COUNTING = """
window.moves = { sent: 0, answered: 0, most: 0 };
const text = (data) => (typeof data === "string" ? data : new TextDecoder().decode(data));
window.WebSocket = class extends WebSocket {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", async ({ data }) => {
      const said = text(data instanceof Blob ? await data.arrayBuffer() : data);
      if (/"kind": ?"answered"/.test(said)) window.moves.answered += 1;
    });
  }
  send(data) {
    if (/"kind": ?"move"/.test(text(data))) {
      window.moves.sent += 1;
      window.moves.most = Math.max(window.moves.most, window.moves.sent - window.moves.answered);
    }
    super.send(data);
  }
};
"""
DRAG = """async (handle) => {
  const ends = [Number(handle.min), Number(handle.max)];
  for (let step = 0; step <= 150; step += 1) {
    handle.value = ends[0] + ((ends[1] - ends[0]) * step) / 150;
    handle.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((after) => setTimeout(after, 10));
  }
  handle.dispatchEvent(new Event("change", { bubbles: true }));
}"""
"""Drag a slider from one end to the other in a second and a half."""


def slider(page, name):
    return page.locator(f'.sda-slider[data-name="{name}"]')


def ready(page):
    """Wait for a sound and the responses of all sliders."""
    page.wait_for_function("new Set(window.takes.map(t => t[0])).size === 2")
    for name in ("brightness", "warmth", "loudness", "noisiness"):
        expect(slider(page, name)).not_to_have_attribute("data-zone", "unknown")


def takes(page):
    return page.evaluate("window.takes.length")


LEVEL = """(() => { const pcm = window.takes.findLast(t => t[0] === 'Edited')[1];
return pcm.reduce((sum, one) => sum + one * one, 0) / pcm.length; })()"""
"""Mean square of the newest edited take."""


def test_move_a_slider_and_undo(page, slider_studio, open_page):
    open_page(slider_studio)
    ready(page)
    row, before = slider(page, "loudness"), page.evaluate(LEVEL)
    handle = row.locator("input[type=range]")
    handle.focus()
    handle.press("Home")
    page.wait_for_function(f"{LEVEL} < {before / 10}")
    expect(row.locator(".sda-change")).to_contain_text("LUFS")
    handle.press("0")
    expect(row.locator(".sda-change")).to_have_text("0")
    page.wait_for_function(f"{LEVEL} === {before}")
    page.get_by_role("button", name="Undo").first.click()
    page.wait_for_function(f"{LEVEL} < {before / 10}")
    expect(handle).to_have_value(handle.get_attribute("min"))


@pytest.mark.long
def test_a_slider_warns_beyond_the_range_of_the_recordings(page, slider_studio, open_page):
    """In words and color, also for screen readers."""
    open_page(slider_studio)
    ready(page)
    seen = set()
    for name in ("warmth", "noisiness", "brightness", "loudness"):
        row = slider(page, name)
        handle = row.locator("input[type=range]")
        handle.focus()
        handle.press("Home")
        for _ in range(16):
            zone, word, spoken = row.evaluate(SAID)
            seen.add(zone)
            assert ("✓" if zone == "safe" else zone) in word
            assert (zone in spoken) == (zone != "safe")
            handle.press("PageUp")
        if {"safe", "warning"} <= seen:
            break
    assert {"safe", "warning"} <= seen


@pytest.mark.long
def test_a_midi_knob_moves_its_slider(page, slider_studio, open_page):
    page.add_init_script(FAKE_MIDI)
    open_page(slider_studio)
    ready(page)
    row, before = slider(page, "warmth"), takes(page)
    row.locator(".sda-place-learn").click()
    page.wait_for_function("window.knob.onmidimessage !== null")
    page.evaluate("window.twist(21, 64)")
    expect(row.locator(".sda-place-learn")).to_contain_text("CC21")
    page.evaluate("window.twist(21, 127)")
    page.wait_for_function(f"window.takes.length > {before}")
    handle = row.locator("input[type=range]")
    expect(handle).to_have_value(handle.get_attribute("max"))
    page.evaluate("window.twist(22, 0)")  # another knob moves nothing
    expect(handle).to_have_value(handle.get_attribute("max"))
    page.reload()
    ready(page)
    expect(slider(page, "warmth").locator(".sda-place-learn")).to_contain_text("CC21")


@pytest.mark.long
def test_random_keeps_locked_sliders_and_reset(page, slider_studio, open_page):
    open_page(slider_studio)
    ready(page)
    slider(page, "brightness").locator(".sda-lock").click()
    expect(slider(page, "brightness").locator(".sda-lock")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Random", exact=True).click()
    page.wait_for_function("[...document.querySelectorAll('.sda-slider input')].some(one => one.valueAsNumber !== 0)")
    moved = {
        name: float(slider(page, name).locator("input[type=range]").input_value())
        for name in ("brightness", "warmth", "loudness", "noisiness")
    }
    assert moved["brightness"] == 0
    assert any(moved.values())
    page.get_by_role("button", name="Reset", exact=True).click()
    for name in moved:
        expect(slider(page, name).locator("input[type=range]")).to_have_value("0")


@pytest.mark.long
def test_a_curve_is_drawn_over_time(page, slider_studio, open_page):
    open_page(slider_studio)
    ready(page)
    page.locator(".widget-dropdown", has_text="Over time").locator("select").select_option(label="Loudness")
    lane, count = page.locator(".sda-curve svg"), takes(page)
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.9 * box["height"])
    expect(lane.locator("circle")).to_have_count(1)
    page.wait_for_function(f"window.takes.length > {count}")
    expect(page.get_by_role("button", name="Undo").first).to_be_enabled()


@pytest.mark.long
def test_one_move_is_pending_at_most_during_a_drag(page, slider_studio, open_page):
    """And one on release: moves in between are not queued, so the sound doesn't lag behind."""
    page.add_init_script(COUNTING)
    open_page(slider_studio)
    ready(page)
    handle = slider(page, "brightness").locator("input[type=range]")
    handle.evaluate(DRAG)
    page.wait_for_function("window.moves.sent > 3 && window.moves.sent === window.moves.answered")
    assert page.evaluate("window.moves.most") <= 2
    expect(handle).to_have_value(handle.get_attribute("max"))
