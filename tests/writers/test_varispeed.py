"""Varispeed of new sounds: the length, the pitch, what is drawn, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.codec.varispeed import rate_of, semitones_of
from sda_lib.errors import SdaError
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import generate
from sda_lib.writers.options import MOST_SEMITONES, GenerateOptions
from sda_lib.writers.varispeed import with_varispeed


@pytest.mark.parametrize("semitones", [-7.0, 0.0, 3.0])
def test_the_sound_has_the_wanted_length_at_any_speed(plain, semitones):
    take = generate(plain, GenerateOptions(seconds=0.7, varispeed=semitones))
    assert take.codes.rate == pytest.approx(2 ** (semitones / 12))
    assert take.clip.length == pytest.approx(0.7 * plain.sample_rate, abs=2)
    assert take.codes.frames == pytest.approx(0.7 * plain.frame_rate * take.codes.rate, abs=1)


def test_an_octave_up_is_twice_as_fast(plain, tiny_corpus):
    codes = plain.encode(read_clip(tiny_corpus / "pluck.wav"))  # a tone, whose partials stay below half the rate
    slow, fast = plain.decode(codes).samples[0], plain.decode(replace(codes, rate=rate_of(12))).samples[0]
    spectra = [np.abs(np.fft.rfft(one, 1 << 16)) for one in (slow, fast)]
    low, high = (np.cumsum(one**2) / (one**2).sum() for one in spectra)
    assert np.searchsorted(high, 0.5) / np.searchsorted(low, 0.5) == pytest.approx(2, rel=0.1)


def test_what_is_drawn_stands_in_the_options_and_makes_the_same_sound(plain):
    take = generate(plain, GenerateOptions(seconds=0.5, seed=4, varispeed=1, varispeed_spread=2))
    assert take.options.varispeed_spread == 0
    assert -1 <= take.options.varispeed <= 3
    assert semitones_of(take.codes.rate) == pytest.approx(take.options.varispeed)
    assert generate(plain, take.options).codes.is_same(take.codes)


def test_the_spread_is_drawn_from_the_seed_within_its_limits():
    drawn = [with_varispeed(GenerateOptions(seed=seed, varispeed_spread=3)).varispeed for seed in range(50)]
    assert len(set(drawn)) > 40
    assert min(drawn) < -2
    assert max(drawn) > 2
    assert max(map(abs, drawn)) <= 3
    high = [GenerateOptions(seed=seed, varispeed=12, varispeed_spread=12) for seed in range(9)]
    assert max(with_varispeed(one).varispeed for one in high) <= MOST_SEMITONES


def test_the_spread_changes_nothing_else(plain):
    one, other = (compose_codes(plain, GenerateOptions(seed=2, varispeed=v)) for v in (0.0, 0.01))
    assert np.array_equal(one.indices[:, :5], other.indices[:, :5])


def test_a_given_sound_keeps_its_rate(plain, rain):
    with pytest.raises(SdaError, match="keeps its playback rate"):
        compose_codes(plain, GenerateOptions(varispeed=2), rain)
    fast = replace(rain, rate=rate_of(2))
    assert compose_codes(plain, GenerateOptions(seconds=0.3), fast).rate == fast.rate


def test_two_sounds_alternate_at_a_varispeed(plain, rain):
    both = compose_codes(plain, GenerateOptions(seconds=0.5, varispeed=-2), rain, rain)
    assert semitones_of(both.rate) == pytest.approx(-2)
    assert both.seconds == pytest.approx(0.5, abs=0.001)
