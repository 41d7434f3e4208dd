"""Deleted things lie in the trash under a name of their own."""

import time

import pytest

from sda_lib.errors import SdaError
from sda_lib.trash import move_to_trash


def test_things_of_one_name_lie_beside_each_other(tmp_path):
    places = []
    for number in range(3):
        folder = tmp_path / "run"
        folder.mkdir()
        (folder / "log").write_text(str(number))
        places.append(move_to_trash(folder, tmp_path / "trash"))
        assert not folder.exists()
    assert len(set(places)) == 3
    assert [(place / "log").read_text() for place in places] == ["0", "1", "2"]
    assert all(abs(place.stat().st_mtime - time.time()) < 60 for place in places)


def test_what_cannot_be_moved_stays(tmp_path):
    (tmp_path / "trash").write_text("in the way")
    (tmp_path / "x").write_text("x")
    with pytest.raises(SdaError, match="can't be moved"):
        move_to_trash(tmp_path / "x", tmp_path / "trash")
    assert (tmp_path / "x").read_text() == "x"
