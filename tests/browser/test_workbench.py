"""The served page: edit, undo, play, export, train."""

import hashlib
import io
import re
import urllib.error
import urllib.request

import pytest
import soundfile
from frame_acts import go_to, place, wait_for_grid
from playwright.sync_api import expect


def takes(page):
    """Return the number of takes received."""
    return page.evaluate("window.takes.length")


def take(page, after):
    """Return the digest of the take after the first `after` ones."""
    page.wait_for_function(f"window.takes.length > {after}")
    name, samples = page.evaluate(f"[window.takes[{after}][0], Array.from(window.takes[{after}][1])]")
    assert name == "Edited"
    return hashlib.sha256(str(samples).encode()).hexdigest(), samples


def last_take(page):
    samples = page.evaluate("Array.from(window.takes.findLast(t => t[0] === 'Edited')[1])")
    return hashlib.sha256(str(samples).encode()).hexdigest(), samples


def until(page, holds):
    """Wait as long as a page may take until something holds; takes of one act can come in several parts."""
    for _ in range(900):
        if holds():
            return
        page.wait_for_timeout(100)
    pytest.fail("It never came.")


def click_cell(page, x, y):
    box = page.locator(".sda-grid-main .plotarea_background").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def status(page):
    return page.locator(".sda-grid .sda-status [role=status]")


def test_undo_of_an_edit_restores_the_same_bytes(page, studio, open_page):
    open_page(studio)
    wait_for_grid(page)
    before, _ = last_take(page)
    click_cell(page, 0.3, 0.04)
    expect(status(page)).to_contain_text("Structure 1 · frame 9")
    count = takes(page)
    code = int(re.search(r"code (\d+) of", status(page).inner_text()).group(1))
    page.keyboard.press("Enter")
    page.keyboard.type("0" if code > 4 else "9")
    page.keyboard.press("Enter")
    edited, samples = take(page, count)
    assert edited != before
    assert any(samples)
    expect(status(page)).to_contain_text(f"code {0 if code > 4 else 9} of")
    page.keyboard.press("Control+z")
    undone, _ = take(page, count + 1)
    assert undone == before
    expect(status(page)).to_contain_text(f"code {code} of")


def test_undo_restores_a_replaced_sound(page, studio, open_page):
    open_page(studio)
    wait_for_grid(page)
    undo, redo = (page.get_by_role("button", name=name, exact=True).first for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    click_cell(page, 0.3, 0.04)
    count = takes(page)
    page.get_by_role("button", name="Randomize").click()
    edited, _ = take(page, count)
    title = page.locator(".sda-notice").inner_text()
    go_to(page, "Play")
    page.get_by_role("button", name="Next seed").click()
    expect(page.locator(".sda-notice")).not_to_have_text(title)
    page.wait_for_function(f"window.takes.length > {count + 2}")
    new, _ = last_take(page)
    assert new != edited
    undo.click()
    expect(page.locator(".sda-notice")).to_have_text(title)
    expect(redo).to_be_enabled()
    until(page, lambda: last_take(page)[0] == edited)
    redo.click()
    expect(page.locator(".sda-notice")).not_to_have_text(title)
    until(page, lambda: last_take(page)[0] == new)


@pytest.mark.long
def test_a_dragged_rectangle_is_edited_from_the_toolbar(page, studio, open_page):
    open_page(studio)
    wait_for_grid(page)
    box = page.locator(".sda-grid-main .plotarea_background").bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.05 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.95 * box["height"], steps=5)
    page.mouse.up()
    expect(status(page)).to_contain_text("selected 12 ×")
    count, before = takes(page), last_take(page)[0]
    page.get_by_role("button", name="Randomize").click()
    assert take(page, count)[0] != before
    page.get_by_role("button", name="Restore").click()
    assert take(page, count + 1)[0] == before


def test_playing_moves_the_playhead_over_the_grid(page, studio, open_page):
    open_page(studio)
    wait_for_grid(page)
    click_cell(page, 0.1, 0.5)
    head = "[...document.querySelectorAll('.sda-grid-main path.line')].at(-1).getAttribute('d')"
    before = page.evaluate(head)
    page.keyboard.press("Space")
    page.wait_for_function(f"({head}) !== {before!r}")
    page.get_by_role("radio", name="Original").click()
    expect(page.get_by_role("radio", name="Original")).to_have_attribute("aria-checked", "true")


def test_names_from_files_are_shown_as_text(page, studio, open_page, hostile):
    open_page(studio)
    wait_for_grid(page)
    count = takes(page)
    page.locator(".sda-switcher-button").click()
    page.get_by_role("combobox", name="Search models").fill("onerror")
    page.keyboard.press("Enter")
    expect(page.locator(".sda-notice")).to_contain_text(hostile)
    page.wait_for_function(f"window.takes.length > {count}")
    go_to(page, "Library")
    page.get_by_placeholder("Path of a sound file").fill(f"{hostile}.wav")
    page.get_by_placeholder("Path of a sound file").press("Tab")
    page.locator(".sda-files").get_by_role("button", name="Open", exact=True).click()
    expect(page.locator(".sda-notice")).to_have_text(
        re.compile(rf"^{re.escape(hostile)} · recognized: pluck from 0\.00 s")
    )
    assert page.evaluate("window.hacked") is None


def test_an_export_can_be_downloaded(page, studio, open_page):
    open_page(studio)
    wait_for_grid(page)
    go_to(page, "Export")
    place(page, "Export").get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.locator("a.sda-download:visible").click()
    facts = soundfile.info(io.BytesIO(download.value.path().read_bytes()))
    assert (facts.samplerate, facts.subtype) == (48000, "PCM_24")


@pytest.mark.long
def test_training_the_demo_continues_after_a_reload(page, bare_studio, open_page):
    open_page(bare_studio)
    page.locator(".sda-train-form .widget-text", has_text="Minutes").locator("input").fill("0")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Train the demo (about two minutes)").click()
    expect(page.locator(".sda-place-learn .sda-chip")).to_have_text("running")
    page.reload()  # its kernel is a new one; the run continues
    wait_for_grid(page)
    click_cell(page, 0.5, 0.5)
    expect(status(page)).to_contain_text("in the corpus")


def test_without_the_token_there_is_no_page(studio):
    for address in ("/", "/voila/files/workbench.ipynb"):
        with urllib.request.urlopen(studio + address, timeout=10) as answer:
            assert "/login" in answer.url
