"""Generate: write a new sound with the model, or open one's own; how much of the recordings sounds through."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import HTML, BoundedIntText, Button, Combobox, FileUpload, FloatSlider, HBox, Layout, VBox

import sda_lib
from sda_widgets.session import Session

SOUNDS = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")
LISTED = 500
"""How many files of the example folder are offered by name; any other path can be typed."""


class Generate(VBox):
    """Seconds, seed, novelty, temperature, Source, and the two ways to a sound: write one, or open one."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seconds = _slider("Seconds", 4.0, 0.5, 30.0, 0.5, ".1f", "Length of the new sound")
        self.novelty = _slider("Novelty", 0.5, 0.0, 1.0, 0.01, ".2f", "0 follows the recordings, 1 leaves them often")
        self.temperature = _slider("Temperature", 0.5, 0.05, 2.0, 0.05, ".2f", "How freely the next frame is drawn")
        self.source = _slider(
            "Source", session.source_amount, 0.0, 1.0, 0.01, ".2f", "1 = your own grains, 0 = model alone"
        )
        self.source.continuous_update = False
        self.seed = BoundedIntText(
            value=0, min=0, max=999_999, description="Seed", layout=Layout(width="auto", flex="1 1 0")
        )
        self.again = _button("Generate", "Write a sound with this seed", self._generate, "sda-primary")
        self.another = _button("Next seed", "One seed further", self._next)
        self.why = HTML()
        super().__init__(
            [
                HTML("<h3>Write</h3>"), self.why, self.seconds, self.novelty, self.temperature,
                HBox([self.seed, self.another]), self.again, self.source,
                HTML("<h3>Open a sound</h3>"), self._opener(),
            ]
        )  # fmt: skip
        self.add_class("sda-card")
        self.source.observe(lambda change: self._set_source(change.new), "value")
        session.observe(lambda change: setattr(self.source, "value", change.new), "source_amount")
        session.observe(lambda _change: self._enable(), "model")
        self._enable()

    def _opener(self) -> VBox:
        layout = Layout(width="auto", flex="1 1 0")
        self.path = Combobox(
            placeholder="Path of a sound file", options=sounds_in(self.session.places.demo), layout=layout
        )
        self.opener = _button("Open", "Encode this file with the model", lambda: self.session.load_sound(self._path()))
        self.upload = FileUpload(
            accept=",".join(SOUNDS),
            description="Upload a file",
            tooltip="Up to about 100 MB",
            layout=Layout(width="auto"),
        )
        self.upload.add_class("sda-upload")
        self.upload.observe(lambda change: self._uploaded(change.new), "value")
        return VBox([HBox([self.path, self.opener]), self.upload])

    def _enable(self) -> None:
        """What the model can't do is switched off, and the reason stands there."""
        model = self.session.model
        why = "" if model is None else model.why_no_writing
        self.why.value = f'<p class="sda-quiet">{escape(why)}</p>' if why else ""
        self.opener.disabled = self.upload.disabled = model is None
        self.source.disabled = model is None or model.memory is None
        for control in (self.again, self.another, self.seconds, self.novelty, self.temperature, self.seed):
            control.disabled = model is None or bool(why)

    def _generate(self) -> None:
        self.session.generate(
            sda_lib.GenerateOptions(
                seconds=self.seconds.value,
                seed=self.seed.value,
                source_amount=self.source.value,
                novelty=self.novelty.value,
                temperature=self.temperature.value,
            )
        )

    def _next(self) -> None:
        self.seed.value = (self.seed.value + 1) % self.seed.max
        self._generate()

    def _set_source(self, amount: float) -> None:
        if amount != self.session.source_amount:
            self.session.set_source(amount)

    def _path(self) -> Path:
        """What is typed: a path, or the name of an example sound."""
        typed = Path(self.path.value).expanduser()
        listed = self.session.places.demo / self.path.value
        return listed if listed.is_file() and not typed.is_file() else typed

    def _uploaded(self, files: tuple[dict[str, Any], ...]) -> None:
        if not files:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(files[0]["name"]).name
            path.write_bytes(files[0]["content"])
            self.session.load_sound(path)
        self.upload.value = ()


def sounds_in(folder: Path) -> tuple[str, ...]:
    """Names of the sound files below a folder, relative to it; nothing when it is missing."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS) if folder.is_dir() else []
    return tuple(str(path.relative_to(folder)) for path in found[:LISTED])


def _slider(name: str, value: float, low: float, high: float, step: float, form: str, tip: str) -> FloatSlider:
    return FloatSlider(
        value=value, min=low, max=high, step=step, readout_format=form, description=name, tooltip=tip,
        layout=Layout(width="auto"),
    )  # fmt: skip


def _button(text: str, tip: str, act: Any, *classes: str) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    for name in classes:
        button.add_class(name)
    button.on_click(lambda _button: act())
    return button
