"""Health: measure a model in a notebook, and see what would help."""

from __future__ import annotations

from traitlets import Bool, Instance, Unicode

from sda_lib.display.health import health_view
from sda_lib.health.diagnose import HealthReport
from sda_lib.model.model import SdaModel
from sda_widgets.health.health_view import HealthView
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import AnyModel, session_of
from sda_widgets.standalone.root import Root


class Health(Root):
    """Findings on a model, each with the command that fixes it; a button measures again.

    Args:
        model: a model, its file, or its name in the library; default: that of the session.
        session: the session of another widget, whose model is measured.
        starts: whether measuring begins at once, in a thread; it takes some seconds.

    Raises SdaError for a model that can't be opened.

    Example:
        >>> findings = Health(model, starts=False)
        >>> findings.running, findings.severity, findings.report is None
        (False, '', True)
    """

    model = Instance(SdaModel, allow_none=True, read_only=True, help="the model that is measured")
    report = Instance(HealthReport, allow_none=True, read_only=True, help="what was measured")
    severity = Unicode(read_only=True, help="green, yellow or red; empty before it is measured").tag(sync=True)
    running = Bool(False, read_only=True, help="whether it is being measured").tag(sync=True)

    def __init__(self, model: AnyModel | None = None, *, session: Session | None = None, starts: bool = True) -> None:
        shared = session_of(model, session=session)
        super().__init__(shared, [HealthView(shared, can_train=False)])
        self.mirror(shared, "model", "model")
        self.mirror(shared.health, "report", "report")
        self.mirror(shared.health, "report", "severity", lambda report: report.severity if report else "")
        self.mirror(shared.health, "is_running", "running")
        if starts and shared.model is not None and shared.health.report is None:
            shared.health.check()

    def still(self) -> str:
        """Return the report, once it is there."""
        return health_view(self.report) if self.report is not None else ""
