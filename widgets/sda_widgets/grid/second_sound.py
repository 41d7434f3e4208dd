"""Second sound: ways to begin a comparison or a mix while there is one sound only."""

from __future__ import annotations

from ipywidgets import HTML, HBox, Layout

from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.session.context import NO_SOUND
from sda_widgets.session.session import Session

ABOUT = "Sound A is alone. Add B to compare both blind, to blend them or to copy cells between them. B begins as"


class SecondSound(Card):
    """Shown while `session.sounds` has one sound: buttons that add another."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.new = button("A new sound", "Generate B like A, with the next seed", session.add_new_sound, "sda-primary")
        self.copy = button("A copy of A", "Add B as a copy of A, to edit it", session.add_sound)
        self.recording = button(
            "A recording", "Choose one of the model's recordings for B on the map", session.add_recording
        )
        self.buttons = [self.new, self.copy, self.recording]
        row = HBox(self.buttons, layout=Layout(flex_flow="row wrap"))
        self.about = HTML()
        super().__init__([HTML("<h3>Second sound</h3>"), self.about, row], "sda-second-sound")
        watch(self._show, (session, "sounds"))
        watch(self._enable, (session.sound, "codes"), (session, "model"))

    def _show(self) -> None:
        show_if(len(self.session.sounds) == 1, self)

    def _enable(self) -> None:
        has_codes, model = self.session.sound.codes is not None, self.session.model
        self.about.value = quiet(ABOUT if has_codes else NO_SOUND)
        self.copy.disabled = not has_codes
        self.new.disabled = not has_codes or model is None or bool(model.why_no_writing)
        self.recording.disabled = not has_codes or model is None or model.memory is None
