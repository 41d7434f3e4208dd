"""Health check: diagnose the open model in a thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
        context.on_other_model(lambda: self.set(report=None))

    @verb
    def check(self) -> None:
        """Diagnose the open model, unless that is under way."""
        model = self.context.need_model()
        if not self.is_running:
            self.set(is_running=True, report=None)
            self.start_thread(self._examine, model, self.context.model_path)

    def _examine(self, model: SdaModel, path: Path | None) -> None:
        from sda_lib.health.diagnose import diagnose
        from sda_lib.runs.run import learned_from

        report, errors = None, list[str]()
        with errors_as_sentences(errors.append, "The model's health could not be measured."):
            report = diagnose(model).with_paths(learned_from(path, self.context.places.runs) if path else None, path)
        with self.context.lock:
            if errors:
                self.context.message = errors[0]
            is_other = is_other_model(self.context.model, model)
            self.set(is_running=False, report=None if is_other else report)
