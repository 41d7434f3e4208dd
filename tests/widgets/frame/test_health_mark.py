"""The health of the open model in the bar at the top."""

import dataclasses

from sda_lib.health.diagnose import diagnose
from sda_widgets.frame.health_mark import ESTIMATED, WORDS, HealthMark
from sda_widgets.session.session import CODES, LEARN, PLAY, Session


def test_without_a_model_there_is_no_mark(places):
    assert HealthMark(Session(places)).layout.display == "none"


def test_it_tells_what_the_training_measured_then_the_findings(session):
    mark = HealthMark(session)
    session.library.refresh()
    assert mark.layout.display is None
    assert mark.description == WORDS[mark.color]
    assert mark.tooltip == ESTIMATED
    session.health.report = diagnose(session.model)
    assert mark.color == session.health.report.severity
    assert mark.tooltip == session.health.report.verdict
    assert f"sda-{mark.color}" in mark._dom_classes


def test_the_distances_of_the_training_give_the_color(session):
    session.library.refresh()
    (entry,) = session.library.models
    mark = HealthMark(session)
    colors = []
    for held_out in (1.0, 100.0, 0.0):
        metrics = {"train": 1.0, "held_out": held_out}
        session.library.models = (dataclasses.replace(entry, metrics=metrics),)
        colors.append(mark.color)
    assert colors == ["green", "red", "unknown"]


def test_a_click_leads_to_the_findings_where_the_page_has_them(session):
    mark = HealthMark(session)
    session.place = PLAY
    mark.click()
    assert session.place == LEARN
    session.set(offered=(PLAY, CODES), place=PLAY)
    mark.click()
    assert session.place == PLAY
    assert HealthMark(session, leads=False).disabled
