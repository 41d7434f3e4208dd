"""Files as streams: the same samples as a clip, read block by block."""

import numpy as np
import pytest
import soundfile

from sda_lib.audio import reader
from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.export import file_stream as module
from sda_lib.export.file_stream import file_stream
from sda_lib.export.finish import Delivery, Finish
from sda_lib.export.finishing import write_finished, write_finished_stream

RATE = 44100


@pytest.fixture
def sound(tmp_path):
    """A file of 2 seconds of stereo, read in blocks of a tenth of a second."""
    samples = 0.3 * np.random.default_rng(0).standard_normal((2 * RATE, 2)).clip(-2, 2)
    soundfile.write(tmp_path / "sound.wav", samples, RATE, subtype="PCM_24")
    return tmp_path / "sound.wav"


@pytest.mark.parametrize("held", [60.0, 0.5])
@pytest.mark.parametrize("delivery", [Delivery(), Delivery(lufs=-20, sample_rate=48000)], ids=["plain", "normalized"])
def test_a_long_file_is_exported_as_a_short_one(sound, tmp_path, monkeypatch, held, delivery):
    monkeypatch.setattr(module, "HELD_SECONDS", held)
    monkeypatch.setattr(reader, "BLOCK_FRAMES", RATE // 10)
    stream, clip = file_stream(sound), read_clip(sound)
    assert (stream.length, stream.sample_rate, stream.channels) == (clip.length, RATE, 2)
    assert stream.seconds == 2.0
    assert len(list(stream.blocks())) == (1 if held > 2 else 20)
    whole = write_finished(clip, tmp_path / "whole.flac", Finish(delivery=delivery))
    streamed = write_finished_stream(stream, tmp_path / "streamed.flac", Finish(delivery=delivery))
    assert np.array_equal(read_clip(whole).samples, read_clip(streamed).samples)


def test_channels_are_mixed_as_in_a_clip(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HELD_SECONDS", 0.0)
    samples = 0.1 * np.random.default_rng(0).standard_normal((1000, 6))
    soundfile.write(tmp_path / "six.wav", samples, RATE, subtype="FLOAT")
    stream = file_stream(tmp_path / "six.wav")
    assert stream.channels == 2
    found = np.concatenate([clip.samples for clip in stream.blocks()], 1)
    assert np.array_equal(found, read_clip(tmp_path / "six.wav").samples)


def test_a_file_that_is_no_sound_is_refused(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"nothing")
    with pytest.raises(SdaError, match=r"x\.wav"):
        file_stream(tmp_path / "x.wav")
