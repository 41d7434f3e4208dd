"""The map in the served page: preview a recording, load it, mix two."""

import re

import pytest
from playwright.sync_api import expect

KEEP_PREVIEWS = """
window.previews = [];
document.addEventListener("sda:preview", (event) => window.previews.push([event.detail.name, event.detail.pcm]));
"""
TAKE = """(() => { const take = window.takes.findLast(t => t[0] === 'Edited');
return take && take[1].reduce((sum, one) => (31 * sum + one) | 0, take[1].length); })()"""
"""A number for the newest edited take's bytes."""
STEPS = 8
SETTLED = 500
"""Milliseconds."""


@pytest.fixture
def dots(page, slider_studio, open_page):
    """The recordings' dots; the marks of what is pointed at and loaded come behind them."""
    page.add_init_script(KEEP_PREVIEWS)
    open_page(slider_studio)
    page.wait_for_function("new Set(window.takes.map(t => t[0])).size === 2")
    figure = page.locator(".sda-map-figure[role=application]")
    expect(figure).to_have_attribute("aria-label", re.compile(r"Map of \d+ recordings"))  # made beside the page
    count = int(re.search(r"Map of (\d+) recordings", figure.get_attribute("aria-label")).group(1))
    found = page.locator(".sda-map-figure .dot")
    expect(found).to_have_count(count)
    figure.scroll_into_view_if_needed()
    wait_until_still(page, found.first)
    return [found.nth(number) for number in range(count)]


def wait_until_still(page, dot):
    """Wait until a dot stays where it is: the page is laid out anew when its parts come."""
    before = None
    for _ in range(40):
        if (now := dot.bounding_box()) == before:
            return
        before = now
        page.wait_for_timeout(500)


def center(dot):
    box = dot.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def far_apart(dots):
    """The dot that is farthest to the left and the one that is farthest to the right."""
    ordered = sorted(dots, key=center)
    return ordered[0], ordered[-1]


def status(page):
    return page.locator(".sda-map [role=status]")


def notice(page):
    return page.locator(".sda-notice")


def named(page, dot):
    """Hover over a dot; return its name on the map once its preview has played."""
    page.mouse.move(0, 0)
    expect(status(page)).to_contain_text("lighter dots")
    page.evaluate("window.previews.length = 0")
    page.mouse.move(*center(dot), steps=STEPS)
    # Dots on the pointer's way are named too; the last preview is that of this dot.
    expect(status(page)).to_have_text(re.compile(r" · \d+\.\d s$"))
    page.wait_for_timeout(SETTLED)
    name = status(page).locator("b").inner_text()
    page.wait_for_function("name => window.previews.at(-1)?.[0] === name", arg=name)
    return name


@pytest.mark.long
def test_hovering_over_a_dot_previews_and_names_it(page, dots):
    taken, said = page.evaluate(TAKE), notice(page).inner_text()
    names = set()
    for dot in far_apart(dots):
        names.add(named(page, dot))
        assert page.evaluate("window.previews.at(-1)[1].some(one => Math.abs(one) > 300)")
    assert len(names) == 2
    assert (page.evaluate(TAKE), notice(page).inner_text()) == (taken, said)  # the current sound stays


@pytest.mark.long
def test_a_click_loads_the_recording(page, dots):
    dot, _ = far_apart(dots)
    before = page.evaluate(TAKE)
    name = named(page, dot)
    page.mouse.click(*center(dot))
    expect(notice(page)).to_have_text(name)
    page.wait_for_function(f"{TAKE} !== {before}")
    expect(page.locator(".sda-map-between")).to_be_hidden()


def test_a_drag_from_dot_to_dot_mixes_both(page, dots):
    one, other = far_apart(dots)
    names, before = [named(page, dot) for dot in (one, other)], page.evaluate(TAKE)
    page.mouse.move(*center(one), steps=STEPS)
    page.mouse.down()
    page.mouse.move(*center(other), steps=STEPS)
    expect(status(page)).to_have_text(f"From {names[0]} to {names[1]}")
    page.mouse.up()
    expect(notice(page)).to_have_text(f"{names[0]} → {names[1]} · 50%")
    page.wait_for_function(f"{TAKE} !== {before}")
    between, middle = page.locator(".sda-map-between"), page.evaluate(TAKE)
    expect(between).to_be_visible()
    expect(between.locator(".sda-map-end")).to_have_text(names)
    between.scroll_into_view_if_needed()
    track = between.locator(".noUi-base").bounding_box()
    page.mouse.click(track["x"] + 0.9 * track["width"], track["y"] + track["height"] / 2)
    expect(notice(page)).to_have_text(re.compile(r" · (89|9\d)%$"))
    page.wait_for_function(f"{TAKE} !== {middle}")
