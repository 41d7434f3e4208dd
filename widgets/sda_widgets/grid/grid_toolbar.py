"""Grid toolbar: the buttons above a code grid, the edit form and the field that renames a level."""

from functools import partial

from ipywidgets import BoundedFloatText, HBox, Layout, Text, ToggleButton

from sda_lib.codec.varispeed import semitones_of
from sda_lib.editing.registry import EDITS
from sda_widgets.common.form_controls import button, show_if, spacer, watch
from sda_widgets.grid.edit_form import EditForm
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

# Edits that need only a region and have buttons of their own; all others are in the form.
QUICK = ("reverse", "randomize", "clear", "mute", "solo")


class GridToolbar:
    """Two `rows` of buttons, disabled while they have nothing to act on. `brush` and `name` belong to the grid."""

    def __init__(self, session: Session, sound: Sound, undoes: bool = True) -> None:
        """`undoes` is False on a page that has undo and redo elsewhere."""
        self.session, self.sound, edits = session, sound, sound.edits
        self.undo = button("Undo", "Ctrl-Z: undo the last step; also returns to the previous sound", sound.steps.undo)
        self.redo = button("Redo", "Ctrl-Shift-Z", sound.steps.redo)
        self.brush = ToggleButton(description="Brush", tooltip="B: paint codes by dragging; Alt-click picks a code")
        self.name = Text(placeholder="Level name", layout=Layout(width="150px")).add_class("sda-level-name")
        show_if(False, self.name)
        steps = [
            button("−", "Step to a lower code (−)", lambda: edits.step_far(-1), "sda-small"),
            button("+", "Step to a higher code (+)", lambda: edits.step_far(1), "sda-small"),
        ]
        region = [
            *(button(name.capitalize(), EDITS[name].__doc__ or "", partial(edits.apply_here, name)) for name in QUICK),
            button("Lock", "K: lock cells against edits (again to unlock)", edits.toggle_lock),
            button("Restore", "Delete: restore the original codes here", edits.restore),
        ]
        moving = [
            button("Select all", "Ctrl-A", edits.select),
            button("Cut", "Ctrl-X: copy the selected cells and clear them", edits.cut),
            button("Copy", "Ctrl-C: copy the selected cells", edits.copy),
        ]
        self.paste = button("Paste", "Ctrl-V: paste at the cursor; with Shift, mix half and half", edits.paste)
        self.form = EditForm(session, sound)
        self.varispeed = BoundedFloatText(
            value=0.0, min=-24.0, max=24.0, step=0.5, description="Varispeed",
            tooltip="Semitones: play the whole sound faster and higher, or slower and lower",
        ).add_class("sda-varispeed")  # fmt: skip
        self.varispeed.observe(lambda change: self._set_varispeed(change.new), "value")
        self._need_codes = (*steps, *region, *moving, self.brush, self.form.button, self.varispeed)
        rows = (
            [*steps, self.brush, *region, spacer(), *([self.undo, self.redo] if undoes else [])],
            [self.form, spacer(), self.varispeed, self.name, *moving, self.paste],
        )
        self.rows = [HBox(row).add_class("sda-toolbar") for row in rows]
        watch(self._enable, (sound, "codes history former"), (session, "clipboard"))

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
