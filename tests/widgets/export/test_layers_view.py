"""The layers on the page."""

from sda_lib.export.finish import Finish
from sda_widgets.export.layers_view import LayersView


def test_rows_change_their_layers(session):
    view = LayersView(session, lambda: (Finish(), ".flac"))
    view.current.click()
    view.choice.value = str(session.exports.path)
    assert session.message == ""
    assert view.choice.value == ""
    row, other = view.rows.children
    other.inputs["at"].value = 1.5
    other.inputs["pan"].value = -0.4
    row.mute.value = True
    assert view.rows.children == (row, other)  # the input in which one types stays
    assert [(one.at, one.pan, one.mute) for one in session.layers.places] == [(0.0, 0.0, True), (1.5, -0.4, False)]
    view.listen.click()
    assert session.preview.seconds > 1.5
    view.write.click()
    assert session.exports.path.name == "mix.flac"
    row.gone.click()
    assert [one.at for one in session.layers.places] == [1.5]
    assert [one.inputs["at"].value for one in view.rows.children] == [1.5]


def test_names_of_files_are_text(session):
    view = LayersView(session, lambda: (Finish(), ".wav"))
    path = session.exports.write(session.sound)
    odd = path.with_name("<img src=x>.wav")
    path.rename(odd)
    session.layers.add(odd)
    (row,) = view.rows.children
    assert "<img" not in row.children[0].children[0].value
