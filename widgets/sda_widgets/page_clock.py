"""Page clock: the heartbeat on which a page polls its training, scans and fits."""

from __future__ import annotations

from sda_widgets.common.form_controls import watch
from sda_widgets.common.heartbeat import Heartbeat
from sda_widgets.session.session import Session

WORKING = ("running", "queued")


class PageClock(Heartbeat):
    """Calls `session.tick` once a second while anything is under way that only a page's clock applies."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.on_message(lambda _beat: self._beat())
        watch(
            self._keep_beating, (session.scan, "progress report"), (session.training, "run state events"),
            (session.slider_fit, "process"), (session.prior_fit, "process"), (session.starter, "is_running"),
            (session.machine, "is_measuring"), (session, "working"),
        )  # fmt: skip

    def _beat(self) -> None:
        self.session.tick()
        self._keep_beating()

    def _keep_beating(self) -> None:
        session = self.session
        is_fitting = session.slider_fit.process is not None or session.prior_fit.process is not None
        self.beating = session.training.state in WORKING or is_fitting or session.is_expecting
