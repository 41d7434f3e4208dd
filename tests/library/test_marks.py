"""Tags, notes and stars of models, kept in one file that strangers may have written."""

import json
import threading

import pytest

from sda_lib.errors import SdaError
from sda_lib.library.marks import FILE_NAME, LONGEST_NOTE, MOST_TAGS, Marks, change_marks, read_marks

RAIN = Marks(("drums", "wet"), "for the\nfilm", True)


def write(folder, plain):
    (folder / FILE_NAME).write_text(plain if isinstance(plain, str) else json.dumps(plain))


def test_marks_are_kept(tmp_path):
    assert read_marks(tmp_path).of("rain.sda") == Marks()
    change_marks(tmp_path, lambda before: before.marked("rain.sda", RAIN))
    assert read_marks(tmp_path).of("rain.sda") == RAIN
    change_marks(tmp_path, lambda before: before.marked("rain.sda", Marks()))
    assert read_marks(tmp_path).models == {}


def test_nothing_is_written_without_a_change(tmp_path):
    change_marks(tmp_path, lambda before: before)
    assert not (tmp_path / FILE_NAME).exists()


def test_tags_are_sorted_unique_and_checked():
    marks = Marks().tagged(("Wet", "drums"), ()).tagged(("wet", "ice"), ("DRUMS",))
    assert marks.tags == ("ice", "wet")
    for wrong in ("", "  ", "a,b", "x" * 41):
        with pytest.raises(SdaError, match="is no tag"):
            marks.tagged((wrong,))
    with pytest.raises(SdaError, match="at most"):
        marks.tagged(tuple(map(str, range(MOST_TAGS))))


def test_notes_are_cut_and_shown_as_text():
    assert Marks().noted(" a\x1b[2J\nb ").note == "a\\x1b[2J\nb"
    assert len(Marks().noted("x" * 9999).note) == LONGEST_NOTE


def test_many_change_it_at_once(tmp_path):
    def act(number):
        change_marks(tmp_path, lambda before: before.marked(f"{number}.sda", RAIN))

    threads = [threading.Thread(target=act, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_marks(tmp_path).models) == 12


@pytest.mark.parametrize(
    "plain",
    [
        "{", [], {"format": 1}, {"format": "1", "models": {}, "deleted": {}},
        {"format": 1, "models": {"a": 3}, "deleted": {}},
        {"format": 1, "models": {"a": {"tags": "x", "note": "", "starred": False}}, "deleted": {}},
        {"format": 1, "models": {"a": {"tags": ["x" * 99], "note": "", "starred": False}}, "deleted": {}},
        {"format": 1, "models": {"a": {"tags": [], "note": "", "starred": 1}}, "deleted": {}},
        {"format": 1, "models": {}, "deleted": {"a": {"tags": [], "note": "", "starred": True}}},
    ],
)  # fmt: skip
def test_a_damaged_file_is_said_and_set_aside(tmp_path, plain):
    write(tmp_path, plain)
    before = (tmp_path / FILE_NAME).read_bytes()
    assert read_marks(tmp_path).problem.endswith(".")
    change_marks(tmp_path, lambda found: found.marked("rain.sda", RAIN))
    assert read_marks(tmp_path).models == {"rain.sda": RAIN}
    assert (tmp_path / "library-damaged.json").read_bytes() == before


def test_a_newer_file_stays(tmp_path):
    write(tmp_path, {"format": 2})
    with pytest.raises(SdaError, match="newer SDA"):
        change_marks(tmp_path, lambda found: found.marked("rain.sda", RAIN))
    assert json.loads((tmp_path / FILE_NAME).read_text()) == {"format": 2}
