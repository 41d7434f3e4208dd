"""Recordings in the cache are what is read of them, are read once, and take no more room than the limit."""

import os
import shutil
from unittest import mock

import numpy as np
import pytest

from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.flac import to_int16
from sda_lib.audio.sample_cache import HEADER, SUFFIX, SampleCache, release
from sda_lib.errors import SdaError

RATE = 24000


def samples(cache, path, channels=1, reads=None):
    def read():
        if reads is not None:
            reads.append(path)
        return read_blocks(path, RATE, channels)

    found = cache.samples(path, RATE, channels, read)
    return found.samples, found.gain


@pytest.mark.parametrize("channels", [1, 2])
def test_they_are_what_is_read(tmp_path, tiny_corpus, channels):
    path, cache, reads = tiny_corpus / "pluck.wav", SampleCache(tmp_path / "cache"), []
    for _ in range(2):
        pcm, gain = samples(cache, path, channels, reads)
        wanted, peak = to_int16(*read_blocks(path, RATE, channels))
        assert np.array_equal(pcm, wanted)
        assert gain == peak
    assert len(reads) == 1  # none the second time
    assert isinstance(pcm.base, np.memmap) or isinstance(pcm, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        pcm[0, 0] = 1


def test_a_changed_recording_is_read_again(tmp_path, tiny_corpus):
    path, cache = tmp_path / "one.wav", SampleCache(tmp_path / "cache")
    shutil.copy(tiny_corpus / "pluck.wav", path)
    before, _ = samples(cache, path)
    shutil.copy(tiny_corpus / "sweep.wav", path)
    after, _ = samples(cache, path)
    assert not np.array_equal(before[:, :1000], after[:, :1000])


def test_a_damaged_file_is_made_again(tmp_path, tiny_corpus):
    path, cache = tiny_corpus / "pluck.wav", SampleCache(tmp_path / "cache")
    wanted = np.array(samples(cache, path)[0])
    (kept,) = cache.folder.glob(f"*{SUFFIX}")
    for data in (b"", b"x" * 100, kept.read_bytes()[:-2], bytes(HEADER.size) + kept.read_bytes()[HEADER.size :]):
        kept.unlink()
        kept.write_bytes(data)
        assert np.array_equal(samples(cache, path)[0], wanted)


def test_those_used_last_are_kept(tmp_path, tiny_corpus):
    paths = sorted(tiny_corpus.glob("*.wav"))[:3]
    cache = SampleCache(tmp_path / "cache")
    sizes = [HEADER.size + samples(cache, path)[0].nbytes for path in paths]
    for number, kept in enumerate(sorted(cache.folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)):
        os.utime(kept, (number, number))
    small = SampleCache(cache.folder, sizes[2] + sizes[1])
    samples(small, paths[2], 2)  # a new file, larger than what is left
    assert sum(one.stat().st_size for one in cache.folder.iterdir()) <= max(small.limit, HEADER.size + 2 * sizes[2])


def test_a_recording_that_is_gone_is_said(tmp_path):
    with pytest.raises(SdaError, match=r"gone\.wav"):
        samples(SampleCache(tmp_path / "cache"), tmp_path / "gone.wav")


def test_one_that_another_process_deletes_at_once_is_read_into_memory(tmp_path, tiny_corpus):
    """As where a limit is smaller than what two processes read."""
    path, cache = tiny_corpus / "pluck.wav", SampleCache(tmp_path / "cache")
    with mock.patch.object(SampleCache, "_limit", lambda _self, kept: kept.unlink()):
        pcm, gain = samples(cache, path)
    wanted, peak = to_int16(*read_blocks(path, RATE, 1))
    assert np.array_equal(pcm, wanted)
    assert gain == peak


def test_a_folder_that_cannot_be_made_is_said(tmp_path, tiny_corpus):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(SdaError, match="can't be written"):
        samples(SampleCache(tmp_path / "cache"), tiny_corpus / "pluck.wav")


def test_released_samples_are_read_again(tmp_path, tiny_corpus):
    pcm, _ = samples(SampleCache(tmp_path / "cache"), tiny_corpus / "pluck.wav", 2)
    before = np.array(pcm)
    release(pcm[:, 100:200])
    assert np.array_equal(pcm, before)
    release(before)  # not mapped: nothing to do
