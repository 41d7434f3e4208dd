"""A guest's page plays the owner's models; nothing of the owner's changes, and nothing of the guest's stays."""

import os
import shutil
import subprocess
import sys

import pytest

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.library import keeping
from sda_lib.model.model import SdaModel
from sda_widgets.app import guest_page
from sda_widgets.files.library_view import LibraryView
from sda_widgets.files.sound_upload import SoundUpload
from sda_widgets.session.guest import MAX_UPLOAD_BYTES, keep_small, places_of_guest
from sda_widgets.training.training_view import TrainingView

ENDING = """
import sys
from pathlib import Path
from sda_widgets.session.guest import places_of_guest, end_later
from sda_widgets.session import guest
from sda_widgets.session.places import Places
from sda_widgets.session.pauses import Pauses
from sda_widgets.session.session import Session
import functools, threading
guest.PARTING = 0.1
session = Session(places_of_guest(Places(Path(sys.argv[1]), Path(sys.argv[1])), Path(sys.argv[2])))
Pauses(session, 0.1, functools.partial(end_later, session, 0.1))
print(len(list(Path(sys.argv[2]).iterdir())), flush=True)
threading.Event().wait(60)
"""


@pytest.fixture
def owner(places, tiny_model_path):
    """The owner's folders, with a model and a preset."""
    places.models.mkdir(parents=True)
    shutil.copy(tiny_model_path, places.models / "tiny.sda")
    places.presets.mkdir()
    (places.presets / "mine.json").write_text("{}")
    (places.presets / "gone.json").symlink_to(places.folder / "nothing")
    return places


@pytest.fixture
def guest(owner, tmp_path):
    """A guest's page."""
    (tmp_path / "guests").mkdir()
    page = guest_page(places_of_guest(owner, tmp_path / "guests"))
    yield page
    page.close()


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def descendants(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from descendants(child)


def test_a_guest_plays_edits_and_exports_beside_the_owners_folder(guest, owner):
    before, session = contents(owner.folder), guest.session
    assert session.message == ""
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=3))
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    path = session.exports.write(session.sound)
    assert session.message == ""
    assert path.is_relative_to(session.places.folder)
    assert session.places.presets.joinpath("mine.json").is_file()
    assert contents(owner.folder) == before


def test_what_a_guest_does_to_a_model_leaves_the_owners_as_it_is(guest, owner):
    before, places = contents(owner.folder), guest.session.places
    model = places.models / "tiny.sda"
    SdaModel.load(model).with_level_name(0, "mine").save(model)
    assert SdaModel.load(model).level_names[0] == "mine"
    keeping.rename(model, "other")
    keeping.delete(places.models / "other.sda", places.trash)
    assert contents(owner.folder) == before


def test_guests_neither_train_nor_keep_models(guest):
    shown = list(descendants(guest))
    assert not any(
        isinstance(widget, TrainingView | LibraryView) and widget.layout.display != "none" for widget in shown
    )
    assert not any(getattr(widget, "description", "") in ("Library", "Export batch") for widget in shown)


def test_guests_open_the_examples_alone(guest, owner, tmp_path):
    places = guest.session.places
    assert list(places.roots) == ["Examples"]
    assert places.checked(owner.demo / "rain.wav")
    for path in (tmp_path / "x.wav", "/etc/passwd", "~/x.wav", owner.exports / "x.wav", owner.demo / "../x.wav"):
        with pytest.raises(SdaError, match="is outside the folders"):
            places.checked(path)


def test_files_of_guests_are_small_whatever_their_browser_says(guest):
    upload = next(widget for widget in descendants(guest) if isinstance(widget, SoundUpload))
    upload.largest = 10**12
    answers = []
    upload.send = lambda message, buffers=None: answers.append(message)
    upload.receive({"kind": "begin", "id": 1, "name": "rain.wav", "size": MAX_UPLOAD_BYTES + 1}, [])
    assert "more than the 20 MB" in answers[0]["error"]


def test_a_page_that_rests_ends_with_its_folder(owner, tmp_path):
    (tmp_path / "guests").mkdir()
    command = [sys.executable, "-c", ENDING, str(owner.folder), str(tmp_path / "guests")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "1\n"
    assert list((tmp_path / "guests").iterdir()) == []


def test_the_oldest_exports_of_a_guest_go_when_they_are_too_large_together(guest):
    session = guest.session
    session.sounds[0].create.generate(sda_lib.GenerateOptions(seconds=0.2))
    written = [session.exports.write(session.sounds[0]) for _ in range(4)]
    assert all(path.exists() for path in written)
    assert "deleted" not in session.notice
    for number, path in enumerate(written):
        os.utime(path, ns=(number, number))
    keep_small(session, 2 * written[0].stat().st_size)
    assert [path.exists() for path in written] == [False, False, True, True]
    assert "deleted" in session.notice
    keep_small(session, 1)
    assert [path.exists() for path in written] == [False, False, False, True]  # what was written just now is kept


def test_every_act_of_a_guest_looks_at_the_size_of_the_exports(guest, monkeypatch):
    looked = []
    monkeypatch.setattr("sda_widgets.app.keep_small", looked.append)
    guest.session.sounds[0].create.generate(sda_lib.GenerateOptions(seconds=0.2))
    assert looked
