"""A file that libsndfile writes to: a full disk is named, whatever libsndfile makes of it."""

import errno
import os

import numpy as np
import pytest
import soundfile

from sda_lib.audio.disk_file import DiskFile

SOUND = np.sin(np.arange(200_000) / 9).astype(np.float32)


def write(path):
    with DiskFile(path, "w") as file, file.raising_write_errors():
        soundfile.write(file, SOUND, 44100, format="WAV", subtype="FLOAT")


def test_a_sound_is_written_whole(tmp_path):
    write(tmp_path / "a.wav")
    assert np.array_equal(soundfile.read(tmp_path / "a.wav", dtype="float32")[0], SOUND)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the full device of Linux")
def test_the_error_of_a_full_disk_is_raised():
    with pytest.raises(OSError, match="No space") as raised:
        write("/dev/full")
    assert raised.value.errno == errno.ENOSPC
