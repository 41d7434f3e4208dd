"""Pages for guests as `sda studio --guest` serves them."""

import contextlib
import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect


@pytest.fixture
def guests(tiny_model_path, tiny_corpus, tmp_path):
    """The link to one page for guests, and the owner's data folder."""
    data = tmp_path / "data"
    (data / "models").mkdir(parents=True)
    shutil.copy(tiny_model_path, data / "models/tiny.sda")
    shutil.copytree(tiny_corpus, data / "demo")
    words = [sys.executable, "-m", "sda_lib", "studio", "--no-browser", "--guest", "--pages", "1", "--data", str(data)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    yield re.findall(r"http\S+", process.stdout.readline())[0], data
    process.terminate()
    process.communicate()


def test_a_guest_plays_and_a_second_one_waits(guests, page, chromium):
    link, data = guests
    before = sorted(data.rglob("*"))
    page.goto(link)
    page.wait_for_function("() => window.takes.length >= 1")
    page.get_by_role("button", name="Next seed").click()
    page.wait_for_function("() => window.takes.length >= 2")
    titles = page.get_by_role("navigation", name="Places").get_by_role("button")
    expect(titles).to_have_text(["Play", "Codes", "Mix", "Export"])
    with contextlib.closing(chromium.new_context()) as context:
        other = context.new_page()
        assert other.goto(link).status == 503
        assert "All pages for guests are in use" in other.inner_text("body")
    page.reload()  # its own place is free again
    page.wait_for_function("() => window.takes.length >= 1")
    page.close(run_before_unload=True)
    assert sorted(data.rglob("*")) == before
