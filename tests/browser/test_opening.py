"""Opening sounds in the served page."""

import base64
import io
import re

import numpy as np
import pytest
import soundfile
from frame_acts import go_to, open_dock, wait_for_sound
from playwright.sync_api import expect

from sda_widgets.session.closer_codes import CANCELED, FOUND, STEP

REFUSE = """() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
}"""
DROP = """
([zone, files]) => {
  const carried = new DataTransfer();
  for (const [name, content] of files)
    carried.items.add(new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], name));
  const target = document.querySelector(zone);
  for (const type of ["dragover", "drop"])
    target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried }));
}
"""
COUNT_PARTS = """
window.parts = [];
const slice = Blob.prototype.slice;
Blob.prototype.slice = function (from, to) {
  const part = slice.call(this, from, to);
  window.parts.push(part.size);
  return part;
};
"""


KNOWN = rf"( · recognized: .+| · {FOUND})?"


def tone(seconds, pitch=330):
    """A WAV file's bytes."""
    time, file = np.arange(int(seconds * 48000)) / 48000, io.BytesIO()
    soundfile.write(file, 0.3 * np.sin(2 * np.pi * pitch * time), 48000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def drop(page, zone, *files):
    page.evaluate(DROP, [zone, [[name, base64.b64encode(content).decode()] for name, content in files]])


def note(page):
    return page.locator(".sda-files .sda-upload p")


def notice(page):
    return page.locator(".sda-notice")


def opened(name):
    """What the status line says of an opened sound: its name, and the recording that it is recognized as, if any, or
    that closer codes were found."""
    return re.compile(rf"^{re.escape(name)}{KNOWN}$")


def test_open_sounds_from_folders_uploads_and_drops(page, studio, open_page, hostile, tmp_path):
    page.add_init_script(COUNT_PARTS)
    open_page(studio)
    wait_for_sound(page)
    go_to(page, "Library")
    field, choose = page.get_by_placeholder("Path of a sound file"), page.get_by_role("button", name="Choose a file")

    # folders: hostile names are text, typing finds, a double click opens, and there is a way up that ends
    row = page.locator(".sda-picker li")
    expect(row).to_have_count(4)
    expect(row.nth(0)).to_contain_text(hostile)
    field.fill("SWEE")
    expect(row).to_have_count(1)
    page.locator(".sda-files").get_by_role("button", name="Open", exact=True).click()
    expect(notice(page)).to_have_text(opened("sweep"))
    field.fill("")
    row.filter(has_text="rain").dblclick()
    expect(notice(page)).to_have_text(opened("rain"))
    page.get_by_title("Parent folder").click()
    expect(page.locator(".sda-breadcrumb")).to_have_text("Places")
    expect(page.get_by_title("Parent folder")).to_be_disabled()
    row.filter(has_text="Data").click()
    page.keyboard.press("Enter")
    expect(page.locator(".sda-breadcrumb")).to_have_text("Data")
    field.fill("/")
    field.press("Enter")
    expect(page.locator(".sda-picker p")).to_contain_text("outside the folders shown here")
    field.fill("nowhere/x.wav")
    expect(page.locator(".sda-picker p")).to_be_empty()
    field.press("Enter")
    expect(page.locator(".sda-picker p")).to_contain_text("There is no file nowhere/x.wav")

    # a file of the browser's, in parts
    content = tone(15)
    (tmp_path / "chosen.wav").write_bytes(content)
    with page.expect_file_chooser() as chooser:
        choose.click()
    chooser.value.set_files(tmp_path / "chosen.wav")
    expect(notice(page)).to_have_text(opened("chosen"))
    assert page.evaluate("window.parts") == [2**20, len(content) - 2**20]
    expect(choose).to_be_enabled()  # one sound after the other

    # dropped: the first of several, wherever on the page; what can't be read is said
    drop(page, ".sda-models", (f"{hostile}.wav", tone(0.5)), ("other.wav", tone(0.5, 500)))
    expect(notice(page)).to_contain_text(hostile)  # the tone may be recognized in a recording
    expect(choose).to_be_enabled()
    expect(note(page)).to_have_text(f"Opened {hostile}.wav, the first of 2 files; drop them on Learn to train on all.")
    drop(page, ".sda-files .sda-upload .sda-drop", ("notes.txt", b"text"))
    expect(note(page)).to_contain_text("notes.txt is not a readable sound")
    drop(page, ".sda-files .sda-upload .sda-drop", ("nothing.wav", b""))
    expect(note(page)).to_contain_text("nothing.wav is empty")
    drop(page, ".sda-files .sda-upload .sda-drop", ("noise.wav", b"no sound"))
    expect(note(page)).to_contain_text("noise.wav can't be read as sound")
    expect(choose).to_be_enabled()
    assert page.evaluate("window.hacked") is None


def test_an_unknown_sound_plays_at_once_and_gets_closer_codes(page, slider_studio, open_page):
    open_page(slider_studio)
    wait_for_sound(page)
    progress = page.locator(".sda-foot .sda-closer")
    expect(progress).to_be_hidden()
    drop(page, ".sda-stage", ("siren.wav", tone(50)))
    expect(progress).to_contain_text("Finding closer codes …")
    expect(notice(page)).to_have_text("siren")  # it is there, and plays
    progress.get_by_role("button", name="Cancel").click()
    expect(progress).to_be_hidden()
    expect(notice(page)).to_contain_text(CANCELED)

    drop(page, ".sda-stage", ("horn.wav", tone(4, 220)))
    expect(notice(page)).to_have_text(f"horn · {FOUND}")
    expect(progress).to_be_hidden()
    open_dock(page)
    steps = page.locator(".sda-history select option")
    expect(steps).to_have_text(["horn", STEP])
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".sda-history select option:checked")).to_have_text("horn")


@pytest.mark.long
def test_record_the_microphone_and_report_a_refusal(page, studio, open_page):
    open_page(studio)
    wait_for_sound(page)
    go_to(page, "Library")
    reading = page.locator(".sda-files .sda-reading")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(reading).to_have_text("0:02 / 1:00")
    page.wait_for_function(
        "document.querySelector('.sda-files .sda-upload .sda-level > div').getBoundingClientRect().width > 10"
    )
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(notice(page)).to_have_text(re.compile(rf"^Microphone \d\d:\d\d{KNOWN}$"))
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_enabled()
    page.wait_for_function("window.takes.some(([name, pcm]) => name === 'Original' && pcm.length > 2 * 44100 - 4096)")

    page.get_by_role("button", name="Record", exact=True).click()
    expect(reading).to_have_text("0:00 / 1:00")
    page.locator(".sda-files .sda-microphone").get_by_role("button", name="Cancel").click()
    expect(note(page)).to_have_text("Cancelled.")

    page.evaluate(REFUSE)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(note(page)).to_contain_text("The browser blocks the microphone for this page")
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_enabled()
