"""Prior fit: a separate process that trains a prior for the open model."""

from __future__ import annotations

import dataclasses
import subprocess
import time
from pathlib import Path

from traitlets import Float, Instance, Unicode

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.runs import manage
from sda_lib.work_steps import time_left
from sda_widgets.session.context import Part, needed
from sda_widgets.session.guard import verb

BEGINS = "Reading the recordings"
CANCELED = "No prior was made; the model is as it was."
# Longest time that a canceled process may take to end, in seconds.
ENDING = 5.0
NO_RECORDINGS = "A prior is trained on recordings, and this model has none in it."


class PriorFit(Part):
    """The process writes the prior into the model's file; `poll` takes it over."""

    process = Instance(subprocess.Popen, allow_none=True, help="the process, while it runs")
    share = Float(0.0, help="how much of the time was spent, 0..1")
    words = Unicode(help="what it does now, and how long the rest takes at most")
    result = Unicode(help="what was found of the prior that was trained last, in words")

    @verb
    def start(self, minutes: float = 1.0) -> None:
        """Train a prior in the background within some minutes, unless that is under way.

        Raises SdaError for a model without codes, recordings or a file.
        """
        model = self.context.need_model()
        if model.why_no_codes:
            raise SdaError(model.why_no_codes)
        if model.memory is None:
            raise SdaError(NO_RECORDINGS)
        if self.process is None:
            self._path = needed(self.context.model_path, "The model has no file; save it first.")
            self.begin()
            self._seconds, self._began = 60 * minutes, time.monotonic()
            self.set(process=manage.make_prior(self._path, minutes), result="", words=f"{BEGINS} …")

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
        """Take the prior over once the process has ended. Called by the page's heartbeat."""
        process = self.process
        if process is None:
            return
        if process.poll() is None:
            self._tell()
            return
        self.set(process=None, share=0.0, words="")
        output, errors = map(_last_line, process.communicate())
        if process.returncode:
            self.fail(errors or "The prior could not be trained; try again.")
        else:
            self.result = output
            self._take_over(self._path)

    _began = _seconds = 0.0

    def _tell(self) -> None:
        """Say how much of the time is left, at most."""
        spent = time.monotonic() - self._began
        self.share = min(1.0, spent / max(self._seconds, 1e-9))
        left = time_left(self.share, spent)
        self.words = f"Training the networks …{f' at most {left}' if left and self.share < 1 else ''}"

    @verb
    def _take_over(self, path: Path) -> None:
        """Give the prior of a file to the open model, unless another was opened meanwhile."""
        if self.context.model_path == path:
            loaded = sda_lib.SdaModel.load(path)
            self.context.model = dataclasses.replace(self.context.need_model(), prior=loaded.prior)


def _last_line(text: bytes) -> str:
    return (text.decode(errors="replace").strip().splitlines() or [""])[-1]
