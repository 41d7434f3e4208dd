"""The form for instruments."""

from sda_widgets.export.instrument_form import InstrumentForm


def test_chosen_exports_become_an_instrument(session, finished):
    form = InstrumentForm(session)
    assert form.make.disabled
    path = session.exports.write(session.sound)
    form.sounds.value = [str(path)]
    session.exports.write(session.sound, suffix=".flac")
    assert form.sounds.value == (str(path),)  # a later export changes no choice
    assert not form.make.disabled
    form.name.value = "rain"
    form.make.click()
    finished(session.instruments)
    assert session.message == ""
    assert session.instruments.folder.name == "rain"
    assert "root" in form.made.value
