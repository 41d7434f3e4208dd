"""Widgets that stand alone: a notebook with one in each cell, in Voila and in JupyterLab."""

import nbformat
import pytest
from playwright.sync_api import expect

SETUP = """
import sda_lib
from ipywidgets import HTML, FloatText, jslink
from sda_widgets import CodeGrid, Map, Player, Sliders
model = sda_lib.SdaModel.load({model!r})
codes = model.encode({sound!r})
seen, moved = HTML("none").add_class("seen"), HTML("none").add_class("moved")
"""
CELLS = (
    'grid = CodeGrid(model, codes).add_class("one")\ngrid',
    'grid.observe(lambda change: seen.set_trait("value", str(change.new.indices.sum())), "codes")\nseen',
    'CodeGrid(model, codes).add_class("other")',
    'player = Player({"a": codes, "b": model.decode(codes)}).add_class("takes")\nplayer',
    'at = FloatText().add_class("at")\njslink((player, "position"), (at, "value"))\nat',
    'sliders = Sliders(model, codes).add_class("moves")\nsliders',
    'sliders.observe(lambda change: moved.set_trait("value", str(len(change.new))), "values")\nmoved',
    'Map(model).add_class("recordings")',
)
# What each root shows once it is drawn.
PARTS = {
    ".one": ".sda-grid-main[role=grid]", ".other": ".sda-grid-main[role=grid]", ".takes": ".sda-take",
    ".moves": ".sda-slider", ".recordings": ".sda-map-figure[role=application]",
}  # fmt: skip
STYLE = """root => {
  const parts = [".sda-card", ":is(.jupyter-button, .sda-play)"];
  const [card, button] = parts.map((one) => getComputedStyle(root.querySelector(one)));
  return {
    isFramed: card.borderTopStyle === "solid" && button.borderRadius === "6px",
    fits: [...root.querySelectorAll(".sda-card")].every((one) => one.scrollWidth <= one.clientWidth + 1),
    scheme: getComputedStyle(root).colorScheme,
  };
}"""
SETTLED = """() => document.querySelector(".takes .sda-clock").textContent.startsWith(
  Number(document.querySelector(".at input").value).toFixed(2))"""
EDITED = "window.takes.filter(t => t[0] === 'Edited').length"


@pytest.fixture(scope="session")
def notebook(slider_model_path, tiny_corpus, tmp_path_factory):
    """The path of a notebook with a widget in each cell."""
    path = tmp_path_factory.mktemp("cells") / "cells.ipynb"
    sources = (SETUP.format(model=str(slider_model_path), sound=str(tiny_corpus / "rain.wav")), *CELLS)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture(params=["voila", pytest.param("lab", marks=pytest.mark.long)])
def shown(request, serving_notebook, notebook, page):
    """The page with the widgets."""
    if request.param == "lab":
        request.getfixturevalue("lab")(page, notebook)
    else:
        page.goto(serving_notebook(notebook))
    for root, part in PARTS.items():
        expect(page.locator(f"{root} {part}").first).to_be_visible()
    page.wait_for_function(f"{EDITED} >= 3")
    return page


def test_widgets_in_cells(shown):
    page = shown
    for root in PARTS:  # the browser of the tests and JupyterLab are light
        style = {"isFramed": True, "fits": True, "scheme": "light"}
        assert page.locator(root).evaluate(STYLE) == style, root
    edit_one_grid(page)
    switch_and_play_takes(page)
    move_a_slider(page)
    take_a_recording(page)


def status(page, root):
    return page.locator(f"{root} .sda-grid .sda-status [role=status]")


def edit_one_grid(page):
    """An edit in one grid changes its codes, which an observer sees, and nothing in another grid."""
    other = status(page, ".other").inner_text()
    plot = page.locator(".one .sda-grid-main .plotarea_background")
    plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")
    box = plot.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 8)
    expect(status(page, ".one")).not_to_contain_text("frame 0 ")
    takes = page.evaluate(EDITED)
    page.get_by_role("button", name="Randomize", exact=True).first.click()
    page.wait_for_function(f"{EDITED} === {takes + 1}")
    expect(page.locator(".seen .widget-html-content")).not_to_have_text("none")
    assert status(page, ".other").inner_text() == other
    expect(page.locator(".one").get_by_role("button", name="Undo")).to_be_enabled()
    expect(page.locator(".other").get_by_role("button", name="Undo")).to_be_disabled()


def switch_and_play_takes(page):
    """Keys act on the player that has the focus, not on the notebook or on other players; its position is linked."""
    player = page.locator(".takes")
    player.locator(".sda-wave").focus()
    expect(player.locator(".sda-take[aria-checked=true]")).to_have_text("a")
    page.keyboard.press("x")  # in JupyterLab's command mode it would cut the cell
    expect(player.locator(".sda-take[aria-checked=true]")).to_have_text("b")
    page.keyboard.press("Space")
    expect(page.locator(".sda-play[aria-pressed=true]")).to_have_count(1)
    page.wait_for_function("Number(document.querySelector('.at input').value) > 0")
    page.keyboard.press("Space")
    expect(page.locator(".sda-play[aria-pressed=true]")).to_have_count(0)
    page.wait_for_function(SETTLED)
    field = page.locator(".at input")
    field.fill("0.5")
    field.press("Enter")
    expect(player.locator(".sda-clock")).to_contain_text("0.50")


def move_a_slider(page):
    page.locator('.moves .sda-slider[data-name="loudness"] input').focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".moved .widget-html-content")).to_have_text("1")


def take_a_recording(page):
    player = page.locator(".recordings .sda-player")
    expect(player).to_have_count(0)
    figure = page.locator(".recordings .sda-map-figure")
    figure.evaluate("figure => figure.scrollIntoView({ block: 'center' })")
    box = figure.locator(".dot").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    expect(player.locator(".sda-take")).to_have_count(2)
    expect(player).to_be_visible()
