"""Measures view: what is measured of the sounds beside each other, as a table, and a report of it."""

from __future__ import annotations

from html import escape

from ipywidgets import HTML, HBox

from sda_lib.display.comparisons import measure_rows
from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.session.session import Session

ABOUT = "Loudness, brightness, pitch and more of every sound, and how far each is from A."


class MeasuresView(Card):
    """View of `session.measures`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.measure = button("Measure", "Measure the sounds", lambda: session.measures.measure(session.sounds))
        self.write = button(
            "Write report", "One HTML file with players, spectrograms and differences", session.measures.write
        )
        self.table, self.where = HTML(), HTML()
        acts = HBox([self.measure, self.write])
        super().__init__([HTML(f"<h3>Measures</h3>{quiet(ABOUT)}"), acts, self.table, self.where], "sda-measures")
        watch(self._show, (session.measures, "compared"))
        watch(self._say, (session.measures, "report"))
        watch(lambda: setattr(self.measure, "disabled", session.sound.clip is None), (session.sound, "clip"))

    def _show(self) -> None:
        compared = self.session.measures.compared
        show_if(compared is not None, self.write)
        if compared is None:
            self.table.value = ""
            return
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in compared.clips)
        rows = "".join(
            f"<tr><th scope='row'>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
            for name, *cells in measure_rows(compared)
        )
        self.table.value = f"<table class='sda-measured'><tr><td></td>{head}</tr>{rows}</table>"

    def _say(self) -> None:
        report = self.session.measures.report
        self.where.value = "" if report is None else quiet(f"Written to {report}")
