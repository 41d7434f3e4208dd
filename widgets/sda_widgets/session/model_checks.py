"""Checks of the open model: its health, and which controls have an effect."""

from pathlib import Path

from traitlets import Bool, Dict, Instance

from sda_lib.controls.names import CONTROLS
from sda_lib.health.diagnose import HealthReport, diagnose
from sda_lib.model.model import SdaModel
from sda_lib.runs.run import learned_from
from sda_lib.writers.control_check import check_controls
from sda_lib.writers.registry import default_writer
from sda_widgets.session.context import Context, Part, is_other_model
from sda_widgets.session.guard import errors_as_sentences, verb


class HealthCheck(Part):
    """Measurements of the open model; those of another model are cleared."""

    report = Instance(HealthReport, allow_none=True, help="what was measured")
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
        report, errors = None, list[str]()
        with errors_as_sentences(errors.append, "The model's health could not be measured."):
            report = diagnose(model).with_paths(learned_from(path, self.context.places.runs) if path else None, path)
        with self.context.lock:
            if errors:
                self.fail(errors[0])
            is_other = is_other_model(self.context.model, model)
            self.set(is_running=False, report=None if is_other else report)


class HiddenControls(Part):
    """Why controls are not offered, as far as it was checked."""

    reasons = Dict(help="sentences by the control's name")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        context.on_other_model(lambda: self.set(reasons={}))

    @verb
    def check(self) -> None:
        """Find the controls that the recordings offer no choice of (no pitch, no variation)."""
        model = self.context.need_model()
        if model.memory is not None:
            reasons = {name: model.ranges.why_hidden(name) for name in CONTROLS}
            self.reasons = {name: why for name, why in reasons.items() if why}

    @verb
    def try_out(self) -> None:
        """Find the controls that have an effect, by generating some sounds with each."""
        model = self.context.need_model()
        found = check_controls(model, default_writer(model))
        self.reasons = {name: one.why_hidden for name, one in found.items() if one.why_hidden}
        if not self.reasons:
            self.context.message = "All controls have an effect in this model."
