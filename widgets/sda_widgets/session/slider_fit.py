"""Slider fit: a separate process that finds the sliders of the open model."""

from __future__ import annotations

import dataclasses
import subprocess
import time
from pathlib import Path

import sda_lib
from sda_lib.runs import manage
from sda_lib.work_steps import WorkStep
from sda_widgets.session.context import needed
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import in_words
from sda_widgets.session.process_part import ProcessPart

BEGINS = "Loading the model"
CANCELED = "No sliders were made; the model is as it was."
FAILED = "The sliders could not be fitted; try again."


class SliderFit(ProcessPart):
    """The process writes the sliders into the model's file; `poll` takes them over."""

    canceled, failed = CANCELED, FAILED

    @verb
    def start(self) -> None:
        """Find the model's sliders in the background, unless that is under way."""
        if self.process is None:
            self._began = time.monotonic()
            process = manage.make_sliders(self._path())
            self.set(process=process, share=0.0, words=f"{BEGINS} …")
            self.start_thread(self._follow, process)

    def tell(self) -> None:
        self.words = in_words(self._step, self.share, time.monotonic() - self._began)

    _began, _step = 0.0, BEGINS

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        """Read the steps of a process as it tells them."""
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                step = WorkStep.parse(line.decode(errors="replace"))
                if step is not None:
                    self.context.deliveries.append(lambda step=step: self._apply(process, step))  # type: ignore[misc]

    def _apply(self, process: subprocess.Popen[bytes], step: WorkStep) -> None:
        if self.process is process:
            self._step, self.share = step.words, step.share

    @verb
    def take_over(self, process: subprocess.Popen[bytes]) -> None:
        sliders = sda_lib.SdaModel.load(self._path()).sliders
        self.context.model = dataclasses.replace(self.context.need_model(), sliders=sliders)

    def close_pipes(self, process: subprocess.Popen[bytes]) -> None:
        """Close the pipe of errors; the thread that reads the other one closes it."""
        if process.stderr is not None:
            process.stderr.close()

    def _path(self) -> Path:
        return needed(self.context.model_path, "The model has no file; save it first.")
