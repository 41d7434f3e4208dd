"""Accessibility of the page: no serious finding of axe-core in either theme, targets that a finger meets, and every
control reached and operated by the keyboard alone, with its focus seen."""

import os
from pathlib import Path

import pytest
from frame_acts import go_to
from playwright.sync_api import expect

PLACES = ("Learn", "Play", "Codes", "Mix", "Export", "Library")
THEMES = ("light", "dark")
AXE = Path(os.environ.get("SDA_AXE") or Path(__file__).parents[2] / "widgets/node_modules/axe-core/axe.min.js")
# axe-core reads the page over several turns, so it finds a page that is half changed, too: it reads again after a
# second,
# up to five times, and what it finds twice in a row counts.
SERIOUS = """async () => {
  const read = async () => {
    const { violations } = await axe.run(document.body, { resultTypes: ["violations"] });
    const found = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  };
  let found = await read();
  for (let turn = 0; turn < 5 && found.length; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const again = await read();
    if (again.join() === found.join()) break;
    found = again;
  }
  return found;
}"""
# Helpers in the page. What a label names is part of its target; a radio button that isn't chosen is reached by arrows.
HELPERS = """
window.controls = () => {
  const selector = "button, select, input, textarea, a[href], summary, [tabindex='0'], [contenteditable=true]";
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const isReached = (node) => (node.tabIndex >= 0 || node.isContentEditable) && (node.type !== "radio" || node.checked);
  const all = [...document.querySelector(".sda-app").querySelectorAll(selector)];
  return all.filter((node) => isShown(node) && isReached(node) && !node.disabled);
};
window.targetOf = (node) => {
  const box = (node.querySelector(".noUi-touch-area") ?? node.closest("label") ?? node).getBoundingClientRect();
  return [box.width, box.height];
};
window.isOutlined = (node) => {
  const { outlineStyle, outlineWidth, opacity } = getComputedStyle(node);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1 && opacity > 0;
};
window.reached = new Set();  // nodes, and what they are called: a new sound has new buttons for its takes
window.nameOf = (node) => `${node.className} ${node.ariaLabel ?? node.title} ${node.textContent}`;
window.inWords = (node) => node.outerHTML.slice(0, 140);
window.acts = [];
window.isDryRun = false;  // in one, what is operated is noted and goes no further
for (const type of ["click", "input", "change"]) {
  addEventListener(type, (event) => {
    if (!window.isDryRun) return;
    window.acts.push([type, event.target]);
    event.stopImmediatePropagation();
  }, true);
}
"""
SMALL = """least => controls()
  .filter((node) => node.getClientRects()[0].height && Math.min(...targetOf(node)) < least)
  .map((node) => `${inWords(node)} ${targetOf(node)}`)"""
FOCUSED = """() => {
  const node = document.activeElement;
  const isControl = controls().includes(node);
  const isKnown = reached.has(node);
  reached.add(node).add(nameOf(node));
  window.focused = node;
  window.acts = [];
  const isSeen = [node, node.closest("label")].some((one) => one && isOutlined(one));
  const kinds = [node.role, node.type, node.tagName.toLowerCase()];
  return { isControl, isKnown, isSeen, kinds, words: inWords(node) };
}"""
STATE = """() => [
  focused.value, focused.checked, focused.ariaChecked, focused.parentElement?.style.transform,
  acts.some(([, node]) => node === focused),
].join()"""
MISSED = "() => controls().filter((one) => !reached.has(one) && !reached.has(nameOf(one))).map(inWords)"
# The keys that operate a control and put it back, by its role, else by its type or tag.
ARROWS, ENTER = ("ArrowLeft", "ArrowRight"), ("Enter", "Shift")
KEYS = {
    "slider": ARROWS, "range": ARROWS, "radio": ARROWS, "number": ("ArrowUp", "ArrowDown"),
    "checkbox": ("Space", "Space"), "text": ("a", "Backspace"), "button": ENTER, "submit": ENTER,
}  # fmt: skip


