"""Models are renamed, copied, deleted and restored whole, and their sounds still find them."""

import shutil
from pathlib import Path

import pytest

from sda_lib.errors import SdaError
from sda_lib.library import keeping
from sda_lib.library.listing import library
from sda_lib.library.marks import Marks, change_marks, read_marks
from sda_lib.model.header import peek
from sda_lib.model.library import find_model
from sda_lib.model.model import SdaModel
from sda_lib.runs.locks import training_into

RAIN = Marks(("wet",), "a note", True)


@pytest.fixture
def model(tmp_path, tiny_model_path):
    """A model of the user's, with marks."""
    folder = tmp_path / "models"
    folder.mkdir()
    change_marks(folder, lambda before: before.marked("tiny.sda", RAIN))
    return Path(shutil.copy(tiny_model_path, folder / "tiny.sda"))


def marks_of(path):
    return read_marks(path.parent).of(path.name)


def test_a_renamed_model_is_the_same_and_found_by_its_earlier_name(model):
    before = SdaModel.load(model)
    out = keeping.rename(model, "Tin roof")
    assert (out.name, model.exists()) == ("Tin_roof.sda", False)
    after = SdaModel.load(out)
    assert (after.name, after.fingerprints) == ("Tin roof", before.fingerprints)
    assert marks_of(out) == RAIN
    assert read_marks(out.parent).of("tiny.sda") == Marks()
    found = find_model("tiny", lambda one: one.fingerprints == before.fingerprints, [out.parent])
    assert found[1] == out
    again = keeping.rename(out, "tiny")
    assert peek(again)["earlier_names"] == ["Tin roof"]


def test_names_that_are_taken_or_empty_are_refused(model, put):
    put("door")
    for act in (keeping.rename, keeping.duplicate):
        with pytest.raises(SdaError, match="already a model"):
            act(model, "door")
    with pytest.raises(SdaError, match="letter or digit"):
        keeping.rename(model, "...")
    with training_into(model), pytest.raises(SdaError, match="is being trained"):
        keeping.rename(model, "other")
    assert keeping.rename(model, "TINY!").name == "TINY.sda"


def test_a_copy_has_a_name_and_the_marks(model):
    assert keeping.duplicate(model).name == "tiny-2.sda"
    out = keeping.duplicate(model, "twin")
    assert (peek(out)["name"], marks_of(out)) == ("twin", RAIN)
    assert [one.entry.name for one in library(model.parent)].count("tiny-2") == 1


def test_deleted_and_restored_with_its_marks(model, tmp_path):
    trash, data = tmp_path / "trash", model.read_bytes()
    keeping.delete(model, trash)
    assert library(model.parent) == ()
    shutil.copy(keeping.trashed_models(model.parent, trash)[0].entry.path, model)  # another of that name
    keeping.delete(model, trash)
    first, second = keeping.trashed_models(model.parent, trash)
    assert {first.was, second.was} == {"tiny.sda"}
    assert not first.marks.starred
    back = keeping.restore("tiny", model.parent, trash)
    assert (back.name, back.read_bytes()) == ("tiny.sda", data)
    other = keeping.restore("tiny", model.parent, trash)
    assert other.name == "tiny-2.sda"
    assert RAIN in (marks_of(back), marks_of(other))
    with pytest.raises(SdaError, match="no model tiny in the trash"):
        keeping.restore("tiny", model.parent, trash)
    with training_into(back), pytest.raises(SdaError, match="is being trained"):
        keeping.delete(back, trash)
    with pytest.raises(SdaError, match="no model"):
        keeping.delete(tmp_path / "gone.sda", trash)


def test_a_strangers_marks_lead_nowhere_else(model, tmp_path):
    place = keeping.delete(model, tmp_path / "trash")
    change_marks(model.parent, lambda before: type(before)({}, {place.name: ("../../evil.sda", RAIN)}))
    assert keeping.restore("tiny", model.parent, tmp_path / "trash") == model


def test_marks_of_emptied_trash_are_forgotten(model, tmp_path, put):
    keeping.delete(model, tmp_path / "trash")
    shutil.rmtree(tmp_path / "trash")
    keeping.delete(put("door"), tmp_path / "trash")
    assert set(read_marks(model.parent).deleted) == {"door.sda"}


def test_import_and_export(model, tmp_path):
    out = keeping.export_model(model, tmp_path / "out")
    assert out.read_bytes() == model.read_bytes()
    assert keeping.export_model(model, tmp_path / "out").name == "tiny-2.sda"
    bare = keeping.export_model(model, tmp_path / "out/bare.sda", recordings=False)
    assert not peek(bare).get("memory")
    barer = keeping.export_model(bare, tmp_path / "out/barer.sda", recordings=False)
    assert "held_out" not in peek(barer)
    assert keeping.import_model(out, model.parent).name == "tiny-2.sda"
    (tmp_path / "cut.sda").write_bytes(model.read_bytes()[:9000])
    with pytest.raises(SdaError, match="cut off"):
        keeping.import_model(tmp_path / "cut.sda", model.parent)
    assert len(library(model.parent)) == 2
