"""Slider fit: a separate process that finds the sliders of the open model."""

from __future__ import annotations

import dataclasses
import subprocess
import time
from pathlib import Path

from traitlets import Float, Instance, Unicode

import sda_lib
from sda_lib.runs import manage
from sda_lib.work_steps import WorkStep
from sda_widgets.session.context import Part, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import in_words

BEGINS = "Loading the model"
CANCELED = "No sliders were made; the model is as it was."
# Longest time that a canceled process may take to end, in seconds.
ENDING = 5.0


class SliderFit(Part):
    """The process writes the sliders into the model's file; `poll` takes them over."""

    process = Instance(subprocess.Popen, allow_none=True, help="the process, while it runs")
    share = Float(0.0, help="how much of the work is done, 0..1")
    words = Unicode(help="what it does now, and how long the rest takes")

    @verb
    def start(self) -> None:
        """Find the model's sliders in the background, unless that is under way."""
        if self.process is None:
            self._began = time.monotonic()
            process = manage.make_sliders(self._path())
            self.set(process=process, share=0.0, words=f"{BEGINS} …")
            self.start_thread(self._follow, process)

    @verb
    def cancel(self) -> None:
        """End the process; the model stays as it is."""
        process = self.process
        if process is not None:
            self.set(process=None, share=0.0, words="")
            process.terminate()
            process.wait(ENDING)
            self.context.notice = CANCELED

    def poll(self) -> None:
        """Take the sliders over once the process has ended. Called by the page's heartbeat."""
        process = self.process
        if process is None:
            return
        if process.poll() is None:
            self.words = in_words(self._step, self.share, time.monotonic() - self._began)
            return
        self.set(process=None, share=0.0, words="")
        errors = b"" if process.stderr is None else process.stderr.read()
        lines = errors.decode(errors="replace").strip().splitlines()
        if process.returncode:
            self.fail(lines[-1] if lines else "The sliders could not be fitted; try again.")
        else:
            self._reload()

    _began, _step = 0.0, BEGINS

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        """Read the steps of a process as it tells them."""
        for line in process.stdout or ():
            step = WorkStep.parse(line.decode(errors="replace"))
            if step is not None:
                self.context.deliveries.append(lambda step=step: self._apply(process, step))  # type: ignore[misc]

    def _apply(self, process: subprocess.Popen[bytes], step: WorkStep) -> None:
        if self.process is process:
            self._step, self.share = step.words, step.share

    @verb
    def _reload(self) -> None:
        sliders = sda_lib.SdaModel.load(self._path()).sliders
        self.context.model = dataclasses.replace(self.context.need_model(), sliders=sliders)

    def _path(self) -> Path:
        return needed(self.context.model_path, "The model has no file; save it first.")
