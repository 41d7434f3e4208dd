"""Export: write the current sound, or a batch of similar ones, to files, and offer them as downloads."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ipywidgets import HTML, Accordion, BoundedIntText, Button, Dropdown, HBox, IntProgress, Layout, Text, VBox

from sda_lib.errors import SdaError
from sda_widgets.export.delivery_form import DeliveryForm
from sda_widgets.export.download import LARGEST, Download
from sda_widgets.session.batch_export import archive
from sda_widgets.session.session import Session

NOTHING = "Open a session"
MOST_SOUNDS = 10_000


class ExportView(VBox):
    """View of `session.exports.path` and the batch: finishing options, and the ways to export."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.form = DeliveryForm()
        self.write = _button("Export", "Write the sound at hand as a file", self._write, "sda-primary")
        self.where, self.download = HTML(), Download()
        self.save = _button(
            "Save session", "The sound with all its steps, to go on with", lambda: session.files.save(session.sound)
        )
        self.saved = Dropdown(options=[(NOTHING, "")], layout=Layout(width="auto", flex="1 1 0"))
        self.saved.observe(lambda change: self._open(change.new), "value")
        title = HTML("<h3>Export</h3>")
        parts = [title, self.form, self.write, self._batch(), self.where, self.download, HBox([self.save, self.saved])]
        super().__init__(parts)
        self.add_class("sda-card")
        session.files.observe(lambda _change: self._list(), ["paths", "saved"])
        session.files.refresh()
        session.exports.observe(lambda _change: self._offer(), "path")
        session.sound.observe(lambda _change: self._enable(), "clip")
        session.batch.observe(lambda _change: self._enable(), ["is_running", "done"])
        self._enable()

    def _batch(self) -> Accordion:
        """Build the form for a batch of sounds like the current one, folded away at first."""
        self.count = BoundedIntText(
            value=20, min=1, max=MOST_SOUNDS, description="Sounds", layout=Layout(width="auto", flex="1 1 0")
        )
        self.vary = Text(
            description="Vary", placeholder="brightness=-1:1, azimuth", layout=Layout(width="auto"),
            tooltip="What differs from sound to sound besides the seed: sliders, controls, places, effects",
        )  # fmt: skip
        self.name = Text(value="{model}_{seed:04d}", description="Name", layout=Layout(width="auto"))
        self.make = _button("Make them", "In a folder of their own, on all cores", self._make)
        self.halt = _button("Stop", "What is there stays; the same batch goes on from there", self.session.batch.stop)
        self.progress = IntProgress(min=0, max=1, layout=Layout(width="auto"))
        self.said = HTML()
        folded = VBox([self.count, self.vary, self.name, HBox([self.make, self.halt]), self.progress, self.said])
        return Accordion([folded], titles=("Many at once",))

    def _write(self) -> None:
        self._with_finish(lambda finish: self.session.exports.write(self.session.sound, finish, self.form.suffix))

    def _make(self) -> None:
        self._with_finish(
            lambda finish: self.session.batch.start(
                self.session.sound, self.count.value, self.vary.value, finish, self.form.suffix, self.name.value
            )
        )

    def _with_finish(self, act) -> None:
        try:
            finish = self.form.finish
        except SdaError as error:
            self.session.message = str(error)
            return
        act(finish)

    def _enable(self) -> None:
        session = self.session
        self.write.disabled = session.sound.clip is None
        self.save.disabled = session.sound.codes is None
        self.make.disabled = session.batch.is_running or session.model is None or bool(session.model.why_no_writing)
        self.halt.disabled = not session.batch.is_running
        self.progress.max, self.progress.value = max(1, session.batch.count), session.batch.done
        self.said.value = _quiet(f"{session.batch.done} of {session.batch.count} sounds") if session.batch.count else ""

    def _list(self) -> None:
        """List session files, newest first; choosing one opens it and clears the choice."""
        self.saved.options = [(NOTHING, ""), *((path.stem, str(path)) for path in self.session.files.paths)]
        self.saved.value = ""
        if self.session.files.saved is not None:
            self.where.value = _quiet(f"Session saved as {self.session.files.saved.name}")

    def _open(self, path: str | None) -> None:
        if path:
            self.session.files.open(path, self.session.sound)
            self.saved.value = ""

    def _offer(self) -> None:
        """Offer the last export: a sound, or a batch as one .zip unless it is too large."""
        path: Path = self.session.exports.path
        self.where.value = _quiet(f"Written to {path}{'' if path.is_dir() else mono_note(path)}")
        if path.is_dir():
            self.download.offer(f"{path.name}.zip", archive(self.session.batch.files, path) or b"")
        else:
            small = path.stat().st_size <= LARGEST
            self.download.offer(path.name, path.read_bytes() if small else b"")


def mono_note(path: Path) -> str:
    """Describe how a widened sound changes in mono, from its tags."""
    from sda_lib.audio.tags import read_tags

    tags = read_tags(path)
    if "mono_loss" not in tags:
        return ""
    return f". In mono it loses {tags['mono_loss']} (the channels' correlation is {tags['correlation']})."


def _quiet(text: str) -> str:
    return f'<p class="sda-quiet">{escape(text)}</p>'


def _button(description: str, tooltip: str, act, *classes: str) -> Button:
    button = Button(description=description, tooltip=tooltip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    for one in classes:
        button.add_class(one)
    return button
