"""Checks of the open model: its health, and which controls have an effect."""

from pathlib import Path

from traitlets import Dict, Instance

from sda_lib.controls.names import CONTROLS
from sda_lib.health.diagnose import HealthReport, diagnosis_in_steps
from sda_lib.model.model import SdaModel
from sda_lib.runs.run import learned_from
from sda_lib.work_steps import Steps
from sda_lib.writers.control_check import ControlCheck, checks_in_steps
from sda_lib.writers.registry import default_writer
from sda_widgets.session.context import Context
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import LongWork


class HealthCheck(LongWork):
    """Measurements of the open model; those of another model are cleared."""

    report = Instance(HealthReport, allow_none=True, help="what was measured")

    def __init__(self, context: Context) -> None:
        super().__init__(context, "The model's health could not be measured.", "The health was not measured.")
        context.on_other_model(self._clear)

    @verb
    def check(self) -> None:
        """Diagnose the open model, unless that is under way."""
        model = self.context.need_model()
        if not self.is_running:
            self.report = None
            steps = self._measured(model, self.context.model_path)
            self.start(steps, lambda report: self.set(report=report), "counting the codes")

    def _measured(self, model: SdaModel, path: Path | None) -> Steps[HealthReport]:
        report = yield from diagnosis_in_steps(model)
        return report.with_paths(learned_from(path, self.context.places.runs) if path else None, path)

    def _clear(self) -> None:
        self.stop()
        self.report = None


class HiddenControls(LongWork):
    """Why controls are not offered, as far as it was checked."""

    reasons = Dict(help="sentences by the control's name")

    def __init__(self, context: Context) -> None:
        super().__init__(context, "The controls could not be tried.", "The controls were not tried out.")
        context.on_other_model(self._clear)

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
        self.start(checks_in_steps(model, default_writer(model)), self._hide, "trying the controls")

    def _hide(self, found: dict[str, ControlCheck]) -> None:
        self.reasons = {name: one.why_hidden for name, one in found.items() if one.why_hidden}
        if not self.reasons:
            self.context.notice = "All controls have an effect in this model."

    def _clear(self) -> None:
        self.stop()
        self.reasons = {}
