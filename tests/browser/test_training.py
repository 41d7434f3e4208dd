"""Training in the served page: choose a folder, play its sounds, train, watch the training."""

import re

import numpy as np
import pytest
import soundfile
from frame_acts import go_to
from playwright.sync_api import expect

PLAYED = """
window.played = [];
document.addEventListener("sda:preview", ({ detail }) => window.played.push([detail.name, detail.pcm.length]));
"""
# Whether the picture of the sound is as high as its place.
FITS = """() => {
  const place = document.querySelector(".sda-wave");
  const pictures = [...place.children].filter((one) => one.shadowRoot);
  return place.clientHeight > 0 && pictures.every((one) => one.clientHeight <= place.clientHeight);
}"""


def play(page, name):
    """Click a picture and return the name of the sound that plays."""
    count = page.evaluate("window.played.length")
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_function(f"window.played.length > {count}")
    played, length = page.evaluate(f"window.played[{count}]")
    assert length > 1000
    return played


def test_train_on_a_chosen_folder(training_studio, page, open_page, hostile):
    page.add_init_script(PLAYED)
    open_page(training_studio)
    page.get_by_role("button", name="Browse").click()
    rows = page.locator(".sda-choosing .sda-picker li")
    page.locator(".sda-choosing").get_by_title("Parent folder").click()
    rows.get_by_text("Data", exact=True).dblclick()
    rows.get_by_text("birds", exact=True).dblclick()
    expect(rows.get_by_text("zz.wav", exact=True)).to_be_visible()
    page.get_by_role("button", name="Use this folder").click()
    expect(page.locator(".sda-scan .sda-tile svg path")).to_have_count(3)
    expect(page.locator(".sda-scan")).to_contain_text(f"{hostile}.wav: It can't be read as sound")
    expect(page.locator(".sda-scan")).to_contain_text("zz.wav: It is the same sound as pluck.wav.")
    assert play(page, "Play rain.wav") == "rain.wav"

    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Steps", exact=True).fill("4")  # without sliders, which take a minute
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector(".sda-place-play.sda-shown")  # the first model plays
    go_to(page, "Learn")
    expect(page.locator(".sda-place-learn .sda-chip")).to_have_text("finished")
    for title in ("Held-out distance", "Codes in use", "Perplexity"):
        chart = page.locator(".sda-chart", has_text=title)
        expect(chart.locator("path.line").first).to_have_attribute("d", re.compile("^M.*L"))
    tiles = page.locator(".sda-auditions .sda-tile-row")
    expect(tiles.last).to_contain_text("a new sound")
    original, model = tiles.first.get_by_role("button").all()
    title = tiles.first.locator(".sda-tile-title").inner_text()
    assert play(page, original.get_attribute("aria-label")) == title
    assert play(page, model.get_attribute("aria-label")) == title
    assert page.evaluate("window.hacked") is None

    go_to(page, "Play")  # where nothing of Learn shows through, and the picture of the sound made meanwhile fits
    expect(page.locator(".sda-chart").first).to_be_hidden()
    page.wait_for_function(FITS)


@pytest.mark.long
def test_a_clean_copy_of_a_folder(training_studio, page, open_page, tmp_path):
    """The button writes it and chooses it for the training; the originals stay."""
    folder = tmp_path / "data/birds"
    samples, rate = soundfile.read(folder / "pluck.wav")
    soundfile.write(folder / "padded.wav", np.pad(samples[: rate // 2], (2 * rate, 2 * rate)), rate)
    open_page(training_studio)
    path = page.get_by_placeholder("Path of a folder")
    path.fill(str(folder))
    path.press("Enter")
    scan = page.locator(".sda-scan")
    expect(scan).to_contain_text("2.0 s silence before it")
    page.get_by_role("button", name="Make a clean copy").click()
    expect(path).to_have_value(re.compile("sounds/birds-clean$"))
    expect(page.locator(".sda-notice")).to_contain_text("the originals are as they were")
    expect(scan.locator(".sda-tile svg path")).to_have_count(4)
    expect(page.get_by_role("button", name="Make a clean copy")).to_be_hidden()
    assert soundfile.info(tmp_path / "data/sounds/birds-clean/padded.flac").duration < 0.7
    assert soundfile.info(folder / "padded.wav").duration > 4
