"""Two sounds side by side in the served page."""

import pytest
from frame_acts import go_to, place, wait_for_grid, wait_for_sound
from playwright.sync_api import expect

LAST = """async (name) => {
  const samples = window.takes.findLast((take) => take[0] === name)[1];
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", samples))).join();
}"""
HEADS_AGREE = """() => {
  const grids = [...document.querySelectorAll(".sda-grid-main")];
  const [one, other] = grids.map((grid) => [...grid.querySelectorAll("path.line")].at(-1).getAttribute("d"));
  return other && one === other;
}"""


def digest_after(page, name, act):
    """Do something and return the digest of the take it makes."""
    count = page.evaluate("window.takes.length")
    act()
    page.wait_for_function(f"window.takes.slice({count}).some((take) => take[0] === {name!r})")
    return page.evaluate(LAST, name)


# Positions before and after B is chosen while the first sound plays, which can be over before two calls of a slow
# machine.
SWITCHED = """async () => {
    const clock = () => parseFloat(document.querySelector(".sda-clock").textContent);
    const frame = () => new Promise(requestAnimationFrame);
    document.querySelector(".sda-play").click();
    document.querySelector(".sda-take[data-name=Edited]").click();
    for (let frames = 0; frames < 900 && !(clock() >= 0.1); frames++) await frame();
    const before = clock();
    document.querySelector(".sda-take[data-name=B]").click();
    await frame();
    await frame();
    return [before, clock()];
}"""


def work_with_two(page):
    wait_for_grid(page)
    button = lambda text: page.get_by_role("button", name=text, exact=True)  # noqa: E731
    mine = page.evaluate(LAST, "Edited")
    assert digest_after(page, "B", lambda: button("Side by side").click()) == mine
    expect(page.locator(".sda-grid-main[role=grid]")).to_have_count(2)

    button("B").click()
    go_to(page, "Play")
    theirs = digest_after(page, "B", lambda: button("Next seed").click())
    assert theirs != mine
    assert page.evaluate(LAST, "Edited") == mine

    go_to(page, "Mix")
    slider = page.locator(".sda-blend .noUi-handle").first
    slider.scroll_into_view_if_needed()
    slider.focus()
    blend = digest_after(page, "Blend", lambda: [page.keyboard.press("PageUp") for _ in range(3)])
    expect(page.locator(".sda-blend")).to_contain_text("codes")
    assert blend not in (mine, theirs)
    kept = digest_after(page, "Edited", lambda: button("Keep").click())
    expect(page.locator(".sda-take[data-name=Blend]")).to_have_count(0)
    assert kept != mine
    undo = page.get_by_role("button", name="Undo").first
    assert digest_after(page, "Edited", lambda: undo.click()) == mine
    go_to(page, "Codes")
    bar = place(page, "Codes").locator(".sda-ab-bar")

    assert (
        digest_after(page, "Edited", lambda: bar.get_by_role("button", name="A ⇄ B").click()) == theirs
    )  # B comes before it
    assert page.evaluate(LAST, "B") == mine
    plot = page.locator(".sda-grid-main .plotarea_background").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.9 * box["height"], steps=5)
    page.mouse.up()
    assert digest_after(page, "B", lambda: bar.get_by_role("button", name="A → B").click()) != mine

    # Both play in lock-step: switching keeps the place.
    before, after = page.evaluate(SWITCHED)
    assert before >= 0.1
    assert after >= before - 0.05
    page.wait_for_function(HEADS_AGREE)

    button("Side by side").click()
    expect(page.locator(".sda-grid-main[role=grid]")).to_have_count(1)
    expect(page.locator(".sda-take[data-name=B]")).to_have_count(0)


def test_two_sounds_side_by_side(either, page):
    either(page)
    work_with_two(page)


CLOCK = "parseFloat(document.querySelector('.sda-clock').textContent)"


@pytest.mark.long
def test_takes_of_two_lengths_keep_together(page, studio, open_page):
    """A take that has ended starts over when selected; all loop over the length of the audible one."""
    open_page(studio)
    wait_for_sound(page)
    digest_after(page, "Edited", lambda: page.get_by_role("button", name="Continue", exact=True).click())
    go_to(page, "Mix")
    digest_after(page, "B", lambda: page.get_by_role("button", name="Side by side").click())
    page.get_by_role("button", name="B", exact=True).click()
    go_to(page, "Library")
    page.get_by_placeholder("Path of a sound file").fill("pluck.wav")
    page.get_by_placeholder("Path of a sound file").press("Tab")
    digest_after(page, "B", lambda: page.locator(".sda-files").get_by_role("button", name="Open", exact=True).click())
    go_to(page, "Play")
    clock = page.locator(".sda-clock")
    expect(clock).to_contain_text("/ 1.10 s")
    page.locator(".sda-take[data-name=Edited]").click()
    expect(clock).to_contain_text("/ 2.")
    wave = page.locator(".sda-wave")
    wave.scroll_into_view_if_needed()
    box = wave.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function(f"{CLOCK} > 1.1")
    page.keyboard.press("l")
    page.keyboard.press("Space")
    page.wait_for_function(f"{CLOCK} > 1.25")
    page.keyboard.press("b")
    expect(clock).to_contain_text("/ 1.10 s")
    page.wait_for_function(f"{CLOCK} < 0.5")
    page.wait_for_function(f"{CLOCK} > 0.9")
    page.wait_for_function(f"{CLOCK} < 0.5")
    page.keyboard.press("a")
    page.wait_for_function(f"{CLOCK} > 1.3")
    page.keyboard.press("l")
    page.keyboard.press("b")
    page.wait_for_function(f"{CLOCK} < 0.5")
    expect(page.locator(".sda-play")).to_have_attribute("aria-pressed", "false")
    expect(clock).to_contain_text("0.00 / 1.10 s")
