"""Blocks and windows are the whole sound, whatever its length and wherever the cuts fall."""

import numpy as np
import pytest
import soundfile

from sda_lib.audio import reader
from sda_lib.audio.chunks import HeldBlocks, read_blocks, windows
from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError


@pytest.mark.parametrize("length", [1, 2, 777, 5000])
@pytest.mark.parametrize("rate", [8000, 44100, 48000, 192000])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("wanted", [1, 2])
def test_blocks_are_the_whole_to_the_last_bit(tmp_path, monkeypatch, length, rate, channels, wanted):
    monkeypatch.setattr(reader, "BLOCK_FRAMES", 500)
    path = tmp_path / "x.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, (length, channels)), rate)
    whole = read_clip(path).with_channels(wanted).resampled(48000).samples
    blocks = list(read_blocks(path, 48000, wanted))
    assert all(block.shape[0] == wanted for block in blocks)
    assert np.array_equal(np.concatenate(blocks, axis=1), whole)
    assert whole.shape[1] >= 1


def test_files_that_are_no_sound_raise_one_sentence(tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 1)), 48000)
    soundfile.write(tmp_path / "nan.wav", np.array([0.1, np.nan]), 48000, subtype="FLOAT")
    for name, says in (("text", "can't be read"), ("empty", "no samples"), ("nan", "not numbers"), ("gone", "no file")):
        with pytest.raises(SdaError, match=says):
            list(read_blocks(tmp_path / f"{name}.wav", 48000, 1))


@pytest.mark.parametrize("length", [1, 9, 10, 11, 13, 14, 20, 24, 57])
@pytest.mark.parametrize("block", [1, 3, 7, 100])
def test_windows_cover_the_sound_with_context(length, block):
    sound = np.arange(length, dtype=np.float32)[None]
    size, margin, done = 10, 4, 0
    for window in windows([sound[:, at : at + block] for at in range(0, length, block)], size, margin):
        own = window.samples[0, window.before : window.before + window.size]
        assert own.tolist() == list(range(done, done + len(own)))
        assert window.before == min(margin, done)
        done += window.size
        after = window.samples.shape[1] - window.before - window.size
        assert after == (margin if done < length else 0)
        assert window.size == size or done == length
    assert done == length


def test_windows_do_not_depend_on_the_blocks():
    sound = np.arange(101, dtype=np.float32)[None]
    parted = [
        [(one.before, one.size) for one in windows([sound[:, at : at + block] for at in range(0, 101, block)], 10, 3)]
        for block in (2, 50, 101)
    ]
    assert parted[0] == parted[1] == parted[2]


def test_blocks_are_held_while_the_sound_is_short():
    blocks = [np.zeros((1, 10), np.float32)] * 3
    short, long = HeldBlocks(blocks, 30), HeldBlocks(blocks, 29)
    assert sum(one.shape[1] for one in short) == sum(one.shape[1] for one in long) == 30
    assert long.held is None
    assert [one.shape[1] for one in short.held] == [10, 10, 10]
