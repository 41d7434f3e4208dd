"""Commands on the first sound: its steps, its cells, and how its grid shows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sda_lib.editing.registry import EDITS
from sda_widgets.commands.command import Command, of_page
from sda_widgets.commands.conditions import codes, copied, redoable, restorable, undoable
from sda_widgets.session.editing import BY_HAND, Editing
from sda_widgets.session.session import CODES, Session

STEPS, CELLS, VIEW = "Steps", "Cells", "Code grid"
MIXED = 0.5


def _edit(name: str, words: str, act: Callable[[Editing], object], also: str = "") -> Command:
    """Return a command on the selected cells, or the one under the cursor."""
    return Command(name, CELLS, words, lambda session: act(session.sound.edits), codes, also, CODES)


def _here(name: str, words: str, also: str = "") -> Command:
    """Return a command that applies an edit which needs no more than a region."""
    return _edit(name, words, lambda edits: edits.apply_here(name), also)


def _undo(session: Session) -> None:
    session.sound.steps.undo()


def _redo(session: Session) -> None:
    session.sound.steps.redo()


def _restore(session: Session) -> None:
    session.sound.edits.restore()


SOUND_COMMANDS = (
    Command("undo", STEPS, "Undo the last step", _undo, undoable, "back revert"),
    Command("redo", STEPS, "Redo what was undone", _redo, redoable, "again forward"),
    _edit("select_all", "Select all cells", lambda edits: edits.select()),
    _edit("select_row", "Select the row", lambda edits: edits.select(row=True), "level"),
    _edit("select_column", "Select the column", lambda edits: edits.select(column=True), "frame"),
    _edit("copy", "Copy the selected cells", lambda edits: edits.copy()),
    _edit("cut", "Cut the selected cells", lambda edits: edits.cut()),
    Command("paste", CELLS, "Paste at the cursor", lambda session: session.sound.edits.paste(), copied, place=CODES),
    Command(
        "paste_mixed", CELLS, "Paste mixed half and half", lambda session: session.sound.edits.paste(MIXED), copied,
        "blend", CODES,
    ),
    _here("duplicate", "Duplicate the selected frames", "repeat"),
    _here("reverse", "Reverse the selected cells", "backwards"),
    _here("randomize", "Randomize the selected cells", "random draw"),
    _here("clear", "Clear the selected cells", "delete empty remove"),
    _here("mute", "Mute the level", "silence"),
    _here("solo", "Solo the level"),
    _edit("lock", "Lock or unlock the selected cells", lambda edits: edits.toggle_lock(), "freeze protect"),
    Command("restore", CELLS, "Restore the original codes", _restore, restorable, "reset", CODES),
    _edit("step_up", "Step to a higher code", lambda edits: edits.step_far(1)),
    _edit("step_down", "Step to a lower code", lambda edits: edits.step_far(-1)),
    _edit("next_code", "Step up by one code", lambda edits: edits.apply("step", amount=1)),
    _edit("previous_code", "Step down by one code", lambda edits: edits.apply("step", amount=-1)),
    *(
        of_page(name, VIEW, words, also, CODES, codes)
        for name, words, also in (
            ("brush", "Brush on or off", "paint draw"),
            ("palette", "Open the palette of codes", "colors"),
            ("rename_level", "Rename the level", "name row"),
            ("zoom_in", "Zoom in", ""),
            ("zoom_out", "Zoom out", ""),
            ("zoom_all", "Show the whole sound", "fit zoom"),
            ("pan_left", "Pan to the left", "scroll"),
            ("pan_right", "Pan to the right", "scroll"),
            ("varispeed", "Set the varispeed of the whole sound", "speed pitch semitones faster slower transpose"),
        )
    ),
)  # fmt: skip


def edit_commands() -> tuple[Command, ...]:
    """Return a command for each edit of the form, which leads there with the edit chosen."""

    def choose(name: str) -> Command:
        about = " ".join((EDITS[name].__doc__ or "").split())
        return Command(
            f"edit.{name}", "Edits", f"{name.replace('_', ' ').capitalize()} …", partial(_choose_edit, name), codes,
            about, CODES,
        )  # fmt: skip

    return tuple(choose(name) for name in EDITS if name not in BY_HAND)


def _choose_edit(name: str, session: Session) -> None:
    session.page_acts.run(f"edit.{name}")
