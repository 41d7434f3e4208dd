"""Prior fit: a separate process that trains a prior for the open model."""

from __future__ import annotations

import dataclasses
import subprocess
import time

from traitlets import Unicode

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.runs import manage
from sda_lib.work_steps import time_left
from sda_widgets.session.context import needed
from sda_widgets.session.guard import verb
from sda_widgets.session.process_part import ProcessPart, last_line

BEGINS = "Reading the recordings"
CANCELED = "No prior was made; the model is as it was."
FAILED = "The prior could not be trained; try again."
NO_RECORDINGS = "A prior is trained on recordings, and this model has none in it."


class PriorFit(ProcessPart):
    """The process writes the prior into the model's file; `poll` takes it over. `share` is that of the time."""

    canceled, failed = CANCELED, FAILED
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

    _began = _seconds = 0.0

    def tell(self) -> None:
        spent = time.monotonic() - self._began
        self.share = min(1.0, spent / max(self._seconds, 1e-9))
        left = time_left(self.share, spent)
        self.words = f"Training the networks …{f' at most {left}' if left and self.share < 1 else ''}"

    @verb
    def take_over(self, process: subprocess.Popen[bytes]) -> None:
        """Give the prior of the file to the open model, unless another was opened meanwhile."""
        self.result = "" if process.stdout is None else last_line(process.stdout.read())
        if self.context.model_path == self._path:
            loaded = sda_lib.SdaModel.load(self._path)
            self.context.model = dataclasses.replace(self.context.need_model(), prior=loaded.prior)
