"""Display of a map: recordings as named dots in the plane, near where they sound alike."""

from __future__ import annotations

from sda_lib.colors import color_ramp
from sda_lib.display.markup import counted, head, note, text
from sda_lib.display.pictures import CODE_STOPS
from sda_lib.maps.corpus_map import CorpusMap

# Height of the picture and width of a dot in pixels, and share of the picture that is left free at each side.
HEIGHT, DOT, MARGIN = 300, 12, 0.08
# Most recordings whose names stand beside their dots; others have it as a tip.
NAMED = 40


def map_view(found: CorpusMap) -> str:
    """Return the recordings as dots with their names; dots of bright sounds are light."""
    colors = color_ramp(CODE_STOPS, found.colors)
    dots = "".join(
        _dot(name, x, y, f"#{bytes(color).hex()}", len(found) <= NAMED)
        for name, (x, y), color in zip(found.names, found.places.tolist(), colors.tolist(), strict=True)
    )
    area = f'<div class="sda-area" style="height:{HEIGHT}px;background:var(--sda-panel);border-radius:6px">{dots}</div>'
    explained = note("Recordings that sound alike are near each other; bright ones have light dots.")
    return head("Map", counted(len(found), "recording")) + area + explained


def _dot(name: str, x: float, y: float, color: str, is_named: bool) -> str:
    """Return a dot at a place in -1..1, whose name stands on the side where there is room."""
    left, top = (MARGIN + (1 - 2 * MARGIN) * (0.5 + side * at / 2) for side, at in ((1, x), (-1, y)))
    side = "left" if x < 0 else "right"
    label = f'<span class="sda-quiet" style="position:absolute;{side}:{DOT + 4}px;top:-4px;white-space:nowrap">'
    return (
        f'<div title="{text(name)}" style="position:absolute;left:calc({100 * left:.2f}% - {DOT // 2}px);'
        f"top:calc({100 * top:.2f}% - {DOT // 2}px);width:{DOT}px;height:{DOT}px;border-radius:50%;"
        f'background:{color};border:1px solid var(--sda-quiet);font-size:11px">'
        f"{f'{label}{text(name)}</span>' if is_named else ''}</div>"
    )
