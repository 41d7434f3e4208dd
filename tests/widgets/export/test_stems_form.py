"""The form for stems."""

from sda_widgets.export.stems_form import StemsForm
from sda_widgets.session.session import Session


def test_the_usual_groups_are_offered_and_split(session, finished):
    form = StemsForm(session)
    assert form.groups.value == "0-1,2-5,6-"
    assert form.layers.layout.display == "none"
    form.split.click()
    finished(session.stems)
    assert session.message == ""
    assert form.layers.layout.display is None
    assert all(path.name in form.files.value for path in session.stems.files)
    form.layers.click()
    assert len(session.layers.places) == 3


def test_without_a_sound_it_waits(places):
    form = StemsForm(Session(places))
    assert form.split.disabled
    assert form.groups.value == ""
