"""Preset card: choose a preset, use it for a new sound, and keep the present settings as one."""

from __future__ import annotations

from ipywidgets import HTML, Dropdown, HBox, Text

from sda_lib.export.finish import Finish
from sda_lib.presets.fitting import FittedPreset
from sda_lib.presets.store import PresetEntry
from sda_lib.presets.words import preset_words
from sda_widgets.common.form_controls import Card, auto_width, button, offer, on_choice, show_if, watch
from sda_widgets.common.markup import bullets, quiet, status, table
from sda_widgets.export.delivery_form import DeliveryForm
from sda_widgets.generate import GenerateForm
from sda_widgets.session.session import Session

NONE = ("Choose a preset", "")
STAR = "★ "
DELIVERED = "Its effects, space and delivery are set in Export, which applies them."


class PresetCard(Card):
    """View of `session.presets`, which fills the forms for new sounds and delivery."""

    def __init__(self, session: Session, form: GenerateForm, delivery: DeliveryForm) -> None:
        self.session, self.form, self.delivery = session, form, delivery
        shelf = session.presets
        self.chooser = Dropdown(options=[NONE], layout=auto_width(flex="1 1 0"))
        self.use = button("Use", "Set the forms to this preset and generate a sound with it", self._use)
        self.facts, self.missing, self.said = HTML(), HTML(), HTML()
        self.star = button("Star", "Starred presets come first", shelf.star)
        self.delete = button("Delete", "Move this preset to the trash", shelf.delete)
        self.name = Text(placeholder="Name of a new preset", layout=auto_width(flex="1 1 0"))
        self.save = button("Save", "Keep the present settings, sliders and delivery as a preset", self._save)
        own = HBox([self.star, self.delete])
        rows = (
            HTML("<h3>Presets</h3>"), HBox([self.chooser, self.use]), self.facts, self.missing, own,
            HBox([self.name, self.save]), self.said,
        )  # fmt: skip
        super().__init__(rows, "sda-presets")
        on_choice(self.chooser, shelf.choose)
        watch(self._list, (shelf, "entries chosen"))
        watch(self._show, (shelf, "chosen fitted"))
        watch(self._enable, (shelf, "chosen fitted"), (session, "model"))
        watch(self._say, (shelf, "notice"))
        shelf.observe(lambda change: self._fill(change.new), "applied")

    def _list(self) -> None:
        chosen = self.session.presets.chosen
        entries = self.session.presets.entries
        offer(
            self.chooser, [NONE, *((_label(one), one.name) for one in entries)], "" if chosen is None else chosen.name
        )

    def _show(self) -> None:
        """Show the sentence and the settings of the chosen preset, and what the model can't do of it."""
        chosen, fitted = self.session.presets.chosen, self.session.presets.fitted
        words = {} if chosen is None or chosen.preset is None else preset_words(chosen.preset)
        about = quiet(chosen.about) if chosen is not None and chosen.about else ""
        delivers = chosen is not None and chosen.preset is not None and chosen.preset.finish != Finish()
        self.facts.value = about + (table(words.items()) if words else "") + (quiet(DELIVERED) if delivers else "")
        left_out = fitted.left_out if fitted is not None else ()
        self.missing.value = quiet("This model leaves out:") + bullets(left_out) if left_out else ""

    def _enable(self) -> None:
        chosen, model = self.session.presets.chosen, self.session.model
        self.use.disabled = self.session.presets.fitted is None or model is None or bool(model.why_no_writing)
        self.star.description = "Unstar" if chosen is not None and chosen.starred else "Star"
        show_if(chosen is not None, self.star)
        show_if(chosen is not None and not chosen.factory, self.delete)
        self.save.disabled = model is None

    def _say(self) -> None:
        self.said.value = status(quiet(self.session.presets.notice)) if self.session.presets.notice else ""

    def _use(self) -> None:
        self.session.presets.apply()
        self.session.presets.generate(self.session.receiving, self.form.options)

    def _fill(self, applied: FittedPreset | None) -> None:
        if applied is not None:
            self.form.fill(applied.options)
            self.delivery.fill(applied.finish)

    def _save(self) -> None:
        presets, sound = self.session.presets, self.session.receiving
        presets.save(self.name.value, self.form.options, self.delivery.finish, sound)
        if not self.session.message:
            self.name.value = ""


def _label(entry: PresetEntry) -> str:
    problem = " (unreadable)" if entry.preset is None else ""
    return f"{STAR if entry.starred else ''}{entry.name}{problem}"
