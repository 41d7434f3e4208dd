"""Batch form: many sounds like the current one, written to a folder."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import HTML, BoundedIntText, Checkbox, HBox, Image, IntProgress, Text

from sda_lib.export.finish import Finish
from sda_widgets.common.form_controls import Card, auto_width, button, show_if, watch
from sda_widgets.common.markup import quiet, status
from sda_widgets.session.context import NO_MODEL
from sda_widgets.session.guard import errors_as_sentences
from sda_widgets.session.session import Session

FAILED = "The batch could not be made."
MOST_SOUNDS = 10_000


class BatchForm(Card):
    """View of `session.batch`. `delivery` returns the finish and suffix of its files."""

    def __init__(self, session: Session, delivery: Callable[[], tuple[Finish, str]]) -> None:
        self.session, self._delivery = session, delivery
        self.count = BoundedIntText(20, min=1, max=MOST_SOUNDS, description="Sounds", layout=auto_width())
        tooltip = "What varies besides the seed: sliders, controls, positions, effects"
        self.vary = Text(
            description="Vary", placeholder="brightness=-1:1, azimuth", tooltip=tooltip, layout=auto_width()
        )
        self.name = Text(value="{model}_{seed:04d}", description="Name", layout=auto_width())
        self.draws = Checkbox(True, description="Contact sheet", indent=False, layout=auto_width())
        self.draws.tooltip = "A picture of the sounds, beside them in the folder"
        self.make = button("Export batch", "Write the sounds to a new folder, using all cores", self._make)
        self.halt = button("Stop", "Keep what is done; the same batch continues from there", session.batch.stop)
        self.progress = IntProgress(min=0, max=1)
        self.summary = HTML()
        self.sheet = Image(format="png", layout=auto_width()).add_class("sda-contact-sheet")
        acts = HBox([self.make, self.halt])
        session.page_acts.provide_button("export_batch", self.make, self._why_not)
        session.page_acts.provide_button("stop_batch", self.halt, "No batch is being made.")
        parts = [self.count, self.vary, self.name, self.draws, acts, self.progress, self.summary, self.sheet]
        super().__init__([HTML("<h3>Batch</h3>"), *parts], "sda-batch")
        watch(self._show_sheet, (session.batch, "sheet"))
        watch(self._enable, (session, "model"), (session.batch, "is_running done words"))

    def _why_not(self) -> str:
        model = self.session.model
        if self.session.batch.is_running:
            return "A batch is being made; stop it, or wait until it is done."
        return NO_MODEL if model is None else model.why_no_writing

    def _make(self) -> None:
        with errors_as_sentences(self.session.report, FAILED):
            delivery = self._delivery()
            self.session.batch.start(
                self.session.sound, self.count.value, self.vary.value, *delivery, self.name.value, self.draws.value
            )

    def _show_sheet(self) -> None:
        sheet = self.session.batch.sheet
        show_if(sheet is not None, self.sheet)
        self.sheet.value = b"" if sheet is None else sheet.read_bytes()

    def _enable(self) -> None:
        model, batch = self.session.model, self.session.batch
        self.make.disabled = batch.is_running or model is None or bool(model.why_no_writing)
        self.halt.disabled = not batch.is_running
        show_if(batch.count, self.progress)
        self.progress.max, self.progress.value = max(1, batch.count), batch.done
        words = batch.words or (f"{batch.done} of {batch.count} sounds" if batch.count else "")
        self.summary.value = status(quiet(words)) if words else ""
