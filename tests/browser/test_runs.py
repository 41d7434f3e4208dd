"""A training as seen from pages that come and go, while its process lives and dies."""

import json
import os
import signal

import pytest
from frame_acts import go_to
from playwright.sync_api import expect

from sda_lib.runs import manage

DOTS = (
    "[...document.querySelectorAll('.sda-chart')].find((one) => one.innerText.includes('Held-out'))"
    "?.querySelector('path.line')?.getAttribute('d')?.split(/[ML]/).length - 1"
)
"""Points of the curve of held-out distances."""


@pytest.fixture
def workbench(serving, tiny_corpus, tmp_path, monkeypatch):
    """(address, folder of runs) of a workbench without a model, whose trainings write many checkpoints."""
    monkeypatch.setenv("SDA_CHECKPOINT_SECONDS", "1")
    with serving(tmp_path / "data", tiny_corpus, tmp_path / "log.txt") as address:
        yield address, tmp_path / "data/runs"
    for run in manage.list_runs(tmp_path / "data/runs"):
        if run.alive:
            os.kill(process(run), signal.SIGKILL)


def process(run):
    return json.loads((run.folder / "process.json").read_text())["pid"]


STEP = "parseInt(document.querySelector('.sda-place-learn .sda-main')?.innerText.match(/(\\d+) of \\d+/)?.[1])"
"""The step that the page shows."""


def measured(run):
    return len({event.step for event in run.events()[0] if event.kind == "metrics"})


@pytest.mark.long
def test_a_run_outlives_its_pages_and_its_process(page, workbench, open_page, tmp_path):
    address, runs = workbench
    open_page(address)
    page.locator(".sda-train-form .widget-text", has_text="Minutes").locator("input").fill("5")
    page.keyboard.press("Tab")
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Patience", exact=True).fill("0")  # else it ends by itself: three sounds are soon learned
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Train the demo (about two minutes)").click()
    chip = page.locator(".sda-place-learn .sda-chip").first
    expect(chip).to_have_text("running")
    (run,) = manage.list_runs(runs)
    page.wait_for_selector(".sda-place-play.sda-shown")  # the first model is there, and the page goes over to it
    go_to(page, "Learn")
    page.wait_for_function(f"{DOTS} >= 2")
    pid = process(run)

    page.reload()
    page.wait_for_selector(".sda-app")
    go_to(page, "Learn")
    expect(chip).to_have_text("running")
    page.wait_for_function(f"{DOTS} >= {measured(run)}")

    second = page.context.new_page()
    second.set_default_timeout(180_000)
    page.close()
    open_page(address, second)
    go_to(second, "Learn")
    chip = second.locator(".sda-place-learn .sda-chip").first
    expect(chip).to_have_text("running")
    second.wait_for_function(f"{DOTS} >= {measured(run)}")
    assert (process(run), [one.folder for one in manage.list_runs(runs)]) == (pid, [run.folder])
    second.wait_for_function(f"{STEP} > 0")

    os.kill(pid, signal.SIGKILL)
    expect(chip).to_have_text("died", timeout=10_000)
    before = second.evaluate(STEP)
    second.get_by_role("button", name="Resume").click()
    expect(chip).to_have_text("running")
    second.wait_for_function(f"{STEP} > {before}")
    assert process(run) != pid
    second.get_by_role("button", name="Stop").click()
    expect(chip).to_have_text("stopped")
    expect(second.get_by_role("button", name="Resume")).to_be_visible()
