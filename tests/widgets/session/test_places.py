"""Places of the page: names of new files."""

from sda_widgets.session.places import modified, stem_of, unused


def test_titles_become_stems():
    assert stem_of("rain") == "rain"
    assert "/" not in stem_of("a/b\\..")
    assert stem_of("") == "sound"


def test_existing_files_are_not_overwritten(tmp_path):
    names = []
    for _ in range(3):
        path = unused(tmp_path, "rain", ".wav")
        path.touch()
        names.append(path.name)
    assert names == ["rain.wav", "rain_2.wav", "rain_3.wav"]


def test_the_time_of_an_absent_file_is_zero(tmp_path):
    assert modified(tmp_path / "absent") == 0.0
    (tmp_path / "there").touch()
    assert modified(tmp_path / "there") > 0.0
