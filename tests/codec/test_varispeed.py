"""Playback at another rate: exact positions, no aliases, and the same samples whatever part is requested."""

import numpy as np
import pytest

from sda_lib.codec.varispeed import half_width, resampled, source_range

RATES = (0.25, 0.7, 0.9438743126816935, 1.0594630943592953, 1.5, 4.0)


def tone(frequency, count, rate=1.0, lead=0):
    """A sine of `frequency` cycles per sample, played at a rate from position `lead` on."""
    return np.sin(2 * np.pi * frequency * (lead + rate * np.arange(count)))[None].astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_waveform(rate):
    frequency = 0.4 / max(1.0, rate)
    source, lead = tone(frequency, 20000), 13
    count = int(19000 / rate)
    played = resampled(source, 0, 0, count, lead, rate)
    edge = 2 * half_width(0, rate) + int(half_width(0, rate) / rate)
    error = (played - tone(frequency, count, rate, lead))[:, edge:-edge]
    assert 10 * np.log10(np.square(error).mean() / 0.5) < -90


@pytest.mark.parametrize("rate", [1.5, 2.0, 4.0])
def test_what_would_alias_is_filtered_out(rate):
    played = resampled(tone(0.5 / rate + 0.05, 20000), 0, 0, int(20000 / rate), 0, rate)
    edge = 2 * half_width(0, rate)
    assert np.abs(played[:, edge:-edge]).max() < 1e-4


@pytest.mark.parametrize("rate", RATES)
def test_any_part_is_bit_identical_to_the_whole(rate):
    source = np.random.default_rng(0).standard_normal((2, 9000)).astype(np.float32)
    count, lead = int(8900 / rate), 50
    whole = resampled(source, 0, 0, count, lead, rate)
    for first, end in ((0, 1), (0, 777), (501, 502), (count // 3, count // 2 + 1), (count - 1, count)):
        low, high = source_range(first, end, lead, rate)
        begin = max(0, low - 5)
        part = resampled(source[:, begin : high + 3], begin, first, end, lead, rate)
        assert np.array_equal(part, whole[:, first:end])


def test_beyond_the_ends_there_is_silence():
    played = resampled(np.ones((1, 500), np.float32), 0, 0, 1000, 0, 0.5)
    assert np.allclose(played[:, 200:800], 1, atol=1e-3)
    assert abs(played[0, -1]) < abs(played[0, 800])


def test_a_sound_that_begins_between_two_samples():
    source, lead = tone(0.4, 5000), 13.3
    played = resampled(source, 0, 0, 4000, lead, 1.0)
    error = (played - tone(0.4, 4000, 1.0, lead))[:, 50:-50]
    assert 10 * np.log10(np.square(error).mean() / 0.5) < -90
    part = resampled(source[:, 90:800], 90, 200, 500, lead, 1.0)
    assert np.array_equal(part, played[:, 200:500])
    assert (half_width(13.0, 1.0), half_width(13.3, 1.0)) == (0, 32)
    assert np.array_equal(resampled(source, 0, 5, 9, 13, 1.0), source[:, 18:22])
