"""Loudness match, measured by other meters: pyloudnorm, and of short sounds the standard's own filters at 48 kHz."""

import math

import numpy as np
import pyloudnorm
import pytest
import soxr

from sda_lib.audio.clip import AudioClip
from sda_lib.comparison.loudness_match import CEILING_DB, Level, match_levels, match_loudness, matched
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.options import SynthesisOptions
from sda_lib.synthesis.synthesize import make_sounds

# Coefficients of the standard's filters at 48 kHz (ITU-R BS.1770-5, tables 1 and 2).
SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
LENGTHS = (0.05, 0.08, 0.12, 0.2, 0.3, 0.39, 0.4, 0.41, 0.7, 1.5, 3.0, 6.0, 10.0)


def filtered(samples, rate):
    from scipy.signal import lfilter

    fine = soxr.resample(samples.T.astype(np.float64), rate, 48000, quality="VHQ").T
    return lfilter(*HIGH_PASS, lfilter(*SHELF, fine))


def momentary(clip):
    """The largest loudness of 400 ms of the padded sound at steps of 1 ms."""
    padded = np.pad(clip.samples, ((0, 0), (clip.sample_rate // 2,) * 2))
    power = np.square(filtered(padded, clip.sample_rate)).sum(0)
    return -0.691 + 10 * math.log10(max(power[at : at + 19200].mean() for at in range(0, len(power) - 19200, 48)))


def loudness(clip):
    """Loudness by other meters than SDA's."""
    if clip.seconds < 0.4:
        return momentary(clip)
    clip = clip.resampled(48000)
    return pyloudnorm.Meter(48000).integrated_loudness(clip.samples.T.astype(np.float64))


@pytest.fixture(scope="module")
def sounds():
    """100 sounds from 50 ms to 10 s of all families, at many levels and rates, every fifth in stereo."""
    options = SynthesisOptions(seed=7, shortest=1.0, longest=10.0)
    draw = np.random.default_rng(7)
    found = []
    for number, (family, clip) in enumerate(make_sounds(100, options)):
        seconds = LENGTHS[number % len(LENGTHS)]
        samples = np.tile(clip.samples, math.ceil(seconds / clip.seconds) + 1)
        first = max(0, int(np.abs(clip.samples).max(0).argmax()) - 441)  # some sounds begin inaudibly
        samples = samples[:, first : first + round(seconds * clip.sample_rate)]
        samples = samples / np.abs(samples).max() * 10 ** (draw.uniform(-35, 3) / 20)
        if number % 5 == 0:
            samples = np.concatenate([samples, 0.3 * np.roll(samples, 40)])
        clip = AudioClip(samples, clip.sample_rate, family)
        found.append(clip.resampled((44100, 48000, 22050, 96000)[number % 4]))
    return found


def test_fifty_pairs_of_many_kinds_are_within_a_fifth_of_a_unit(sounds):
    assert {clip.name for clip in sounds} == set(FAMILIES)
    assert min(clip.seconds for clip in sounds) == pytest.approx(0.05)
    assert max(clip.seconds for clip in sounds) == pytest.approx(10)
    for pair in zip(sounds[::2], sounds[1::2], strict=True):
        match = match_loudness(pair)
        played = matched(pair, match)
        channels = max(clip.channels for clip in pair)
        found = [loudness(clip.with_channels(channels)) for clip in played]
        assert abs(found[0] - found[1]) < 0.2, (pair, found)
        assert found[0] == pytest.approx(match.loudness, abs=0.1)
        peaks = [20 * math.log10(Level.of(clip).true_peak) for clip in played]
        assert max(peaks) == pytest.approx(CEILING_DB, abs=0.02)  # as loud as can be, and no louder


def tone(decibels, seconds=1.0, channels=1):
    samples = 10 ** (decibels / 20) * np.sin(2 * np.pi * 997 * np.arange(round(48000 * seconds)) / 48000)
    return AudioClip(np.tile(samples, (channels, 1)), 48000)


def test_the_match_says_by_how_much_each_sound_moves():
    match = match_loudness([tone(-20), tone(-26)])
    assert match.before == pytest.approx((-23.01, -29.01), abs=0.05)
    assert match.gains_db == pytest.approx((19, 25), abs=0.02)
    assert match.loudness == pytest.approx(-4.01, abs=0.05)


def test_a_sound_of_one_channel_counts_as_it_plays_beside_stereo():
    match = match_loudness([tone(-20), tone(-20, channels=2)])
    assert match.gains_db[0] == pytest.approx(match.gains_db[1], abs=0.01)
    assert match.before[0] == pytest.approx(-20, abs=0.05)


def test_quiet_parts_that_a_gain_lifts_above_the_gate_count():
    faint = AudioClip(np.concatenate([tone(-62, 2).samples, tone(-69, 20).samples], axis=1), 48000)
    match = match_loudness([faint, tone(-3)])
    assert loudness(matched([faint], match_levels([Level.of(faint)]))[0]) > -20
    one, other = matched([faint, tone(-3)], match)
    assert loudness(one) == pytest.approx(loudness(other), abs=0.1)
    assert abs(match.gains_db[0] - (match.loudness - match.before[0])) > 0.5  # no plain difference


def test_silence_stays_and_is_not_followed():
    silence = AudioClip(np.zeros(4800), 48000)
    match = match_loudness([silence, tone(-20)])
    assert match.gains_db[0] == 0
    assert match.before[0] == -math.inf
    assert match.gains_db[1] == pytest.approx(19, abs=0.02)
    assert match_loudness([silence]).loudness == -math.inf
    assert match_levels([]).gains_db == ()
