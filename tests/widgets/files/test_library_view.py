"""The library on the page: every act on models, with what the user typed kept as text."""

import shutil

import pytest

import sda_lib
from sda_lib.library.marks import read_marks
from sda_widgets.files.library_view import LibraryView

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def view(session, tiny_model_path):
    shutil.copy(tiny_model_path, session.places.models / "other.sda")
    (session.places.models / "broken.sda").write_text("not a model")
    view = LibraryView(session)
    session.library.refresh()
    return view


def select(view, name):
    view.list.value = str(view.session.places.models / name)


def names(view):
    return [value.rpartition("/")[2] for _, value in view.list.options]


def test_models_are_searched_and_sorted(view):
    assert set(names(view)) == {"tiny.sda", "other.sda", "broken.sda"}
    assert view.chosen.entry.path == view.session.model_path
    select(view, "other.sda")
    view.tags.value = "Wet, drums"
    view.note.value = "for the film"
    view.words.value = "FILM wet"
    assert names(view) == ["other.sda"]
    assert "drums · Wet" in view.list.options[0][0]
    view.words.value, view.health.value = "", "unknown"
    assert "broken.sda" in names(view)
    view.health.value, view.order.value = "", "size"
    assert names(view)[-1] == "broken.sda"


def test_stars_tags_and_notes_are_kept(view):
    select(view, "other.sda")
    view.star.click()
    assert view.star.description == "Unstar"
    assert [row for row, _ in view.list.options if row.startswith("★")]
    view.tags.value = HOSTILE
    marks = read_marks(view.session.places.models).of("other.sda")
    assert (marks.starred, marks.tags) == (True, (HOSTILE,))
    view.tags.value = "x" * 99
    assert "is no tag" in view.session.message
    assert HOSTILE not in view.facts.value


def test_rename_duplicate_delete_restore(view):
    session = view.session
    select(view, "tiny.sda")
    view.name.value = "Tin roof"
    view.rename.click()
    assert (session.model.name, session.model_path.name) == ("Tin roof", "Tin_roof.sda")
    assert session.sound.clip is not None
    assert view.chosen.entry.name == "Tin roof"
    view.delete.click()
    assert "is open" in session.message
    view.copy.click()
    assert view.chosen.entry.path.name == "Tin_roof-2.sda"
    view.delete.click()
    assert "Tin_roof-2.sda" not in names(view)
    assert [label for label, _ in view.trash.options] == ["Tin_roof-2.sda"]
    view.restore.click()
    assert view.chosen.entry.path.name == "Tin_roof-2.sda"
    assert view.deleted.layout.display == "none"
    view.name.value = "Tin roof"
    view.rename.click()
    assert "already a model" in session.message


def test_the_selected_model_is_opened(view):
    select(view, "other.sda")
    view.opener.click()
    assert view.session.model_path.name == "other.sda"


def test_an_unreadable_model_says_why_and_can_be_deleted(view):
    select(view, "broken.sda")
    assert "not an .sda model" in view.facts.value
    view.delete.click()
    assert "broken.sda" not in names(view)


def test_links_that_lead_out_are_left_alone(view, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}-out.sda"
    outside.write_bytes(b"secret")
    (view.session.places.models / "link.sda").symlink_to(outside)
    view.session.library.refresh()
    select(view, "link.sda")
    view.rename.click()
    assert view.session.message
    assert outside.read_bytes() == b"secret"


def test_models_are_compared_exported_and_imported(view, slider_model_path):
    session = view.session
    select(view, "other.sda")
    view.compare.click()
    assert "the same facts" in view.differences.value
    shutil.copy(slider_model_path, session.places.models / "third.sda")
    session.library.refresh()
    select(view, "third.sda")
    assert view.differences.value == ""
    view.compare.click()
    assert "→" in view.differences.value
    view.recordings.value = False
    view.export.click()
    (written,) = session.places.exports.glob("*.sda")
    assert str(written) in session.notice
    view.path.value = str(written)
    view.add.click()
    assert view.chosen.entry.path.name == "third-2.sda"
    assert sda_lib.SdaModel.load(view.chosen.entry.path).memory is None
    view.path.value = "/etc/passwd"
    view.add.click()
    assert session.message


def test_tiles_show_what_the_list_does(view):
    assert view.tiles.tiles == []  # nothing is sent until they are seen
    view.view.value = "Tiles"
    assert view.list.layout.display == "none"
    tiles = {tile["name"]: tile for tile in view.tiles.tiles}
    assert [tile["key"] for tile in view.tiles.tiles] == [value for _, value in view.list.options]
    assert tiles["tiny"]["image"].startswith("data:image/png")
    assert (tiles["broken"]["detail"], tiles["broken"]["image"], tiles["broken"]["health"]) == (
        "unreadable",
        "",
        "unknown",
    )
    other = str(view.session.places.models / "other.sda")
    view.tiles.receive({"kind": "choose", "value": other})
    assert (view.list.value, view.tiles.chosen) == (other, other)
    view.star.click()
    assert next(tile for tile in view.tiles.tiles if tile["key"] == other)["starred"]
    for wrong in ({"kind": "choose", "value": "/etc/passwd"}, {"kind": "turn", "value": 7}, {"kind": "x"}, None):
        view.tiles.receive(wrong)
    assert view.list.value == other
    view.tiles.receive({"kind": "open", "value": other})
    assert str(view.session.model_path) == other
