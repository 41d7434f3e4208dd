"""Slider fit: a separate process that finds the sliders of the open model."""

import dataclasses
import subprocess
from pathlib import Path

from traitlets import Instance

import sda_lib
from sda_lib.runs import manage
from sda_widgets.session.context import Part, needed
from sda_widgets.session.guard import verb


class SliderFit(Part):
    """The process writes the sliders into the model's file; `poll` takes them over."""

    process = Instance(subprocess.Popen, allow_none=True, help="the process, while it runs")

    @verb
    def start(self) -> None:
        """Find the model's sliders in the background, unless that is under way."""
        if self.process is None:
            self.process = manage.make_sliders(self._path())

    def poll(self) -> None:
        """Take the sliders over once the process has ended. Called by the page's heartbeat."""
        process = self.process
        if process is None or process.poll() is None:
            return
        self.process = None
        _, errors = process.communicate()
        lines = errors.decode(errors="replace").strip().splitlines()
        if process.returncode:
            self.context.message = lines[-1] if lines else "The sliders could not be fitted; try again."
        else:
            self._reload()

    @verb
    def _reload(self) -> None:
        sliders = sda_lib.SdaModel.load(self._path()).sliders
        self.context.model = dataclasses.replace(self.context.need_model(), sliders=sliders)

    def _path(self) -> Path:
        return needed(self.context.model_path, "The model has no file; save it first.")
