"""Export view: write the current sound, or a batch of similar ones, to files, and offer them as downloads."""

from pathlib import Path

from ipywidgets import HTML, BoundedIntText, Dropdown, HBox, IntProgress, Text

from sda_widgets.common.disclosure import Disclosure
from sda_widgets.common.form_controls import Card, auto_width, button, watch
from sda_widgets.common.markup import quiet
from sda_widgets.export.delivery_form import DeliveryForm
from sda_widgets.export.download import MAX_DOWNLOAD_BYTES, Download
from sda_widgets.session.context import NO_MODEL, NO_SOUND
from sda_widgets.session.exporting import archive
from sda_widgets.session.guard import errors_as_sentences
from sda_widgets.session.guest import is_guest
from sda_widgets.session.session import Session

NOTHING, FAILED = "Open a session", "The export failed."
MOST_SOUNDS = 10_000


class ExportView(Card):
    """View of `session.exports.path` and the batch: finishing options, and the ways to export."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.form = DeliveryForm()
        self.write = button("Export", "Write the current sound to a file", self._write, "sda-primary")
        self.where, self.download = HTML(), Download()
        save = "Save the sound with its history, to continue later"
        self.save = button("Save session", save, lambda: session.files.save(session.sound))
        self.saved = Dropdown(options=[(NOTHING, "")], layout=auto_width(flex="1 1 0"))
        self.saved.observe(lambda change: self._open(change.new), "value")
        title = HTML("<h3>Export</h3>")
        batch = self._batch()
        many = [] if is_guest(session.places) else [batch]  # a batch takes all cores, and much of the disk
        parts = [title, self.form, self.write, *many, self.where, self.download, HBox([self.save, self.saved])]
        super().__init__(parts)
        session.files.refresh()
        self._provide_acts(bool(many))
        watch(self._list, (session.files, "paths saved"))
        watch(self._offer, (session.exports, "path"))
        watch(self._enable, (session.sound, "clip"), (session.batch, "is_running done"))

    def _batch(self) -> Disclosure:
        """Build the form for a batch of sounds like the current one, folded away at first."""
        self.count = BoundedIntText(20, min=1, max=MOST_SOUNDS, description="Sounds", layout=auto_width(flex="1 1 0"))
        tooltip = "What varies besides the seed: sliders, controls, positions, effects"
        self.vary = Text(description="Vary", placeholder="brightness=-1:1, azimuth", tooltip=tooltip)
        self.name = Text(value="{model}_{seed:04d}", description="Name")
        self.make = button("Export batch", "Write the sounds to a new folder, using all cores", self._make)
        self.halt = button("Stop", "Keep what is done; the same batch continues from there", self.session.batch.stop)
        self.progress = IntProgress(min=0, max=1)
        self.summary = HTML()
        folded = [self.count, self.vary, self.name, HBox([self.make, self.halt]), self.progress, self.summary]
        return Disclosure("Batch", folded)

    def _provide_acts(self, has_batch: bool) -> None:
        acts = self.session.page_acts
        acts.provide_button("export", self.write, NO_SOUND)
        acts.provide("open_session", self.saved.focus)
        if has_batch:
            acts.provide_button("export_batch", self.make, self._why_no_batch)
            acts.provide_button("stop_batch", self.halt, "No batch is being made.")

    def _why_no_batch(self) -> str:
        model = self.session.model
        if self.session.batch.is_running:
            return "A batch is being made; stop it, or wait until it is done."
        return NO_MODEL if model is None else model.why_no_writing

    def _write(self) -> None:
        with errors_as_sentences(self.session.report, FAILED):
            self.session.exports.write(self.session.sound, self.form.finish, self.form.suffix)

    def _make(self) -> None:
        sound, count, vary = self.session.sound, self.count.value, self.vary.value
        with errors_as_sentences(self.session.report, FAILED):
            self.session.batch.start(sound, count, vary, self.form.finish, self.form.suffix, self.name.value)

    def _enable(self) -> None:
        model, sound, batch = self.session.model, self.session.sound, self.session.batch
        self.write.disabled = sound.clip is None
        self.save.disabled = sound.codes is None
        self.make.disabled = batch.is_running or model is None or bool(model.why_no_writing)
        self.halt.disabled = not batch.is_running
        self.progress.max, self.progress.value = max(1, batch.count), batch.done
        self.summary.value = quiet(f"{batch.done} of {batch.count} sounds") if batch.count else ""

    def _list(self) -> None:
        """List session files, newest first; choosing one opens it and clears the choice."""
        self.saved.options = [(NOTHING, ""), *((path.stem, str(path)) for path in self.session.files.paths)]
        self.saved.value = ""
        saved = self.session.files.saved
        if saved is not None:
            self.where.value = quiet(f"Session saved as {saved.name}")

    def _open(self, path: str | None) -> None:
        if path:
            self.session.files.open(path, self.session.sound)
            self.saved.value = ""

    def _offer(self) -> None:
        """Offer the last export: a sound, or a batch as one .zip unless it is too large."""
        path = self.session.exports.path
        if path is None:
            return
        self.where.value = quiet(f"Written to {path}{'' if path.is_dir() else mono_note(path)}")
        if path.is_dir():
            self.download.offer(f"{path.name}.zip", archive(self.session.batch.files, path) or b"")
        else:
            is_small = path.stat().st_size <= MAX_DOWNLOAD_BYTES
            self.download.offer(path.name, path.read_bytes() if is_small else b"")


def mono_note(path: Path) -> str:
    """Describe how a widened sound changes in mono, from its tags."""
    from sda_lib.audio.tags import read_tags

    tags = read_tags(path)
    if "mono_loss" not in tags:
        return ""
    return f". In mono it loses {tags['mono_loss']} (correlation of the channels: {tags['correlation']})."
