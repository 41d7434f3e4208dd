"""Prior fit: a separate process that trains a prior for the open model."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

from traitlets import Instance, Unicode

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.runs import manage
from sda_widgets.session.context import Part, needed
from sda_widgets.session.guard import verb

NO_RECORDINGS = "A prior is trained on recordings, and this model has none in it."


class PriorFit(Part):
    """The process writes the prior into the model's file; `poll` takes it over."""

    process = Instance(subprocess.Popen, allow_none=True, help="the process, while it runs")
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
            self.set(process=manage.make_prior(self._path, minutes), result="")

    def poll(self) -> None:
        """Take the prior over once the process has ended. Called by the page's heartbeat."""
        process = self.process
        if process is None or process.poll() is None:
            return
        self.process = None
        _, errors = process.communicate()
        lines = errors.decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else ""
        if process.returncode:
            self.fail(last or "The prior could not be trained; try again.")
        else:
            self.result = last
            self._take_over(self._path)

    @verb
    def _take_over(self, path: Path) -> None:
        """Give the prior of a file to the open model, unless another was opened meanwhile."""
        if self.context.model_path == path:
            loaded = sda_lib.SdaModel.load(path)
            self.context.model = dataclasses.replace(self.context.need_model(), prior=loaded.prior)
