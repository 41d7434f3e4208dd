"""Joined streams and headers that were never completed are read to their end."""

import contextlib
import struct

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.parts import UNFINISHED, FilePart, PartFile, parts_of
from sda_lib.audio.reader import UnreadableError, open_sound
from sda_lib.errors import SdaError

RATE = 44100


def tone(hertz=440.0, seconds=1.0):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def without_length(path):
    """Set the lengths of a WAV's header to 0, as in a recorder that lost power."""
    data = bytearray(path.read_bytes())
    place = data.find(b"data")
    data[4:8] = data[place + 4 : place + 8] = bytes(4)
    path.write_bytes(data)


def test_a_wav_without_a_length_is_read_to_the_end_of_the_file(tmp_path):
    soundfile.write(tmp_path / "lost.wav", tone(), RATE)
    without_length(tmp_path / "lost.wav")
    assert np.allclose(read_clip(tmp_path / "lost.wav").samples[0], tone(), atol=1e-4)
    assert Corpus.from_folder(tmp_path).items[0].remarks == (UNFINISHED,)


def test_an_empty_wav_stays_empty(tmp_path):
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), RATE)
    assert parts_of(tmp_path / "empty.wav", (tmp_path / "empty.wav").stat().st_size).parts == ()


@pytest.mark.parametrize(
    ("suffix", "how"),
    [(".ogg", {}), (".opus", {"format": "OGG", "subtype": "OPUS"}), (".mp3", {})],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_joined_files_are_read_whole(tmp_path, suffix, how):
    rate, pieces = 48000, []
    for number in range(3):
        path = tmp_path / f"{number}{suffix}"
        soundfile.write(path, 0.5 * np.sin(np.arange(rate) * (number + 1) / 20), rate, **how)
        pieces.append(path)
    joined = tmp_path / f"joined{suffix}"
    joined.write_bytes(b"".join(path.read_bytes() for path in pieces))
    whole = np.concatenate([read_clip(path).samples for path in pieces], axis=1)
    with open_sound(joined) as file:
        assert "3 joined parts" in file.remarks[0]
        np.testing.assert_allclose(file.rest().T, whole, atol=1e-6)


def test_parts_of_different_rates_are_refused_by_name(tmp_path):
    for rate in (44100, 48000):
        soundfile.write(tmp_path / f"{rate}.ogg", tone(), rate)
    mixed = tmp_path / "mixed.ogg"
    mixed.write_bytes((tmp_path / "44100.ogg").read_bytes() + (tmp_path / "48000.ogg").read_bytes())
    with pytest.raises(SdaError, match=r"mixed\.ogg joins parts of different sample rates"):
        read_clip(mixed)


def test_tags_behind_the_sound_are_no_part_of_it(tmp_path):
    song, empty = tmp_path / "tagged.mp3", tmp_path / "empty.wav"
    soundfile.write(song, tone(), RATE)
    length = read_clip(song).length
    song.write_bytes(song.read_bytes() + b"APETAGEX" + bytes(20_000))
    assert read_clip(song).length == length
    soundfile.write(empty, np.zeros(0), RATE)
    empty.write_bytes(empty.read_bytes() + b"LIST" + struct.pack("<I", 4000) + b"INFO" + bytes(3996))
    with pytest.raises(SdaError, match="holds no samples"):
        read_clip(empty)


def test_an_ordinary_file_has_one_part(tmp_path):
    for suffix in (".wav", ".ogg", ".mp3", ".flac"):
        path = tmp_path / f"one{suffix}"
        soundfile.write(path, tone(), RATE)
        assert parts_of(path, path.stat().st_size).parts == ()


@pytest.mark.parametrize("damage", range(40))
def test_damaged_headers_raise_nothing_but_a_sentence(tmp_path, damage):
    generator = np.random.default_rng(damage)
    path = tmp_path / f"bad{['.wav', '.ogg', '.mp3'][damage % 3]}"
    soundfile.write(path, tone(seconds=0.1), RATE)
    data = bytearray(path.read_bytes())
    for place in generator.integers(min(200, len(data)), size=8):
        data[place] = generator.integers(256)
    path.write_bytes(data[: generator.integers(1, len(data))])
    with contextlib.suppress(UnreadableError):  # it names the file; anything else fails
        read_clip(path)


def test_a_part_is_a_file_with_patches(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(20)))
    with PartFile(path, FilePart(5, 15, {7: struct.pack("B", 99)})) as file:
        assert file.read() == bytes([5, 6, 99, *range(8, 15)])
        assert file.seek(-3, 2) == 7
        assert file.read(10) == bytes([12, 13, 14])