@pytest.fixture
def opened(page, slider_studio, open_page):
    """A page with a sound and sliders, all of whose background work is done."""
    open_page(slider_studio)
    page.wait_for_function("window.takes.length >= 2")
    expect(page.locator(".sda-map-figure .dot").first).to_be_visible()
    page.evaluate(HELPERS)
    return page


def show_theme(page, theme):
    """Show a theme, and wait until all colors have changed."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function(f"getComputedStyle(document.querySelector('.sda-app')).colorScheme === '{theme}'")
    page.wait_for_timeout(300)


def bring_axe(page):
    """Make axe-core known in a page, unseen by the page's own loader of modules."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in widgets/")
    page.evaluate(f"() => (function (define, module) {{ {AXE.read_text()} }}).call(window)")


def test_axe_finds_nothing_serious_in_any_place_and_theme(opened):
    bring_axe(opened)
    found = {}
    for theme in THEMES:
        show_theme(opened, theme)
        for place in PLACES:
            go_to(opened, place)
            found[theme, place] = opened.evaluate(SERIOUS)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.long
def test_axe_would_find_text_of_little_contrast(opened):
    """The check itself: a text that can hardly be read, and a button without a name, are found."""
    bring_axe(opened)
    bad = "<p style='color: #777; background: #888'>hardly legible</p><button class='jupyter-button'> </button>"
    card = opened.locator(".sda-shown .sda-card").filter(visible=True).first
    card.evaluate("(card, bad) => card.insertAdjacentHTML('afterbegin', bad)", bad)
    found = " ".join(opened.evaluate(SERIOUS))
    assert "color-contrast" in found
    assert "button-name" in found


@pytest.mark.long
def test_targets_are_large_enough(opened):
    for place in PLACES:
        go_to(opened, place)
        assert opened.evaluate(SMALL, 24) == []


@pytest.mark.long
def test_nothing_moves_where_the_system_asks_for_that(opened):
    opened.emulate_media(reduced_motion="reduce")
    longest = """() => Math.max(...[...document.querySelectorAll(".sda-app, .sda-app *")].flatMap((node) => {
      const { transitionDuration, animationDuration } = getComputedStyle(node);
      return `${transitionDuration}, ${animationDuration}`.split(", ").map(parseFloat);
    }))"""
    assert opened.evaluate(longest) < 0.001
    opened.emulate_media(reduced_motion="no-preference")
    assert opened.evaluate(longest) > 0.01


def test_every_control_is_reached_and_operated_by_keys_alone(opened):
    missed, unseen, dead = [], [], []
    for place in PLACES:
        go_to(opened, place)
        opened.evaluate("() => { isDryRun = true; reached.clear(); document.activeElement.blur(); }")
        for _ in range(2 * opened.evaluate("controls().length")):
            opened.keyboard.press("Tab")
            found = opened.evaluate(FOCUSED)
            if found["isKnown"]:
                break
            if found["isControl"] and not found["isSeen"]:
                unseen.append((place, found["words"]))
            if found["isControl"] and not operates(opened, found):
                dead.append((place, found["words"]))
        missed += [(place, words) for words in opened.evaluate(MISSED)]
        opened.evaluate("() => { isDryRun = false; }")
    assert (missed, unseen, dead) == ([], [], [])


def operates(page, found):
    """Whether a key that a control is operated with changes it, or is taken as a click; the control is put back."""
    keys = next((KEYS[kind] for kind in found["kinds"] if kind in KEYS), None)
    if keys is None:
        return True  # a drawing, whose keys have tests of their own, or the number beside a slider
    before = page.evaluate(STATE)
    page.keyboard.press(keys[0])
    if page.evaluate(STATE) == before:  # a slider at its end goes the other way alone
        page.keyboard.press(keys[1])
        return page.evaluate(STATE) != before
    page.keyboard.press(keys[1])
    return True
