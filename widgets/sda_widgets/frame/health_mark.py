"""Health mark: the health of the open model in a word and a color; it leads to the findings."""

from __future__ import annotations

from ipywidgets import Button

from sda_lib.health.findings import GREEN, RED, YELLOW
from sda_lib.library.listing import UNKNOWN, LibraryModel
from sda_widgets.common.form_controls import show_if, watch
from sda_widgets.session.session import LEARN, Session

WORDS = {GREEN: "Healthy", YELLOW: "Some problems", RED: "Serious problems", UNKNOWN: "Health unknown"}
ESTIMATED = "By the distances measured in training; Learn shows the findings and measures more"


class HealthMark(Button):
    """View of `session.health.report`; until there is one, of what the training measured. A click shows the place
    with the findings, where the page has it."""

    def __init__(self, session: Session, leads: bool = True) -> None:
        super().__init__()
        self.session = session
        self.add_class("sda-health-mark")
        self.disabled = not leads
        self.on_click(lambda _button: session.go_to(LEARN))
        watch(self._draw, (session, "model model_path"), (session.health, "report"), (session.library, "models"))

    @property
    def color(self) -> str:
        """Green, yellow, red or unknown."""
        if self.session.health.report is not None:
            return self.session.health.report.severity
        path = self.session.model_path
        return next((LibraryModel(one).health for one in self.session.library.models if one.path == path), UNKNOWN)

    def _draw(self) -> None:
        color, report = self.color, self.session.health.report
        show_if(self.session.model is not None, self)
        self.description = WORDS[color]
        self.tooltip = ESTIMATED if report is None else report.verdict
        for name in WORDS:
            (self.add_class if name == color else self.remove_class)(f"sda-{name}")
