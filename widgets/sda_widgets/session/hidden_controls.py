"""Hidden controls: those that have no effect in the open model."""

from __future__ import annotations

from traitlets import Dict

from sda_lib.controls.names import CONTROLS
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import verb


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
        from sda_lib.writers.control_check import check_controls
        from sda_lib.writers.registry import default_writer

        model = self.context.need_model()
        found = check_controls(model, default_writer(model))
        self.reasons = {name: one.why_hidden for name, one in found.items() if one.why_hidden}
        if not self.reasons:
            self.context.message = "All controls have an effect in this model."
