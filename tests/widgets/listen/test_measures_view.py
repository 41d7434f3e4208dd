"""The table of what is measured of sounds."""

import sda_lib
from sda_widgets.listen.measures_view import MeasuresView


def test_a_table_of_all_sounds_and_a_report(session):
    view = MeasuresView(session)
    assert view.write.layout.display == "none"
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(1.0, seed=5))
    view.measure.click()
    assert session.message == ""
    assert view.table.value.count("scope='col'") == 2
    assert "LUFS" in view.table.value
    view.write.click()
    assert str(session.measures.report) in view.where.value
    session.sounds[1].edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    assert view.table.value == ""
    assert view.write.layout.display == "none"
