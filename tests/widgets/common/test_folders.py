"""What the page shows of this machine."""

import os

import pytest

from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.session.places import Places


@pytest.fixture
def roots(tmp_path):
    """One root with sounds, links and other things in it, and a folder outside of it that must not be listed."""
    root, private = tmp_path / "root", tmp_path / "private"
    (root / "Kicks").mkdir(parents=True)
    private.mkdir()
    for path in (root / "rain.WAV", root / "b.flac", root / "notes.txt", root / ".hidden.wav", private / "secret.wav"):
        path.write_bytes(b"1234")
    (root / "out").symlink_to(private)
    (root / "out.wav").symlink_to(private / "secret.wav")
    (root / "in.wav").symlink_to(root / "b.flac")
    (root / "broken.wav").symlink_to(root / "nothing")
    return {"Mine": root}


def names(found):
    return [one.name for one in found]


def test_folders_come_first_and_then_sounds_and_nothing_else(roots):
    found = folders.list_folder(roots, roots["Mine"])
    assert names(found) == ["Kicks", "b.flac", "in.wav", "rain.WAV"]
    assert [one.folder for one in found] == [True, False, False, False]
    assert found[1].size == 4


def test_without_a_folder_the_roots_are_listed(roots, tmp_path):
    found = folders.list_folder({**roots, "Gone": tmp_path / "gone"}, None)
    assert [(one.name, one.path, one.folder) for one in found] == [("Mine", roots["Mine"], True)]


@pytest.mark.parametrize("way", ["..", "Kicks/../..", "out", "../private", "../rootless"])
def test_nothing_above_or_beside_a_root_is_listed(roots, way):
    folder = roots["Mine"] / way
    (roots["Mine"].parent / "rootless").mkdir()
    with pytest.raises(SdaError, match="outside the folders shown here"):
        folders.list_folder(roots, folder)


def test_the_way_up_ends_at_the_roots(roots):
    root = roots["Mine"]
    assert folders.parent_folder(roots, root / "Kicks") == root
    assert folders.parent_folder(roots, root) is None
    assert folders.parent_folder(roots, None) is None
    assert folders.parent_folder(roots, root.parent) is None


def test_the_innermost_root_gives_the_trail_its_name(roots):
    nested = {**roots, "Drums": roots["Mine"] / "Kicks"}
    assert folders.breadcrumb(nested, roots["Mine"] / "Kicks" / "soft") == ("Drums", "soft")
    assert folders.breadcrumb(roots, roots["Mine"] / "Kicks") == ("Mine", "Kicks")
    assert folders.breadcrumb(roots, None) == ()


def test_a_folder_that_is_not_there_any_more_is_one_sentence(roots):
    with pytest.raises(SdaError, match=r"can't be opened \(.+\); choose another folder"):
        folders.list_folder(roots, roots["Mine"] / "gone")


def test_a_name_that_is_no_text_is_left_out(roots):
    place = os.path.join(os.fsencode(roots["Mine"]), b"\xff.wav")
    with open(place, "wb") as file:
        file.write(b"1")
    assert names(folders.list_folder(roots, roots["Mine"])) == ["Kicks", "b.flac", "in.wav", "rain.WAV"]


def test_every_root_is_offered_once(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Places(tmp_path / "data", tmp_path / "demo").roots == {
        "Examples": tmp_path / "demo", "Data": tmp_path / "data", "Home": tmp_path,
    }  # fmt: skip
    assert list(Places(tmp_path / "data", tmp_path / "data").roots) == ["Data", "Home"]
    monkeypatch.setenv("HOME", "/")
    assert list(Places(tmp_path / "data", tmp_path / "demo").roots) == ["Examples", "Data"]
