"""Health check: diagnose the open model in a thread."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Bool

from sda_widgets.session.context import Context, Maybe, Part, is_other_model
from sda_widgets.session.guard import errors_as_sentences, verb

if TYPE_CHECKING:
    from sda_lib.health.diagnose import HealthReport
    from sda_lib.model.model import SdaModel


class HealthCheck(Part):
    """Measurements of the open model; those of another model are cleared."""

    report: Maybe[HealthReport] = Maybe("sda_lib.health.diagnose.HealthReport", help="what was measured")
    is_running = Bool(False, help="whether it is being measured")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.thread: threading.Thread | None = None
        context.observe(self._forget, "model")

    @verb
    def check(self) -> None:
        """Diagnose the open model, unless that is under way."""
        model = self.context.need_model()
        if not self.is_running:
            self.set(is_running=True, report=None)
            self.thread = threading.Thread(target=self._examine, args=(model, self.context.model_path), daemon=True)
            self.thread.start()

    def _examine(self, model: SdaModel, path: Path | None) -> None:
        from sda_lib.health.diagnose import diagnose
        from sda_lib.runs.run import learned_from

        report, errors = None, []
        with errors_as_sentences(errors.append, "The model's health could not be measured."):
            report = diagnose(model).with_paths(learned_from(path, self.context.places.runs) if path else None, path)
        with self.context.lock:
            if errors:
                self.context.message = errors[0]
            is_other = is_other_model(self.context.model, model)
            self.set(is_running=False, report=None if is_other else report)

    def _forget(self, change: Any) -> None:
        if is_other_model(change.old, change.new):
            self.report = None
