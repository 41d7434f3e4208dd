"""Measures of the sounds beside each other."""

import sda_lib
from sda_widgets.session.session import Session


def test_sounds_are_measured_until_one_changes(session):
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(1.0, seed=5))
    session.measures.measure(session.sounds)
    assert session.message == ""
    compared = session.measures.compared
    assert list(compared.measures) == ["A", "B"]
    assert compared.distances["B"].mel > 0
    session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    assert session.measures.compared is None


def test_a_report_is_one_file_beside_the_exports(session):
    session.measures.write()
    assert "press Measure first" in session.message
    session.measures.measure(session.sounds)
    first = session.measures.write()
    second = session.measures.write()
    assert first.parent == second.parent == session.places.exports
    assert first != second
    assert "<audio" in first.read_text()


def test_without_a_sound_nothing_is_measured(places):
    session = Session(places)
    session.measures.measure(session.sounds)
    assert "no sound yet" in session.message
