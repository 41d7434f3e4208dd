"""A reloaded page and one whose kernel was killed come back with the same sound, codes and selection."""

import os
import shutil
import signal

import psutil
import pytest
from frame_acts import go_to, wait_for_sound
from playwright.sync_api import expect

LAST = """async () => {
  const samples = window.takes.findLast((take) => take[0] === "Edited")[1];
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", samples))).join();
}"""


@pytest.fixture
def kept_studio(serving, tiny_model_path, tiny_corpus, tmp_path):
    """The address of a workbench whose pages go on where the last one was, and its data folder."""
    (tmp_path / "data/models").mkdir(parents=True)
    shutil.copy(tiny_model_path, tmp_path / "data/models/tiny.sda")
    with serving(tmp_path / "data", tiny_corpus, tmp_path / "log.txt", SDA_FRESH="") as address:
        yield address, tmp_path / "data"


def loaded(page):
    wait_for_sound(page)
    page.wait_for_function("new Set(window.takes.map(t => t[0])).size === 2")
    page.wait_for_timeout(500)


def edit(page):
    """Make a new sound and change two rows of it; return the digest of the sound that plays."""
    page.get_by_role("button", name="Next seed").click()
    page.wait_for_function("window.takes.filter(t => t[0] === 'Original').length >= 2")
    go_to(page, "Codes")
    page.locator(".sda-grid-main[role=grid]").focus()
    for key in ("r", "+", "ArrowDown", "r", "+"):
        count = page.evaluate("window.takes.length")
        page.keyboard.press(key)
        if key == "+":
            page.wait_for_function(f"window.takes.length > {count}")
    page.wait_for_timeout(500)
    return page.evaluate(LAST)


def test_a_reload_comes_back_to_the_edited_sound(kept_studio, page, open_page):
    address, _ = kept_studio
    open_page(address)
    loaded(page)
    heard, title = edit(page), page.locator(".sda-notice").inner_text()
    page.reload()
    loaded(page)
    assert page.evaluate(LAST) == heard
    expect(page.locator(".sda-notice")).to_have_text(title)
    page.get_by_role("button", name="Undo").first.click()
    page.wait_for_function("window.takes.at(-1)[0] === 'Edited'")
    page.wait_for_timeout(500)
    assert page.evaluate(LAST) != heard


def test_a_killed_kernel_comes_back_to_the_edited_sound(kept_studio, page, open_page):
    address, data = kept_studio
    open_page(address)
    loaded(page)
    heard = edit(page)
    page.wait_for_timeout(1500)  # sounds older than that are kept
    (kernel,) = kernels(data)
    os.kill(kernel.pid, signal.SIGKILL)
    page.locator(".sda-kernel-watch").get_by_role("button", name="Reload the page").click()
    loaded(page)
    assert page.evaluate(LAST) == heard


def kernels(data):
    """The kernels whose pages are kept in a data folder."""
    found = [
        one for one in psutil.process_iter(["cmdline"]) if "ipykernel_launcher" in " ".join(one.info["cmdline"] or ())
    ]
    return [process for process in found if process.environ().get("SDA_HOME") == str(data)]
