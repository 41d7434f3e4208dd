"""Grid commands: the edits and selections that the buttons and keys of a code grid share."""

from __future__ import annotations

from typing import Any

from sda_lib.editing.registry import edit_parameters, mask
from sda_widgets.session.sound import Sound


class GridCommands:
    """Acts on the selection of `sound`, or on the cell at the cursor."""

    def __init__(self, sound: Sound) -> None:
        self.sound = sound

    def apply(self, name: str) -> None:
        """Apply an edit that needs only a region; a seed is different each time."""
        seeded = "seed" in edit_parameters(name)
        arguments: dict[str, Any] = {"seed": len(self.sound.history.steps)} if seeded else {}
        self.sound.edits.apply(name, **arguments)

    def step(self, amount: int) -> None:
        self.sound.edits.apply("step", amount=amount)

    def step_far(self, sign: int) -> None:
        """Step codes far enough to be audible: neighboring codes sound nearly alike."""
        self.step(sign * max(1, self.sound.need_codes().codebook_size // 32))

    def toggle_lock(self) -> None:
        """Lock the selected cells, or unlock them if all are locked."""
        codes = self.sound.need_codes()
        cells, locked = (mask(areas, codes) for areas in (self.sound.areas, self.sound.frozen))
        (self.sound.edits.thaw if (locked | ~cells).all() else self.sound.edits.freeze)()

    def cut(self) -> None:
        self.sound.edits.copy()
        self.sound.edits.apply("clear")

    def open_palette(self) -> None:
        self.sound.palette_open = True

    def select(self, row: bool = False, column: bool = False) -> None:
        """Select all cells, or the cursor's row or column."""
        codes, (level, frame) = self.sound.need_codes(), self.sound.cursor
        levels = (level, level + 1) if row else (0, codes.levels)
        frames = (frame, frame + 1) if column else (0, codes.frames)
        self.sound.set(selection=(levels, frames), more=())
