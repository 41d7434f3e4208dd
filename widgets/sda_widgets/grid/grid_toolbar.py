"""Grid toolbar: the name of a sound, the buttons above its grid, the edit form and the field that renames a level."""

from functools import partial

from ipywidgets import HTML, BoundedFloatText, HBox, Layout, Text, ToggleButton, Widget

from sda_lib.codec.varispeed import semitones_of
from sda_lib.editing.registry import EDITS
from sda_widgets.common.form_controls import button, show_if, spacer, watch
from sda_widgets.common.keys import GRID, hint, label_of
from sda_widgets.grid.edit_form import EditForm
from sda_widgets.session.context import NO_SOUND
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

# Edits that need only a region and have buttons of their own; all others are in the form.
QUICK = ("reverse", "randomize", "clear", "mute", "solo")


class GridToolbar:
    """`rows` of buttons, disabled while they have nothing to act on. `brush` and `name` belong to the grid.

    Where several sounds are shown, each has its name. The buttons of further sounds are folded away at first, so that
    their grids have the room."""

    def __init__(self, session: Session, sound: Sound, undoes: bool = True) -> None:
        """`undoes` is False on a page that has undo and redo elsewhere."""
        self.session, self.sound, edits = session, sound, sound.edits
        self.undo = button("Undo", hint("Undo the last step, also of the previous sound", "undo"), sound.steps.undo)
        self.redo = button("Redo", hint("Redo what was undone", "redo"), sound.steps.redo)
        self.brush = ToggleButton(description="Brush", tooltip=hint("Paint codes; Alt-click picks one", "brush"))
        self.name = Text(placeholder="Level name", layout=Layout(width="150px")).add_class("sda-level-name")
        show_if(False, self.name)
        steps = [
            button("−", hint("Step to a lower code", "step_down"), lambda: edits.step_far(-1), "sda-small"),
            button("+", hint("Step to a higher code", "step_up"), lambda: edits.step_far(1), "sda-small"),
        ]
        region = [
            *(button(name.capitalize(), _about(name), partial(edits.apply_here, name)) for name in QUICK),
            button("Lock", hint("Lock cells against edits, again to unlock", "lock"), edits.toggle_lock),
            button("Restore", hint("Restore the original codes here", "restore"), edits.restore),
        ]
        moving = [
            button("Select all", hint("Select all cells", "select_all"), edits.select),
            button("Cut", hint("Copy the selected cells and clear them", "cut"), edits.cut),
            button("Copy", hint("Copy the selected cells", "copy"), edits.copy),
        ]
        self.paste = button("Paste", hint("Paste at the cursor; with Shift, mix half and half", "paste"), edits.paste)
        self.form = EditForm(session, sound)
        self.varispeed = BoundedFloatText(
            value=0.0, min=-24.0, max=24.0, step=0.5, description="Varispeed",
            tooltip="Semitones: play the whole sound faster and higher, or slower and lower",
        ).add_class("sda-varispeed")  # fmt: skip
        self.varispeed.observe(lambda change: self._set_varispeed(change.new), "value")
        self._need_codes = (*steps, *region, *moving, self.brush, self.form.button, self.varispeed)
        self.title = HTML(sound.name).add_class("sda-sound-name")
        self.tools = ToggleButton(description="Tools", tooltip=f"Show the buttons that edit {sound.name}")
        undoing = [self.undo, self.redo] if undoes else []
        tools = [
            [*steps, self.brush, *region],
            [self.form, spacer(), self.varispeed, *moving, self.paste],
        ]
        if sound is session.sound:
            self.rows = [_row(self.title, *tools[0], spacer(), *undoing), _row(*tools[1], self.name)]
        else:
            self.rows = [_row(self.title, self.tools, self.name, spacer(), *undoing), *(_row(*row) for row in tools)]
            watch(lambda: show_if(self.tools.value, *self.rows[1:]), (self.tools, "value"))
        if sound is session.sound:
            session.page_acts.provide("varispeed", self.varispeed.focus, self._why_none)
        watch(lambda: show_if(len(session.sounds) > 1, self.title), (session, "sounds"))
        watch(self._enable, (sound, "codes history former"), (session, "clipboard"))

    def _why_none(self) -> str:
        return NO_SOUND if self.sound.codes is None else ""

    def _enable(self) -> None:
        has_no_codes, steps = self.sound.codes is None, self.sound.steps
        for control in self._need_codes:
            control.disabled = has_no_codes
        self.paste.disabled = self.session.clipboard is None or has_no_codes
        self.varispeed.value = self._shown_varispeed
        self.undo.disabled, self.redo.disabled = not steps.can_undo, not steps.can_redo

    @property
    def _shown_varispeed(self) -> float:
        """The semitones by which the sound is played higher, as the field shows them."""
        codes = self.sound.codes
        return 0.0 if codes is None else round(semitones_of(codes.rate), 2)

    def _set_varispeed(self, semitones: float) -> None:
        if self.sound.codes is not None and semitones != self._shown_varispeed:
            self.sound.edits.apply("varispeed", semitones=semitones)


def _row(*controls: Widget) -> HBox:
    return HBox(controls).add_class("sda-toolbar")


def _about(name: str) -> str:
    """Return what an edit does, with its key if it has one."""
    words = " ".join((EDITS[name].__doc__ or "").split())
    return hint(words.rstrip("."), name) if label_of(name, GRID) else words
