"""Form for the recordings that new sounds are made of: categories and single recordings, and how strictly."""

from __future__ import annotations

from ipywidgets import HTML, FloatSlider, Layout, SelectMultiple, VBox

from sda_lib.fields import options_of
from sda_lib.writers.options import GenerateOptions
from sda_widgets.common.form_controls import auto_width, button, show_if, watch
from sda_widgets.common.glossary import explained
from sda_widgets.common.markup import quiet
from sda_widgets.session.session import Session

# Most single recordings that are listed; the map and names in presets choose others.
MOST_LISTED = 500
ROWS = 8
ALL = "New sounds are made of all recordings. Choose some here (Ctrl or Shift for several), or on the map."
LACKING = "This model has no recordings to choose from."


class RecordingsForm(VBox):
    """Part of the form for new sounds: `session.recordings`, and `strictness`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        option = options_of(GenerateOptions)["strictness"]
        self.list = SelectMultiple(rows=ROWS, layout=Layout(width="auto"))
        self.strictness = FloatSlider(
            value=option.default, min=option.low, max=option.high, step=0.05, description=option.title,
            tooltip=option.text, layout=auto_width(),
        )  # fmt: skip
        self.every = button(
            "All recordings", "Make new sounds of all recordings", lambda: session.recordings.choose(())
        )
        self.about = HTML()
        self.strict = explained(self.strictness, "Strictness")
        super().__init__([self.list, self.strict, self.every, self.about])
        self._is_filling = False
        self.list.observe(lambda change: self._choose(change.new), "value")
        watch(self._draw, (session, "model"), (session.recordings, "names"))

    def _choose(self, names: tuple[str, ...]) -> None:
        if not self._is_filling:
            self.session.recordings.choose(names)

    def _draw(self) -> None:
        """List what there is and mark what is chosen; names that the list lacks come last."""
        choice = self.session.recordings
        listed = [(f"{one.name} · {_counted(one.files)}", one.name) for one in choice.categories]
        listed += [(name, name) for name in choice.offered[:MOST_LISTED]]
        known = {name for _, name in listed}
        listed += [(name, name) for name in choice.names if name not in known]
        self._is_filling = True
        if tuple(listed) != self.list.options:
            self.list.options = listed
        self.list.value = choice.names
        self._is_filling = False
        has_any = bool(choice.offered)
        show_if(has_any, self.list, self.strict, self.every)
        self.strictness.disabled = self.every.disabled = not choice.names
        self.about.value = quiet(_about(len(choice.offered), int(choice.chosen.sum()), bool(choice.names)))


def _about(recordings: int, chosen: int, is_chosen: bool) -> str:
    if not recordings:
        return LACKING
    return f"{chosen} of {_counted(recordings)} chosen." if is_chosen else ALL


def _counted(number: int) -> str:
    return "1 recording" if number == 1 else f"{number} recordings"
