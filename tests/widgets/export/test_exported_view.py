"""The exported sounds on the page."""

from sda_widgets.export.exported_view import ExportedView


def test_every_export_gets_a_picture_that_plays(session):
    view = ExportedView(session)
    assert "Nothing has been exported" in view.none.value
    assert (view.none.layout.display, view.tiles.layout.display) == (None, "none")
    path = session.exports.write(session.sound)
    (row,) = view.tiles.rows
    assert (row["title"], row["detail"]) == (path.name, "4.0 s")
    assert (view.none.layout.display, view.tiles.layout.display) == ("none", None)
    assert str(path.parent) in view.where.value
    view.tiles.receive({"kind": "play", "value": row["cells"][0]["key"]})
    assert session.preview.name == path.stem


def test_a_place_that_is_built_late_shows_earlier_exports(session):
    session.exports.write(session.sound)
    assert len(ExportedView(session).tiles.rows) == 1
