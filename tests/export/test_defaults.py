"""The user's defaults: a TOML file that people edit and `set_default` writes, with clear errors."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda_lib.errors import SdaError
from sda_lib.export.defaults import Defaults, read_defaults, set_default, toml_quoted


@pytest.fixture
def file(tmp_path):
    return tmp_path / "defaults.toml"


def test_without_a_file_there_are_none(file):
    assert read_defaults(file) == Defaults()
    assert Defaults().tags == {}


@given(st.text(st.characters(codec="utf-8")))
def test_quoted_text_is_read_back_by_tomllib(text):
    line = f"author = {toml_quoted(text)}\n"
    assert tomllib.loads(line) == {"author": text}
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    "text", ['a "b" \\ c', "two\nlines\tand\r\x00\x7f\x1b", "Žofie 🎧 \u2028 \U000e0001", "'''", '"""']
)
def test_any_text_can_be_set_and_is_read_back(file, text):
    set_default(file, "author", "someone else")
    set_default(file, "licence", "CC0")
    assert set_default(file, "author", text) == read_defaults(file) == Defaults(author=text, licence="CC0")
    assert [path.name for path in file.parent.iterdir()] == ["defaults.toml"]


def test_comments_and_other_lines_stay(file):
    file.write_text('# mine\nauthor = "A"  # me\nformat = "flac"\n')
    set_default(file, "author", "B")
    assert file.read_text() == '# mine\nformat = "flac"\nauthor = "B"\n'
    set_default(file, "author", "")
    assert file.read_text() == '# mine\nformat = "flac"\n'


@pytest.mark.parametrize("text", ['author = """\nformat = "x"\n"""\nformat = "ogg"\n', '"format" = """\nogg"""\n'])
def test_a_text_over_several_lines_is_replaced_as_a_whole(file, text):
    file.write_text(text)
    before = read_defaults(file)
    assert set_default(file, "format", "flac") == read_defaults(file) == Defaults(before.author, format="flac")


def test_a_byte_order_mark_and_windows_lines_are_read(file):
    file.write_bytes(b'\xef\xbb\xbfauthor = "A"\r\nformat = "ogg"\r\n')
    assert read_defaults(file) == Defaults("A", format="ogg")
    assert set_default(file, "author", "B") == read_defaults(file) == Defaults("B", format="ogg")


def test_a_relative_folder_is_beside_the_file_and_a_tilde_is_home(file, monkeypatch):
    monkeypatch.setenv("HOME", "/home/jane")
    file.write_text('folder = "new"')
    assert read_defaults(file).folder == file.parent / "new"
    file.write_text('folder = "~/new"')
    assert read_defaults(file).folder == Path("/home/jane/new")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'autor = "x"', "no default 'autor'; there are author, licence, format, folder"),
        (b"author = 3", "author must be a text in quotes, not 3"),
        (b"[author]\nname = 'x'", "author must be a text in quotes"),
        (b'author = "x"\nlicence = y\n', "line 2"),
        (b'author = "x"\nauthor = "y"\n', "line 2"),
        (b'author = "x"\n\nlicence = "\xff"\n', "line 3 is not UTF-8"),
        (b'format = "xyz"', "'xyz'; choose one of wav, flac, mp3, ogg, opus"),
        (b"a = " + b"[" * 5000, "TOML"),
    ],
)
def test_wrong_files_are_refused_and_nothing_is_written(file, content, says):
    file.write_bytes(content)
    for attempt in (read_defaults, lambda path: set_default(path, "author", "Jane")):
        with pytest.raises(SdaError, match=r"defaults\.toml") as problem:
            attempt(file)
        assert says in str(problem.value)
        assert "\n" not in str(problem.value)
    assert file.read_bytes() == content


def test_values_that_cannot_be_written_are_refused(file):
    with pytest.raises(SdaError, match="one of wav"):
        set_default(file, "format", "xyz")
    with pytest.raises(SdaError, match="not Unicode text"):
        set_default(file, "author", "a\udce4")
    with pytest.raises(SdaError, match="no default 'tempo'"):
        set_default(file, "tempo", "120")
    assert not file.exists()
    file.mkdir()
    with pytest.raises(SdaError, match="can't be read"):
        read_defaults(file)
