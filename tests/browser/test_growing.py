"""Add a dropped folder to a model, and fill the training form from a fix of the health report."""

import shutil
from dataclasses import replace

import pytest
from frame_acts import go_to
from playwright.sync_api import expect

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.model.header import peek
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage
from sda_lib.sessions import provenance_tags
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture
def demo(pytestconfig):
    return pytestconfig.rootpath / "data/demo"


@pytest.fixture
def workbench(serving, tiny_model_path, tiny_corpus, tmp_path):
    """(address, data) of a workbench with one model, whose run is known."""
    (tmp_path / "data/models").mkdir(parents=True)
    path = shutil.copy(tiny_model_path, tmp_path / "data/models/tiny.sda")
    folder = shutil.copytree(tiny_corpus, tmp_path / "data/my sounds")
    with manage.create_run(tmp_path / "data/runs", manage.Job("tiny", (folder,), path, Recipe())) as (run, _):
        manage.write_atomically(run.folder / "state", b"finished")
    with serving(tmp_path / "data", tiny_corpus, tmp_path / "log.txt") as address:
        yield address, tmp_path / "data"


def drop(page, selector, *paths):
    """Drop files and folders from the desktop."""
    box = page.locator(selector).bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    carried = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **place, "data": carried})


@pytest.mark.long
def test_grow_by_a_dropped_folder(workbench, page, open_page, demo, tiny_model_path, tmp_path):
    address, data = workbench
    folder = tmp_path / "new takes"
    (folder / "deep").mkdir(parents=True)
    shutil.copy(demo / "misc_burp.flac", folder / "deep")
    (folder / "notes.txt").write_text("no sound")
    (folder / "cover.png").write_bytes(b"no sound either")
    model = SdaModel.load(tiny_model_path)
    take = generate(model, GenerateOptions(seconds=0.5, seed=3))
    provenance_tags.write_with_provenance(model, provenance_tags.Provenance(take.codes), folder / "liked.wav")

    open_page(address)
    go_to(page, "Learn")
    page.get_by_role("button", name="Add to a model").click()
    drop(page, ".sda-collecting .sda-drop", folder)
    expect(page.locator(".sda-collecting p")).to_have_text("2 of 2 received. 2 other files ignored.")
    expect(page.locator(".sda-scan")).to_contain_text("1 of 2")
    expect(page.locator(".sda-scan .sda-tile-row", has_text="liked.wav")).to_contain_text("made by a model")
    page.get_by_label("Time (min)").fill("0.05")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Grow", exact=True).click()
    main = page.locator(".sda-place-learn .sda-main")
    expect(main.locator(".sda-chip").first).to_have_text("finished")
    for said in ("2 files", "1 of 2 files", "100% at Structure 1", "New sounds", "All old codes keep their meaning."):
        expect(main).to_contain_text(said)
    grown = peek(data / "models/tiny-grown.sda")["corpus"]
    assert (grown["files"], grown["generated"]) == (5, 1)
    (sounds,) = (data / "sounds").iterdir()
    assert len(Corpus.from_folder(sounds)) == 2
    page.get_by_role("button", name="Play it").click()
    page.wait_for_selector(".sda-place-play.sda-shown")
    go_to(page, "Library")
    expect(page.locator(".sda-facts", has_text="Grown")).to_contain_text("by 2 of them")


@pytest.mark.long
def test_a_fix_fills_the_training_form(workbench, page, open_page):
    address, data = workbench
    loaded = SdaModel.load(data / "models/tiny.sda")
    model = replace(loaded, recipe=loaded.recipe.override(codec__own_levels=loaded.levels))  # others may be unused
    model.usage[-2:] = 0
    model.usage[-2:, 3] = model.usage[0].sum()  # two levels that carry nothing
    model.save(data / "models/tiny.sda")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    open_page(address)
    go_to(page, "Learn")
    page.get_by_role("button", name="Check health").click()
    command = page.locator(".sda-fix", has_text="codec.levels")
    expect(command.locator("code")).to_have_text(f"sda train '{data / 'my sounds'}' --set codec.levels=10")
    command.get_by_role("button", name="Copy").click()
    expect(command.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command.locator("code").inner_text()
    command.get_by_role("button", name="Set up this training").click()
    form = page.locator(".sda-train-form")
    expect(form).to_contain_text("From the health check: my sounds, codec.levels = 10.")
    expect(form.get_by_label("Levels", exact=True)).to_have_value("10")
    expect(form.get_by_label("Name")).to_have_value("tiny-2")
    expect(page.get_by_placeholder("Path of a folder")).to_have_value(str(data / "my sounds"))
    expect(form.get_by_role("button", name="Train", exact=True)).to_be_in_viewport()
    assert len(manage.list_runs(data / "runs")) == 1  # nothing starts by itself
