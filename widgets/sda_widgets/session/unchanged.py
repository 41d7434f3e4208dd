"""Unchanged: why an edit left a sound as it was, in words that say what helps."""

from __future__ import annotations

from collections.abc import Sequence

from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import Cells, mask
from sda_widgets.common.keys import GRID, label_of

# Edits that move frames within the selection.
MOVE_FRAMES = ("reverse", "shift")
RESTORED = "restore"
REASONS = {
    "set": "These cells have that code already.",
    "paint": "These cells have that code already.",
    "clear": "These cells are clear already.",
    "step": "These codes are the last ones of their codebook.",
    "paste": "These cells hold what was copied already.",
    "mix": "These cells hold what was copied already.",
    "swap": "Both sounds are the same here.",
    "blend": "Both sounds are the same here.",
    RESTORED: "These cells have their original codes already.",
}


def why_unchanged(name: str, codes: Codes, areas: Sequence[Cells], frozen: Sequence[Cells]) -> str:
    """Return why an edit of the selected `areas` changed nothing, where cells are locked (`frozen`)."""
    wanted, locked = mask(tuple(areas), codes), mask(tuple(frozen), codes)
    if wanted.any() and locked[wanted].all():
        return f"All these cells are locked; unlock them first ({label_of('lock', GRID)})."
    if name in MOVE_FRAMES and all(end - first == 1 for _, (first, end) in areas):
        row = label_of("select_row", GRID)
        return f"{name.capitalize()} needs at least two frames; select more, or the whole row ({row})."
    return REASONS.get(name, f"{name.replace('_', ' ').capitalize()} changes nothing in these cells.")
