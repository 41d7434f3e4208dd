"""Edit form: any of sda_lib's EDITS with its parameters, applied to the selection. Built from the registry."""

import inspect
from functools import partial
from typing import Any

from ipywidgets import Dropdown, FloatText, HBox, IntText, Layout, Widget

from sda_lib.editing.parameters import parameter_option
from sda_lib.editing.registry import EDITS, edit_parameters
from sda_widgets.common.form_controls import button
from sda_widgets.session.editing import BY_HAND
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

# Initial values of fields whose parameter has no default.
FIRST = {"amount": 1.0, "semitones": 3.0, "by": 2.0, "times": 2, "to": 0, "temperature": 1.0}


class EditForm(HBox):
    """A chooser, a field for each parameter of the edit, and a button."""

    def __init__(self, session: Session, sound: Sound) -> None:
        self.session, self.sound = session, sound
        names = [name for name in EDITS if name not in BY_HAND]
        options = [(name.capitalize(), name) for name in names]
        self.chooser = Dropdown(options=options, layout=Layout(width="124px"), tooltip="Edit")
        self.button = button("Apply", "", self.apply)
        self.fields: dict[str, Widget] = {}
        super().__init__()
        self.add_class("sda-edit-form")
        self.chooser.observe(lambda _change: self._lay_out(), "value")
        self._lay_out()
        if sound is session.sound:
            for name in names:
                session.page_acts.provide(f"edit.{name}", partial(self.choose, name))

    def choose(self, name: str) -> None:
        """Choose an edit, and move the focus to its first field, or to the button."""
        self.chooser.value = name
        next(iter(self.fields.values()), self.button).focus()

    def _lay_out(self) -> None:
        name = self.chooser.value
        self.fields = {
            key: made for key, one in edit_parameters(name).items() if (made := field(name, key, one)) is not None
        }
        self.button.tooltip = " ".join((EDITS[name].__doc__ or "").split())
        self.children = (self.chooser, *self.fields.values(), self.button)

    def apply(self) -> None:
        """Apply the chosen edit with the fields' values; increases a seed for the next time."""
        arguments: dict[str, Any] = {key: one.value for key, one in self.fields.items()}
        if "other" in edit_parameters(self.chooser.value):
            arguments["other"] = getattr(self.session.next_to(self.sound), "codes", None)
        self.sound.edits.apply(self.chooser.value, **arguments)
        if "seed" in self.fields:
            self.fields["seed"].value += 1


def field(edit: str, key: str, parameter: inspect.Parameter) -> Widget | None:
    """Return the input field for a parameter, or None for parameters that the page fills in itself."""
    kind = str(parameter.annotation).removesuffix(" | None")
    optional = str(parameter.annotation).endswith("None")
    value = FIRST.get(key, 0) if parameter.default in (parameter.empty, None) else parameter.default
    option = parameter_option(edit, key)
    label = {"description": key.replace("_", " "), "tooltip": option.text, "layout": Layout(width="112px")}
    if option.choices and kind == "str":
        return Dropdown(options=option.choices, value=value, **{**label, "layout": Layout(width="136px")})
    if kind == "float":
        return FloatText(value=value, step=0.1, **label)
    return IntText(value=value, **label) if kind == "int" and not optional else None
