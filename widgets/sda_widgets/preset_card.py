"""Preset card: choose a preset, use it for a new sound, and keep the present settings as one."""

from __future__ import annotations

import random
from functools import partial

from ipywidgets import HTML, Dropdown, FloatSlider, HBox, Text

from sda_lib.export.finish import Finish
from sda_lib.file_names import safe_stem
from sda_lib.presets.fitting import FittedPreset
from sda_lib.presets.store import PresetEntry
from sda_lib.presets.words import preset_words
from sda_widgets.common.disclosure import Disclosure
from sda_widgets.common.form_controls import Card, auto_width, button, offer, on_choice, show_if, watch
from sda_widgets.common.markup import bullets, quiet, status, table
from sda_widgets.export.delivery_form import DeliveryForm
from sda_widgets.export.download import Download
from sda_widgets.generate import GenerateForm
from sda_widgets.session.context import NO_MODEL
from sda_widgets.session.guest import is_guest
from sda_widgets.session.preset_shelf import NONE_CHOSEN
from sda_widgets.session.session import Session

NONE = ("Choose a preset", "")
STAR = "★ "
# Seeds of random presets are drawn below this number.
SEEDS = 1_000_000
DELIVERED = "Its effects, space and delivery are set in Export, which applies them."


class PresetCard(Card):
    """View of `session.presets`, which fills the forms for new sounds and delivery."""

    def __init__(self, session: Session, form: GenerateForm, delivery: DeliveryForm) -> None:
        self.session, self.form, self.delivery = session, form, delivery
        shelf = session.presets
        self.chooser = Dropdown(options=[NONE], layout=auto_width(flex="1 1 0"), tooltip="Preset")
        self.use = button("Use", "Set the forms to this preset and generate a sound with it", self._use)
        self.facts, self.missing, self.said = HTML(), HTML(), HTML()
        self.star = button("Star", "Starred presets come first", shelf.star)
        self.delete = button("Delete", "Move this preset to the trash", shelf.delete)
        self.name = Text(placeholder="Name of a new preset", layout=auto_width(flex="1 1 0"))
        self.save = button("Save", "Keep the present settings, sliders and delivery as a preset", self._save)
        own = HBox([self.star, self.delete])
        self.fold = self._more()
        rows = (
            HTML("<h3>Presets</h3>"), HBox([self.chooser, self.use]), self.facts, self.missing, own,
            HBox([self.name, self.save]), self.fold, self.said,
        )  # fmt: skip
        super().__init__(rows, "sda-presets")
        on_choice(self.chooser, shelf.choose)
        self._provide_acts()
        watch(self._list, (shelf, "entries chosen"))
        watch(self._show, (shelf, "chosen fitted"))
        watch(self._enable, (shelf, "chosen fitted"), (session, "model"))
        watch(self._say, (shelf, "notice"))
        shelf.observe(lambda change: self._fill(change.new), "applied")

    def _more(self) -> Disclosure:
        """Build what is rarely needed, folded away at first: rename, blend, draw, share."""
        shelf, wide = self.session.presets, auto_width(flex="1 1 0")
        self.rename = button("Rename", "Give this preset the name typed above", lambda: shelf.rename(self.name.value))
        self.other = Dropdown(options=[NONE], description="Blend with", layout=auto_width())
        self.share = FloatSlider(
            0.5, min=0, max=1, step=0.05, description="Share", tooltip="0: the chosen preset, 1: the other",
            layout=auto_width(),
        )  # fmt: skip
        self.blend = button("Blend", "Keep a preset between the chosen one and the other", self._blend)
        self.locks = Text(placeholder="Locks, e.g. novelty, sliders, effects", layout=wide)
        self.draw = button("Random", "Keep a random preset in the safe zones; locked settings stay", self._draw)
        self.path = Text(placeholder="Path of a preset's JSON file", layout=wide)
        self.add = button("Import", "Keep a copy of this file among your presets", lambda: shelf.add(self.path.value))
        self.export = button("Export preset", "Offer the chosen preset as a JSON file to share", self._export)
        self.download = Download()
        adding = [] if is_guest(self.session.places) else [HBox([self.path, self.add])]  # guests open no paths
        rows = (
            HBox([self.rename, self.export]), self.download, self.other, self.share, self.blend,
            HBox([self.locks, self.draw]), *adding,
        )  # fmt: skip
        return Disclosure("Rename, blend, draw, share", rows)

    def _provide_acts(self) -> None:
        acts, fold = self.session.page_acts, self.fold
        acts.provide("presets.list", self.chooser.focus)
        acts.provide_button("presets.generate_with_it", self.use, self._why_none)
        acts.provide("presets.save", self.name.focus)
        acts.provide("presets.star", self.star.click, self._why_none)
        acts.provide("presets.delete", self.delete.click, self._why_not_own)
        acts.provide("presets.rename", partial(fold.unfold_to, self.name), self._why_not_own)
        acts.provide("presets.blend_two", partial(fold.unfold_to, self.other), self._why_none)
        acts.provide("presets.draw_at_random_with_locks", partial(fold.unfold_to, self.locks))
        acts.provide("presets.export", partial(fold.unfold_to, self.export), self._why_none)
        if not is_guest(self.session.places):
            acts.provide("presets.import", partial(fold.unfold_to, self.path))

    def _why_none(self) -> str:
        """Return why nothing can be done with the chosen preset, or an empty string."""
        model, chosen = self.session.model, self.session.presets.chosen
        if chosen is None or chosen.preset is None:
            return NONE_CHOSEN
        return NO_MODEL if model is None else model.why_no_writing

    def _why_not_own(self) -> str:
        chosen = self.session.presets.chosen
        if chosen is None:
            return NONE_CHOSEN
        return "Presets that SDA ships stay as they are; save a copy under a name of yours." if chosen.factory else ""

    def _list(self) -> None:
        chosen = self.session.presets.chosen
        options = [NONE, *((_label(one), one.name) for one in self.session.presets.entries)]
        offer(self.chooser, options, "" if chosen is None else chosen.name)
        offer(self.other, options)

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
        show_if(chosen is not None and not chosen.factory, self.delete, self.rename)
        self.save.disabled = self.draw.disabled = model is None
        self.blend.disabled = self.export.disabled = chosen is None or chosen.preset is None
        self.download.offer("", b"")

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

    def _blend(self) -> None:
        self.session.presets.morph(self.other.value, self.share.value, self.name.value)

    def _draw(self) -> None:
        locked = [one.strip() for one in self.locks.value.split(",") if one.strip()]
        self.session.presets.draw(random.randrange(SEEDS), locked, self.name.value)

    def _export(self) -> None:
        chosen = self.session.presets.chosen
        if chosen is not None:
            self.download.offer(f"{safe_stem(chosen.name, 'preset')}.json", self.session.presets.chosen_file)


def _label(entry: PresetEntry) -> str:
    problem = " (unreadable)" if entry.preset is None else ""
    return f"{STAR if entry.starred else ''}{entry.name}{problem}"
