"""The spectrogram of the player in the browser: drawn where the library measures it, in both themes, on one time axis
with the grid, with the recordings that the sound leans on."""

import numpy as np
import pytest
from frame_acts import go_to, wait_for_grid, wait_for_sound
from playwright.sync_api import expect

from sda_lib.analysis.level_bytes import level_bytes
from sda_lib.audio.clip import AudioClip

DRAWN = ".sda-spectrogram[data-state=drawn]"
TAKE = """() => {
  const [, pcm] = window.takes.findLast(([name]) => name === "Edited");
  return [...pcm];
}"""
# Height of the row that differs most from silence at a place across the picture, 0 (top) to 1; both colors as well.
RIDGE = """across => {
  const canvas = document.querySelector(".sda-spectrogram");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(Math.round(across * width), 0, 1, height);
  const ground = getComputedStyle(canvas).backgroundColor.match(/\\d+/g).map(Number);
  const far = (row) => [0, 1, 2].reduce((sum, at) => sum + Math.abs(data[4 * row + at] - ground[at]), 0);
  const rows = Array.from({ length: height }, (_, row) => row);
  const row = rows.reduce((best, one) => (far(one) > far(best) ? one : best), 0);
  return { height: (row + 0.5) / height, ground, far: far(row) };
}"""
# Where the player's cursor is in the picture, and lines in the grid's, both 0 (left) to 1.
CURSORS = """() => {
  const across = (node, plot) => {
    const [line, { x, width }] = [node, plot].map((one) => one.getBoundingClientRect());
    return (line.x + line.width / 2 - x) / width;
  };
  const wave = document.querySelector(".sda-wave > div").shadowRoot;
  const cursor = across(wave.querySelector(".cursor"), document.querySelector(".sda-spectrogram"));
  const plot = document.querySelector(".sda-grid-main .plotarea_background");
  const lines = [...document.querySelectorAll(".sda-grid-main :is(.curve, path.line)")];
  const upright = lines.filter((node) => node.getBoundingClientRect().width < 4);
  return [cursor, ...upright.map((node) => across(node, plot))];
}"""


@pytest.fixture
def shown(page, studio, open_page, studio_folders):
    """A page that shows the spectrogram of a recording of the model, which decodes to itself."""
    page.add_init_script("document.addEventListener('sda:preview', (event) => (window.preview = event.detail));")
    open_page(studio)
    wait_for_sound(page)
    go_to(page, "Library")
    page.get_by_placeholder("Path of a sound file").fill(str(studio_folders[1] / "pluck.wav"))
    page.locator(".sda-files").get_by_role("button", name="Open", exact=True).click()
    expect(page.locator(".sda-notice")).to_contain_text("recognized")
    wait_for_grid(page)
    page.get_by_role("button", name="Spectrogram").click()
    expect(page.locator(DRAWN)).to_be_visible()
    expect(page.locator(".sda-leanings")).to_be_visible()
    return page


def test_the_picture_has_the_loudest_band_where_the_library_measures_it(shown):
    samples = np.array(shown.evaluate(TAKE), np.float32)[None] / 32768
    measured = level_bytes(AudioClip(samples, 44100))
    grounds = []
    for theme in ("light", "dark"):
        shown.emulate_media(color_scheme=theme)
        shown.wait_for_timeout(300)
        found = shown.evaluate(RIDGE, 0.3)
        column = measured.levels[:, round(0.3 * measured.levels.shape[1])]
        assert found["height"] == pytest.approx(1 - (column.argmax() + 0.5) / len(column), abs=0.04)
        assert found["far"] > 150
        grounds.append(sum(found["ground"]) / 3)
    assert grounds[0] > 200 > 50 > grounds[1]


@pytest.mark.long
def test_it_zooms_with_the_grid_and_the_cursor_is_at_the_playhead(shown):
    canvas = shown.locator(".sda-spectrogram").bounding_box()
    ruler = shown.locator(".sda-ruler").inner_text()
    shown.mouse.move(canvas["x"] + canvas["width"] / 2, canvas["y"] + 40)
    shown.keyboard.down("Control")
    shown.mouse.wheel(0, -200)
    shown.keyboard.up("Control")
    expect(shown.locator(".sda-ruler")).not_to_have_text(ruler)
    shown.wait_for_timeout(1000)  # the waveform scrolls after the ruler is drawn
    shown.mouse.click(canvas["x"] + canvas["width"] / 4, canvas["y"] + 40)
    expect(shown.locator(".sda-clock")).not_to_contain_text("0.00 /")
    shown.wait_for_timeout(500)
    cursor, *heads = shown.evaluate(CURSORS)
    assert cursor == pytest.approx(0.25, abs=0.01)
    assert min(abs(head - cursor) for head in heads) < 0.01


def test_a_recording_is_named_and_played_where_the_sound_leans_on_it(shown):
    strip = shown.locator(".sda-leanings")
    expect(strip.get_by_role("option").first).to_have_attribute("aria-label", "pluck, from 0.00 s")
    strip.hover()
    assert strip.get_attribute("title").startswith("pluck, from 0.")
    strip.click(delay=100)  # the press gives the strip the focus, so that it is drawn anew before the button is let go
    shown.wait_for_function("window.preview !== undefined")
    shown.evaluate("window.preview = undefined")
    strip.focus()
    shown.keyboard.press("Enter")
    shown.wait_for_function("window.preview !== undefined")


@pytest.mark.long
def test_the_picture_is_remembered(shown, studio, open_page):
    open_page(studio)
    expect(shown.locator(DRAWN)).to_be_visible()
    shown.get_by_role("button", name="Spectrogram").click()
    expect(shown.locator(".sda-spectrogram")).to_be_hidden()
