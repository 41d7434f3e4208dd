"""Procedural sounds as they are yielded: seeded, of the length, rate and channels asked for."""

import subprocess
import sys
from itertools import islice

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.synthesize import synthesize, trimmed


def test_a_larger_count_adds_sounds_to_the_same_ones():
    few, more = (list(synthesize(count, 7, sample_rate=22050, seconds=(0.1, 0.5))) for count in (4, 7))
    for (name, clip), (other, same) in zip(few, more[:4], strict=True):
        assert name == other
        assert np.array_equal(clip.samples, same.samples)
    assert len({clip.samples.tobytes() for _, clip in more}) == 7


def test_another_process_makes_the_same_samples():
    """Eleven families, of every module."""
    code = (
        "from sda_lib.synthesis.synthesize import synthesize; import hashlib;"
        "print(hashlib.sha256(b''.join(c.samples.tobytes() for _, c in synthesize(11, 3, None, 16000))).hexdigest())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "ab"
    }
    assert len(runs) == 1


def test_each_family_comes_once_before_any_comes_again():
    names = [name for name, _ in synthesize(2 * len(FAMILIES), 1, sample_rate=8000, seconds=(0.02, 0.02))]
    assert set(names[: len(FAMILIES)]) == set(names[len(FAMILIES) :]) == set(FAMILIES)
    assert names[: len(FAMILIES)] != names[len(FAMILIES) :]


@pytest.mark.parametrize("stereo", [False, True])
@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_sounds_keep_to_limits(rate, stereo):
    for name, clip in synthesize(len(FAMILIES), 5, None, rate, stereo, (0.05, 0.3)):
        assert (clip.sample_rate, clip.channels) == (rate, 2 if stereo else 1)
        assert 0.05 - 1 / rate <= clip.seconds <= 0.3 + 1 / rate
        assert 0.005 < clip.peak <= 1
        assert np.abs(clip.samples.mean(1)).max() < 0.01 * clip.peak
        assert clip.name.startswith(name)


def test_equal_limits_give_the_exact_length():
    assert {clip.length for _, clip in synthesize(12, 2, sample_rate=44100, seconds=(0.123, 0.123))} == {5424}


def test_families_differ_at_one_number_and_seed():
    lengths = {next(synthesize(1, 0, [name], 8000))[1].samples.tobytes() for name in islice(FAMILIES, 20)}
    assert len(lengths) == 20


def test_silent_ends_are_cut():
    sound = np.zeros((2, 1000), np.float32)
    sound[1, 300] = 0.5
    sound[0, 800] = 1e-4
    assert trimmed(sound, 10, 1000).shape == (2, 351)
    assert trimmed(sound, 700, 1000).shape == (2, 700)
    assert trimmed(np.zeros((1, 50), np.float32), 20, 1000).shape == (1, 20)


def test_faults_are_raised_before_the_first_sound():
    with pytest.raises(SdaError, match="There is no family 'gong'"):
        synthesize(1, families=["gong"])
    with pytest.raises(SdaError, match="longest must be"):
        synthesize(1, seconds=(1, 100))
