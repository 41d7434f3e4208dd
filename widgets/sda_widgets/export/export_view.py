"""Export view: write the current sound to a file, and offer the last export as a download."""

from pathlib import Path

from ipywidgets import HTML

from sda_widgets.common.form_controls import Card, button, watch
from sda_widgets.common.markup import quiet
from sda_widgets.export.delivery_form import DeliveryForm
from sda_widgets.export.download import MAX_DOWNLOAD_BYTES, Download
from sda_widgets.session.context import NO_SOUND
from sda_widgets.session.exporting import archive
from sda_widgets.session.guard import errors_as_sentences
from sda_widgets.session.session import Session

FAILED = "The export failed."


class ExportView(Card):
    """View of `session.exports.path`: how a sound is delivered, the button that exports it, and where."""

    def __init__(self, session: Session, form: DeliveryForm | None = None) -> None:
        """`form` is shared with other views that deliver; by default it is the view's own."""
        self.session = session
        self.form = form or DeliveryForm()
        self.write = button("Export", "Write the current sound to a file", self._write, "sda-primary")
        self.where, self.download = HTML(), Download()
        super().__init__([HTML("<h3>Export</h3>"), self.form, self.write, self.where, self.download])
        session.page_acts.provide_button("export", self.write, NO_SOUND)
        watch(self._offer, (session.exports, "path"))
        watch(lambda: setattr(self.write, "disabled", session.sound.clip is None), (session.sound, "clip"))

    def _write(self) -> None:
        with errors_as_sentences(self.session.report, FAILED):
            self.session.exports.write(self.session.sound, self.form.finish, self.form.suffix)

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
