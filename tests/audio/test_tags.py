"""Tags of files without any, and of files with odd names."""

import os
import stat

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import read_tags
from sda_lib.errors import SdaError
from sda_lib.export.write import write_clip

RATE = 44100
NOT_UTF8 = os.fsdecode(b"\xff.wav")


def tone(hertz):
    """Return a second of a sine."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.float32)


def test_a_sound_without_tags_has_none(tmp_path):
    soundfile.write(tmp_path / "t.w64", tone(440), RATE, format="W64")
    assert read_tags(tmp_path / "t.w64") == {}
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(SdaError, match=r"text\.wav"):
        read_tags(tmp_path / "text.wav")


def test_a_name_of_any_bytes_goes_into_tags(tmp_path):
    clip = AudioClip(tone(440), RATE)
    for suffix in (".wav", ".flac", ".mp3", ".ogg"):
        path = write_clip(clip, tmp_path / os.fsdecode(b"\xfe" + suffix.encode()), tags={"from": NOT_UTF8})
        assert stat.S_ISREG(path.stat().st_mode)
        assert read_tags(path)["from"] == ".wav"
