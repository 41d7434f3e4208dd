"""Files that come from the page in parts."""

import pytest

from sda_lib.errors import SdaError
from sda_widgets.files.upload import MAX_UPLOAD_BYTES, UploadedFile, names_of


def test_parts_become_a_file_until_it_is_closed():
    incoming = UploadedFile("rain.wav", 7)
    assert incoming.add(0, b"1234") == 4
    assert not incoming.complete
    assert incoming.add(4, memoryview(b"567")) == 7
    path = incoming.finish()
    assert (path.name, path.read_bytes()) == ("rain.wav", b"1234567")
    incoming.close()
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("sent", "title", "kept"),
    [
        ("../../x.wav", "x", "x.wav"),
        ("/etc/y.FLAC", "y", "y.FLAC"),
        ("C:\\sounds\\z.wav", "z", "z.wav"),
        ("a\0b\n.wav", "a_b_", "a_b_.wav"),
        ("\ud800.wav", "_", "_.wav"),
        ("_/. ..x. .wav", "x", "x.wav"),
        (" .wav", "sound", "sound.wav"),
        ("aux.wav", "aux", "_aux.wav"),
        ("ü" * 300 + ".aiff", "ü" * 60, "ü" * 60 + ".aiff"),
        ("Microphone 14:05.wav", "Microphone 14:05", "Microphone 14_05.wav"),
        ("<img src=x onerror=alert(1)>.wav", "<img src=x onerror=alert(1)>", "_img src=x onerror=alert(1)_.wav"),
    ],
)
def test_a_name_is_no_path(sent, title, kept):
    """Its file name suits every system; the title is as its user knows it."""
    assert names_of(sent) == (title, kept)
    incoming = UploadedFile(sent, 1)
    assert incoming.path.parent.name.startswith(".sda-incoming.")
    incoming.close()


@pytest.mark.parametrize("name", ["", "..", "rain", "rain.exe", "x.wav/..", ".wav", None, 3, "x.wav\0"])
def test_other_suffixes_are_refused(name):
    with pytest.raises(SdaError, match="is not a readable sound"):
        UploadedFile(name, 10)


@pytest.mark.parametrize("size", [0, -1, None, True, 1.5, "9"])
def test_an_empty_file_is_refused(size):
    with pytest.raises(SdaError, match=r"rain\.wav is empty"):
        UploadedFile("rain.wav", size)


def test_a_file_that_is_too_large_is_refused_at_the_start():
    with pytest.raises(SdaError, match="more than the 200 MB") as refused:
        UploadedFile("rain.wav", MAX_UPLOAD_BYTES + 1)
    assert "type its path" in str(refused.value)


@pytest.mark.parametrize(
    ("offset", "part"), [(0, b"12"), (8, b"12"), (None, b"12"), (4, b""), (4, b"12345")],
    ids=["again", "later", "nowhere", "nothing", "too much"],
)  # fmt: skip
def test_invalid_parts_are_refused(offset, part):
    incoming = UploadedFile("rain.wav", 8)
    incoming.add(0, b"1234")
    with pytest.raises(SdaError, match="does not match its announced size"):
        incoming.add(offset, part)
    incoming.close()


def test_an_incomplete_file_is_refused():
    incoming = UploadedFile("rain.wav", 8)
    incoming.add(0, b"1234")
    with pytest.raises(SdaError, match="is incomplete"):
        incoming.finish()
    incoming.close()


def test_a_full_disk_is_one_sentence_and_leaves_nothing(full_disk):
    incoming = UploadedFile("rain.wav", 200_000)
    with full_disk(), pytest.raises(SdaError, match=r"rain\.wav can't be saved .* free some space"):
        incoming.add(0, bytes(200_000))
    incoming.close()
    assert not incoming.path.parent.exists()
