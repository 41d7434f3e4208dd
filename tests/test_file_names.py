"""Names of files: free ones, safe ones, and those that every system takes."""

import pytest

from sda_lib.errors import SdaError
from sda_lib.file_names import (
    checked_name,
    free_path,
    numbered,
    portable_name,
    safe_name,
    safe_stem,
    size_in_words,
    size_of_words,
    without_unprintable,
)


def test_a_free_path_is_numbered_from_two(tmp_path):
    path = tmp_path / "a.b.wav"
    assert free_path(path) == path
    path.touch()
    (tmp_path / "a.b-2.wav").touch()
    assert free_path(path) == tmp_path / "a.b-3.wav"
    assert free_path(path, "_") == tmp_path / "a.b_2.wav"
    assert [name for name, _ in zip(numbered("x", " "), range(3), strict=False)] == ["x", "x 2", "x 3"]


def test_names_are_made_safe():
    assert without_unprintable("a\0ü\n") == "a_ü_"
    assert safe_name(" ..x:y. ", 60, ":") == "x_y"
    assert (safe_name(". .", 60), len(safe_name("x" * 99, 60))) == ("sound", 60)
    assert safe_stem("My sound, v1.5!") == "My_sound_v1.5"
    assert safe_stem("v1.5", keep="-") == "v1_5"
    assert (safe_stem("..."), safe_stem("/", "run")) == ("", "run")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b"])
def test_what_can_not_name_a_file_is_refused(name):
    with pytest.raises(SdaError, match="can't name a file"):
        checked_name(name)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("kick: 1/2 time?".replace("/", "-"), "kick_ 1-2 time_"),
        ("<a>|b*", "_a__b_"),
        ("aux", "_aux"),
        ("COM7.take", "_COM7.take"),
        ("console", "console"),
        ("ends. . ", "ends"),
        ("Gerät 日本", "Gerät 日本"),
        ("é" * 150, "é" * 100),
    ],
)
def test_names_can_be_used_on_every_system(name, plain):
    assert portable_name(name) == plain
    assert checked_name(name) == plain
    assert portable_name(plain) == plain


@pytest.mark.parametrize(
    ("words", "size"),
    [("2GB", 2 * 10**9), ("1.5 gb", 1_500_000_000), ("500M", 5 * 10**8), (" 70 kB", 70_000), ("9", 9)],
)
def test_sizes_are_read_as_they_are_written(words, size):
    assert size_of_words(words) == size
    assert size_of_words(size_in_words(size)) == size


@pytest.mark.parametrize("words", ["", "GB", "-1", "1e9", "2 GiB", "nan", "9" * 16])
def test_other_sizes_are_refused(words):
    with pytest.raises(SdaError, match="is no size"):
        size_of_words(words)
