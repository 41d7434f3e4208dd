"""Edits of one sound: change the selected cells, lock them, copy and paste them."""

import dataclasses
import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np

from sda_lib.editing.registry import EDITS, Cells, Edit, edit_parameters, mask, rectangles
from sda_lib.errors import SdaError
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.guard import verb
from sda_widgets.session.sound_traits import SoundPart
from sda_widgets.session.steps import Steps
from sda_widgets.session.unchanged import RESTORED, why_unchanged

# Edits that need a pointer, the clipboard or a key, and so no form.
BY_HAND = ("paint", "paste", "mix", "set", "step")
NOTHING_COPIED = "Nothing is copied yet; select cells and copy them first."
OTHER_LENGTH = "The sound's length has changed, so its own codes do not fit; undo leads back to them."
# Most seeds that are tried until one changes the codes: the random code of a single cell can be the one it has.
TRIED_SEEDS = 4


@dataclass(eq=False)
class Editing(SoundPart):
    """Edits the codes of a sound, inside its selection and outside of frozen cells."""

    steps: Steps

    @verb
    def apply(self, name: str, within: tuple[Cells, ...] | None = None, **arguments: Any) -> None:
        """Apply one of sda_lib's EDITS to the selection, unless levels, frames or rectangles are given."""
        codes, known = self.sound.need_codes(), inspect.signature(EDITS[name]).parameters if name in EDITS else {}
        placed = {"levels", "frames"} & set(arguments) or not {"levels", "frames"} & set(known)
        areas = () if placed else self.sound.areas
        edit, model = Edit(name, arguments, areas if within is None else within, self.sound.frozen), self.context.model
        words = edit.description(codes, self.context.need_model().level_names)
        if not self.steps.add(edit, words, edit.apply(codes, model), edit.frozen_after(codes)):
            self._say_unchanged(name, edit.within)

    @verb
    def regenerate(self, options: GenerateOptions) -> None:
        """Regenerate the selected cells so that they fit their context; can be undone."""
        codes, (first, end) = self.sound.need_codes(), self.sound.target["frames"]
        if self.sound.more:
            raise SdaError("Only one range of frames can be filled; select one, or apply the edit Regenerate to all.")
        span = codes.seconds_of(first), codes.seconds_of(end)
        options = dataclasses.replace(options, regenerate=span, levels=self.sound.target["levels"], contour=())
        written = compose_codes(self.context.need_model(), options, codes)
        written = self.sound.history.state.keep_frozen(written)
        if not self.steps.add(options, f"regenerated, frames {first} to {end - 1}, seed {options.seed}", written):
            self._say_unchanged("regenerate", self.sound.areas)

    def _say_unchanged(self, name: str, areas: tuple[Cells, ...]) -> None:
        codes = self.sound.need_codes()
        self.sound.say_unchanged(why_unchanged(name, codes, areas or self.sound.areas, self.sound.frozen))

    @verb
    def freeze(self) -> None:
        """Lock the selected cells: no edit changes them."""
        codes = self.sound.need_codes()
        self._freeze(mask(self.sound.frozen, codes) | mask(self.sound.areas, codes))

    @verb
    def thaw(self) -> None:
        """Unlock the selected cells."""
        codes = self.sound.need_codes()
        self._freeze(mask(self.sound.frozen, codes) & ~mask(self.sound.areas, codes))

    def _freeze(self, cells: np.ndarray) -> None:
        # Ends a slider drag, too: locked cells must stay as they are when it continues.
        self.sound.set(dragged=(), frozen=rectangles(cells))
        self.steps.amend(self.steps.state())

    @verb
    def restore(self) -> None:
        """Restore the selected cells from the unedited codes. Raises SdaError when the sound's length has changed."""
        codes, written = self.sound.need_codes(), self.sound.written
        if written is None or codes.frames != written.frames:
            raise SdaError(OTHER_LENGTH)
        edit = Edit("swap", {"other": written}, self.sound.areas, self.sound.frozen)
        if not self.steps.add(edit, "own codes restored", edit.apply(codes, self.context.need_model())):
            self._say_unchanged(RESTORED, self.sound.areas)

    def put_code(self, level: int, code: int, frame: int | None = None) -> None:
        """Put a code into its level at the cursor or selection. Given a frame, put it there, or into the whole
        selection if the frame lies inside it."""
        sound = self.sound
        if frame is not None and not any(a <= level < b and c <= frame < d for (a, b), (c, d) in sound.areas):
            sound.set(cursor=(level, frame), selection=None, more=())
        places = tuple(dict.fromkeys(((level, level + 1), frames) for _levels, frames in sound.areas))
        self.apply("set", within=places, code=code)

    def apply_here(self, name: str) -> None:
        """Apply an edit that needs only a region; a seed is different each time, and one that changes the codes."""
        if "seed" not in edit_parameters(name):
            self.apply(name)
            return
        before, first = self.sound.codes, len(self.sound.history.steps)
        for seed in range(first, first + TRIED_SEEDS):
            self.apply(name, seed=seed)
            if self.sound.codes is not before:
                return

    def step_far(self, sign: int) -> None:
        """Step codes far enough to be audible: neighboring codes sound nearly alike."""
        self.apply("step", amount=sign * max(1, self.sound.need_codes().codebook_size // 32))

    def toggle_lock(self) -> None:
        """Lock the selected cells, or unlock them if all are locked."""
        codes = self.sound.need_codes()
        cells, locked = (mask(areas, codes) for areas in (self.sound.areas, self.sound.frozen))
        (self.thaw if (locked | ~cells).all() else self.freeze)()

    def select(self, row: bool = False, column: bool = False) -> None:
        """Select all cells, or the cursor's row or column."""
        codes, (level, frame) = self.sound.need_codes(), self.sound.cursor
        levels = (level, level + 1) if row else (0, codes.levels)
        frames = (frame, frame + 1) if column else (0, codes.frames)
        self.sound.set(selection=(levels, frames), more=())

    def cut(self) -> None:
        """Copy the selected cells and clear them."""
        self.copy()
        self.apply("clear")

    def copy(self) -> None:
        """Copy the selected cells; of several rectangles, their bounding box."""
        if self.sound.codes is not None:
            levels, frames = self.sound.target["levels"], self.sound.target["frames"]
            self.context.clipboard = (self.sound.codes.indices[slice(*levels), slice(*frames)], levels[0])

    def paste(self, amount: float = 1.0) -> None:
        """Paste the copied cells at the start of the selection. An amount below 1 mixes them with the codes there.

        They go to the cursor's level, or to the levels they come from if they would not fit there, and are selected.
        """
        if self.context.clipboard is None:
            self.sound.say_unchanged(NOTHING_COPIED)
            return
        (block, level), target, codes = self.context.clipboard, self.sound.target, self.sound.codes
        if codes is None or target["levels"][0] + len(block) <= codes.levels:
            level = target["levels"][0]
        place = {"block": block, "to_level": level, "to": target["frames"][0]}
        if amount < 1:
            self.apply("mix", amount=amount, **place)
        else:
            self.apply("paste", **place)
        if codes is not None and not self.context.message:
            rows, columns = block.shape
            first = target["frames"][0]
            cells = (level, min(level + rows, codes.levels)), (first, min(first + columns, codes.frames))
            self.sound.set(cursor=(level, first), selection=cells, more=())
