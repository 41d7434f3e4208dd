"""Grid commands: the edits and selections that the buttons and keys of a code grid share."""

from __future__ import annotations

import inspect

from sda_lib.editing.registry import EDITS, mask
from sda_widgets.session.sound import Sound

# Amount of the pasted cells where a paste is mixed with the codes already there.
HALF = 0.5


class GridCommands:
    """Acts on the selection of `sound`, or on the cell at the cursor."""

    def __init__(self, sound: Sound) -> None:
        self.sound = sound

    def apply(self, name: str) -> None:
        """Apply an edit that needs only a region; a seed is different each time."""
        seeded = "seed" in inspect.signature(EDITS[name]).parameters
        self.sound.edits.apply(name, **({"seed": len(self.sound.history.steps)} if seeded else {}))

    def step(self, amount: int) -> None:
        self.sound.edits.apply("step", amount=amount)

    def step_far(self, sign: int) -> None:
        """Step codes far enough to be audible: neighboring codes sound nearly alike."""
        self.step(sign * max(1, self.sound.codes.codebook_size // 32))

    def restore(self) -> None:
        self.sound.edits.restore()

    def toggle_lock(self) -> None:
        """Lock the selected cells, or unlock them if all are locked."""
        cells, locked = (mask(areas, self.sound.codes) for areas in (self.sound.areas, self.sound.frozen))
        (self.sound.edits.thaw if (locked | ~cells).all() else self.sound.edits.freeze)()

    def copy(self) -> None:
        self.sound.edits.copy()

    def cut(self) -> None:
        self.sound.edits.copy()
        self.sound.edits.apply("clear")

    def paste(self) -> None:
        self.sound.edits.paste()

    def paste_half(self) -> None:
        self.sound.edits.paste(HALF)

    def open_palette(self) -> None:
        self.sound.palette_open = True

    def select_all(self) -> None:
        self._select((0, self.sound.codes.levels), (0, self.sound.codes.frames))

    def select_row(self) -> None:
        level = self.sound.cursor[0]
        self._select((level, level + 1), (0, self.sound.codes.frames))

    def select_column(self) -> None:
        frame = self.sound.cursor[1]
        self._select((0, self.sound.codes.levels), (frame, frame + 1))

    def _select(self, levels: tuple[int, int], frames: tuple[int, int]) -> None:
        self.sound.set(selection=(levels, frames), more=())
