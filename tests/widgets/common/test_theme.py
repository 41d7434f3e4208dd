"""Colors of the page: declared once, legible in both themes, and named by a style sheet that every root has."""

import re
from itertools import product
from pathlib import Path

import pytest

from sda_widgets.common import theme

PACKAGE = Path(theme.__file__).parents[1]
COLORS = theme.HERE / "colors.css"
DECLARED = re.compile(r"^  (--sda-[\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));", re.MULTILINE)
LITERAL = re.compile(r"#[0-9a-fA-F]{3}\b(?!;)|#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{8}\b|\b(?:rgba?|hsla?)\(|light-dark\(")
SURFACES = ("page", "card", "raised", "hover", "chosen")
TEXTS = ("text", "quiet", "faint", "accent", "accent-hover", "danger", "green", "yellow", "red")
# On what is between text and a card: 3 of 1 is enough for what is no text (WCAG 2.2, 1.4.11).
LINES = ("edge-strong", "outline", "danger-edge", "wave", "wave-played", "zone-safe", "zone-warning", "zone-danger")


def declared():
    """The properties of the style sheet by name, each as its colors in the light and the dark theme."""
    found = DECLARED.findall(COLORS.read_text().split("\n}", 1)[0])
    return {name.removeprefix("--sda-"): (light or both, dark or both) for name, light, dark, both in found}


def luminance(color):
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """The contrast of two colors, 1 to 21, as WCAG defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def too_close(names, surfaces, least):
    """The pairs of properties whose contrast is below `least`, with the theme and the contrast."""
    colors, found = declared(), []
    for number, name, surface in product((0, 1), names, surfaces):
        reached = contrast(colors[name][number], colors[surface][number])
        if reached < least:
            found.append((("light", "dark")[number], name, surface, round(reached, 2)))
    return found


def test_contrast_is_as_defined():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_text_is_legible_on_every_surface():
    assert too_close(TEXTS, SURFACES, 4.5) == []
    assert too_close(["on-accent"], ["accent", "accent-hover"], 4.5) == []
    assert too_close(["danger", "text"], ["danger-page"], 4.5) == []
    assert too_close(["thumb-safe", "thumb-warning", "danger"], ["page", "card"], 4.5) == []


def test_controls_and_drawings_stand_out_from_what_is_behind_them():
    assert too_close(LINES, ["page", "card"], 3.0) == []
    assert too_close(["edge-strong"], ["raised", "hover"], 3.0) == []
    assert too_close(["level-first", "level-last"], ["card"], 3.0) == []


def test_every_color_is_declared_once():
    found = {
        f"{path.relative_to(PACKAGE)}: {line.strip()[:80]}"
        for kind in ("css", "js", "py", "j2")
        for path in PACKAGE.rglob(f"*.{kind}")
        if path != COLORS and "static" not in path.parts
        for line in path.read_text().splitlines()
        if LITERAL.search(line)
    }
    assert found == set()
    names = [line.split(":")[0].strip() for line in COLORS.read_text().split("\n}", 1)[0].splitlines() if "--" in line]
    assert len(names) == len(set(names)) > 30


def test_every_named_color_exists():
    """A misspelled property would leave what it colors black or unseen."""
    known = set(re.findall(r"(--sda-[\w-]+)\s*:", "".join(path.read_text() for path in PACKAGE.rglob("*.css"))))
    script = "".join(path.read_text() for path in PACKAGE.rglob("*.js") if "static" not in path.parts)
    known |= set(re.findall(r"setProperty\(\"(--sda-[\w-]+)\"", script))
    for kind in ("css", "js", "py"):
        for path in PACKAGE.rglob(f"*.{kind}"):
            if "static" not in path.parts:
                used = set(re.findall(r"var\((--sda-[\w-]+)[,)]", path.read_text()))
                assert used <= known, path


def test_roots_bring_colors_first():
    css = theme.stylesheet().children[0].value
    assert css.index("--sda-page: light-dark") < css.index(".sda-app .sda-card {")
