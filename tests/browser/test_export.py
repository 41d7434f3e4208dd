"""The Export card in the served page: place a sound around the head, play the file, download it, export many."""

import io
import zipfile

import numpy as np
import pytest
import soundfile
from frame_acts import go_to, place, wait_for_sound
from playwright.sync_api import expect


def test_export_a_sound_beside_the_head(page, studio, open_page):
    open_page(studio)
    wait_for_sound(page)
    go_to(page, "Export")
    card = page.locator(".sda-card", has=page.get_by_role("heading", name="Export"))
    card.locator(".widget-dropdown", has_text="Space").locator("select").select_option("Binaural")
    dot = card.locator(".sda-pad .dot.azimuth")
    dot.scroll_into_view_if_needed()
    box, pad = dot.bounding_box(), card.locator(".sda-pad .above").bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(pad["x"] + 200, pad["y"] + pad["height"] / 2, steps=4)
    page.mouse.up()
    expect(card.locator(".sda-pad output")).to_contain_text("90° right")
    dot.press("ArrowLeft")
    expect(card.locator(".sda-pad output")).to_contain_text("85° right")
    card.get_by_role("button", name="Export", exact=True).click()
    expect(card.locator("audio")).to_be_visible()
    page.wait_for_function("audio => audio.duration > 0", arg=card.locator("audio").element_handle())
    with page.expect_download() as download:
        card.locator("a.sda-download").click()
    samples, rate = soundfile.read(io.BytesIO(download.value.path().read_bytes()))
    assert (samples.shape[1], rate) == (2, 48000)
    left, right = np.square(samples).sum(0)
    assert right > 1.5 * left


@pytest.mark.long
def test_export_many_sounds_as_one_archive(page, studio, open_page):
    open_page(studio)
    wait_for_sound(page)
    go_to(page, "Export")
    card = place(page, "Export")
    card.get_by_label("Sounds").fill("3")
    page.keyboard.press("Tab")
    card.get_by_role("button", name="Export batch").click()
    expect(card.get_by_text("3 of 3 sounds")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        card.locator("a.sda-download").click()
    with zipfile.ZipFile(download.value.path()) as parcel:
        assert len([name for name in parcel.namelist() if name.endswith(".wav")]) == 3
