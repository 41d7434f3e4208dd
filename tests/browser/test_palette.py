"""The palette in the served page: preview a code, insert it, use the keys, drag it to the grid."""

import re

from frame_acts import wait_for_grid
from playwright.sync_api import expect

KEEP_PREVIEWS = """
window.previews = [];
document.addEventListener("sda:preview", (event) => window.previews.push([event.detail.name, event.detail.pcm]));
"""
STEPS = 8
STILL_MS = 400
"""Milliseconds between two equal positions of an element that no longer moves."""


def center(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def settled_box(page, locator):
    """Return the bounding box of an element once it no longer moves."""
    before, box = None, locator.bounding_box()
    while box != before:
        page.wait_for_timeout(STILL_MS)
        before, box = box, locator.bounding_box()
    return box


def test_preview_insert_and_drag_a_code(either, page):
    page.add_init_script(KEEP_PREVIEWS)
    either(page)
    page.wait_for_function("new Set(window.takes.map(t => t[0])).size === 2")
    wait_for_grid(page)
    palette = page.locator(".sda-palette")
    palette.get_by_role("button", name="Show").click()
    figure = page.locator(".sda-palette-figure[role=application]")
    expect(figure).to_have_attribute("aria-label", re.compile("Palette of Structure 1, 16 codes"))
    dots = page.locator(".sda-palette-figure .dot")
    expect(dots).to_have_count(17)  # the ring at the cursor comes behind them
    page.evaluate("document.querySelector('.sda-palette').scrollIntoView({block: 'end'})")
    status, grid = palette.locator("[role=status]"), page.locator(".sda-grid-main").first
    cell = page.locator(".sda-grid .sda-status [role=status]").first

    def code_of(line):
        return int(re.search(r"code (\d+) of 16", line.inner_text()).group(1))

    def wait_for_preview(code):
        page.wait_for_function("name => window.previews.at(-1)?.[0] === name", arg=f"Structure 1 code {code}")
        assert page.evaluate("window.previews.at(-1)[1].some(one => Math.abs(one) > 300)")

    def previewed_by_click(dot):
        """Click a dot; return the code whose preview plays. The status line names the same code."""
        count = page.evaluate("window.previews.length")
        place = center(settled_box(page, dot))
        page.mouse.move(*place, steps=STEPS)
        page.mouse.click(*place)
        page.wait_for_function("count => window.previews.length > count", arg=count)
        chosen = int(page.evaluate("window.previews.at(-1)[0]").removeprefix("Structure 1 code "))
        wait_for_preview(chosen)
        expect(status).to_contain_text(f"code {chosen} of")
        return chosen

    present = code_of(cell)
    dot = dots.nth(0)
    chosen = previewed_by_click(dot)
    if chosen == present:
        dot = dots.nth(1)
        chosen = previewed_by_click(dot)
    assert chosen != present
    assert code_of(cell) == present  # a preview changes nothing
    palette.get_by_role("button", name="Insert").click()
    expect(cell).to_contain_text(f"code {chosen} of")
    expect(status).to_contain_text("at the cursor")

    figure.press("ArrowRight")
    expect(status).not_to_contain_text(f"code {chosen} of")
    onward = code_of(status)
    figure.press(" ")
    wait_for_preview(onward)
    figure.press("Enter")
    expect(cell).to_contain_text(f"code {onward} of")

    page.mouse.move(*center(dot.bounding_box()), steps=STEPS)
    expect(status).to_contain_text(f"code {chosen} of")
    page.mouse.down()
    box = grid.locator(".plotarea_background").bounding_box()
    page.mouse.move(box["x"] + 0.52 * box["width"], box["y"] + 0.9 * box["height"], steps=STEPS)
    expect(page.locator(".sda-dragged[data-over=true]")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".sda-dragged")).to_have_count(0)
    expect(cell).not_to_contain_text("frame 0 ")
    expect(cell).to_contain_text(f"code {chosen} of")

    palette.get_by_role("button", name="In the corpus").click()
    expect(status).to_contain_text(re.compile(r"in (pluck|rain|sweep)\S* at \d\.\d\d s"))
    figure.press("Escape")
    expect(figure).to_have_count(0)
    expect(grid).to_be_focused()
    grid.press("p")
    expect(figure).to_be_in_viewport(ratio=0.99)  # pages scroll by whole pixels
    expect(figure).to_be_focused()
