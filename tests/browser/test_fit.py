"""Everything fits: no place scrolls the page, cuts off, covers a control or has a scroll bar in a scroll bar."""

from pathlib import Path

import pytest
from frame_acts import go_to, wait_for_sound

PLACES = ("Learn", "Play", "Codes", "Mix", "Export", "Library")
SIZES = ((1280, 800), (1920, 1080), (900, 1200))
FAULTS = (Path(__file__).parents[2] / "benchmarks/page_pictures.js").read_text()
NEVER = ("page scrolls", "cut off", "outside", "covered", "wraps", "scroll bar in")


def faults(page):
    """What of the page does not fit, in words."""
    return [fault for fault in page.evaluate(FAULTS) if fault.startswith(NEVER)]


def test_every_place_fits_in_every_size(page, slider_studio, open_page):
    open_page(slider_studio)
    wait_for_sound(page)
    found = {}
    for place in PLACES:
        go_to(page, place)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(800)
            found[place, width, height] = faults(page)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.long
def test_the_check_finds_what_does_not_fit(page, slider_studio, open_page):
    open_page(slider_studio)
    wait_for_sound(page)
    assert faults(page) == []
    bad = "<p style='width: 40px; overflow: hidden; white-space: nowrap'>words that have no room</p>"
    card = page.locator(".sda-shown .sda-card").filter(visible=True).first
    card.evaluate("(card, bad) => card.insertAdjacentHTML('afterbegin', bad)", bad)
    assert [fault.split(":")[0] for fault in faults(page)] == ["cut off"]
