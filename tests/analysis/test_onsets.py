"""Onsets and their measures on sounds that were made to have them."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from sda_lib import AudioClip
from sda_lib.analysis.onsets import (
    ONSET_FEATURES,
    attack,
    attack_time,
    decay,
    decay_time,
    density,
    onset_frames,
    onset_times,
    pulse,
)

RATE = 48000
RATES = [22050, 44100, 48000]
MEASURES = (attack, decay, density, pulse)


def clip(samples, rate=RATE):
    return AudioClip(np.asarray(samples, np.float32)[None], rate)


def seconds(length, rate=RATE):
    return np.arange(round(length * rate)) / rate


def sine(envelope, rate=RATE, hertz=440.0):
    return clip(0.5 * envelope * np.sin(2 * np.pi * hertz * np.arange(len(envelope)) / rate), rate)


def noise(length, seed=0):
    return np.random.default_rng(seed).standard_normal(round(length * RATE)) * 0.1


def clicks(per_second, length=4.0, rate=RATE):
    samples = np.zeros(round(length * rate))
    samples[np.round(np.arange(0, length, 1 / per_second) * rate).astype(int)] = 1
    return clip(samples, rate)


def plucks(fall, every=0.5, length=2.0, rate=RATE):
    """Return onsets `every` some seconds that fall by this many dB per second."""
    return sine(10 ** (-fall * (seconds(length, rate) % every) / 20), rate)


def rising(time, length=1.0, rate=RATE):
    """Return a tone that rises evenly for `time` seconds and then stays."""
    return sine(np.minimum(seconds(length, rate) / max(time, 1e-9), 1), rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("per_second", [2, 5, 11])
def test_clicks_are_onsets_where_they_are(per_second, rate):
    sound = clicks(per_second, rate=rate)
    found = onset_times(sound)
    assert found == pytest.approx(np.arange(0, 4, 1 / per_second), abs=0.002)
    assert density(sound) == pytest.approx(per_second, rel=0.01)


def test_clicks_that_are_closer_than_50_ms_are_one():
    samples = np.zeros(RATE)
    samples[[RATE // 2, RATE // 2 + round(0.03 * RATE)]] = 1
    assert onset_times(clip(samples)) == pytest.approx([0.5], abs=0.002)


def test_onsets_in_a_ringing_sound_are_found():
    found = onset_times(plucks(60, every=0.25))
    assert len(found) == 8
    assert found == pytest.approx(np.arange(8) / 4, abs=0.012)


def test_an_onset_is_less_than_40_db_down():
    loud, quiet = noise(0.5), noise(0.5, seed=1)
    for level, expected in ((-34, 2), (-46, 1)):
        samples = np.concatenate([loud, np.zeros(RATE // 2), quiet * 10 ** (level / 20)])
        assert len(onset_times(clip(samples))) == expected


def test_steady_sounds_begin_once():
    white = noise(4)
    low = sosfilt(butter(4, 2000, fs=RATE, output="sos"), white)
    for sound in (clip(white), clip(low), *(sine(np.ones(4 * RATE), hertz=hertz) for hertz in (30, 55, 440))):
        assert onset_times(sound).tolist() == [0]
        assert attack(sound) == pytest.approx(0, abs=0.3)
        assert decay(sound) == pytest.approx(0, abs=0.5)
        assert pulse(sound) < 0.05


def test_a_slow_swell_has_no_onset():
    fade = 10 ** (-3 * (1 - np.clip(seconds(4) - 1, 0, 3) / 3))
    assert len(onset_times(sine(fade))) == 0
    assert np.isnan(attack(sine(fade)))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("fall", [10, 40, 150])
def test_decay_is_the_fall_of_a_pluck(fall, rate):
    assert decay(plucks(fall, every=1, rate=rate)) == pytest.approx(-fall, rel=0.05)


def test_decay_ends_40_db_down():
    envelope = 10 ** (-200 * seconds(1) / 20) + 1e-4
    assert decay(sine(envelope)) == pytest.approx(-200, rel=0.05)


def test_a_longer_decay_weighs_more():
    slow, fast = 10 ** (-20 * seconds(1.0) / 20), 10 ** (-200 * seconds(0.2) / 20)
    assert decay(sine(np.concatenate([slow, fast]))) == pytest.approx(-(20 * 1.0 + 200 * 0.2) / 1.2, rel=0.15)


def test_a_softer_attack_is_less_of_one():
    values = [attack(sine(10 ** (-fall * seconds(1) / 20))) for fall in (200, 60, 20, 0)]
    assert values == sorted(values, reverse=True)
    values = [attack(rising(time)) for time in (0.001, 0.03, 0.1, 0.25)]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("fall", [20, 60])
def test_attack_is_a_ratio_of_powers(fall):
    level = -fall * seconds(1) / 10
    power = 10**level
    expected = 10 * np.log10(power[: RATE // 20].mean() / power[RATE // 20 : 3 * RATE // 10].mean())
    assert attack(plucks(fall, every=1, length=1)) == pytest.approx(expected, abs=0.1)


def test_attack_is_40_db_over_nothing_and_unknown_without_anything_after():
    assert attack(clicks(5)) == 40
    assert np.isnan(attack(sine(np.ones(RATE // 20))))


def test_clicks_have_no_decay():
    over_hiss = clicks(5).samples[0] + noise(4) * 1e-3
    assert np.isnan(decay(clicks(5)))
    assert np.isnan(decay(clip(over_hiss)))


@pytest.mark.parametrize("rate", RATES)
def test_pulse_is_the_share_of_onsets_that_repeat(rate):
    assert pulse(clicks(4, rate=rate)) == pytest.approx(15 / 16, abs=0.03)
    assert pulse(plucks(100, every=0.25, rate=rate)) > 0.7
    assert pulse(clicks(0.25, rate=rate)) == 0


def test_irregular_onsets_have_less_of_a_pulse():
    generator, values = np.random.default_rng(0), []
    for stray in (0, 0.015, 0.12):
        samples = np.zeros(6 * RATE)
        times = np.arange(24) / 4 + generator.normal(size=24) * stray
        samples[np.clip(np.round(times * RATE), 0, 6 * RATE - 1).astype(int)] = 1
        values.append(pulse(clip(samples)))
    assert values[0] > values[1] > values[2] + 0.1


def test_loudness_and_channels_change_nothing():
    sound = plucks(60)
    quiet = AudioClip(np.repeat(sound.samples * 0.01, 2, axis=0), RATE)
    for measure in MEASURES:
        assert measure(quiet) == pytest.approx(measure(sound), abs=1e-3), measure.__name__


@pytest.mark.parametrize("samples", [np.zeros((1, RATE)), np.zeros((2, 1)), np.zeros((1, 0)), np.full((1, 99), 1e-7)])
def test_silence_has_no_onsets(samples):
    silence = AudioClip(samples.astype(np.float32), RATE)
    assert onset_times(silence).shape == (0,)
    assert all(np.isnan(measure(silence)) for measure in (attack, decay))
    assert density(silence) == pulse(silence) == 0


@pytest.mark.parametrize("length", [1, 7, 100, RATE // 12, RATE // 6])
def test_near_silence_is_measured_or_unknown(length):
    for samples in (np.ones(length), noise(1)[:length]):
        sound = clip(samples)
        assert onset_times(sound).tolist() == [0]
        assert density(sound) == pytest.approx(RATE / length)
        assert 0 <= pulse(sound) <= 1
        assert not any(np.isinf(measure(sound)) for measure in MEASURES)


def test_a_constant_begins_and_stays():
    sound = clip(np.full(RATE, 0.5))
    assert onset_times(sound).tolist() == [0]
    assert (attack(sound), decay(sound), pulse(sound)) == pytest.approx((0, 0, 0), abs=1e-6)
    assert density(sound) == 1


def test_features_are_measures_in_units():
    assert {name: feature.unit for name, feature in ONSET_FEATURES.items()} == {
        "attack": "dB",
        "decay": "dB/s",
        "density": "1/s",
        "pulse": "",
    }
    sound = plucks(60)
    assert all(isinstance(feature.measure(sound), float) and feature.help for feature in ONSET_FEATURES.values())


def test_onsets_are_measured_where_another_sound_has_them():
    time = np.arange(44100) / 44100
    struck = np.exp(-6 * time) * np.random.default_rng(0).normal(0, 0.2, len(time))
    soft = struck * np.minimum(1, time / 0.3) ** 2
    one, other = (AudioClip(samples[None].astype(np.float32), 44100) for samples in (struck, soft))
    at = onset_times(one)
    assert attack(other, at) < attack(one, at) - 10
    assert attack(one, at) == pytest.approx(attack(one))
    assert np.isnan(attack(one, [5.0]))


def test_opposite_channels_do_not_cancel():
    left = np.random.default_rng(0).normal(0, 0.2, 44100).astype(np.float32)
    left[:22050] = 0
    assert onset_times(AudioClip(np.stack([left, -left]), 44100)) == pytest.approx([0.5], abs=0.02)


def level_with_jumps(*frames, count=100, fall=0.05):
    """Return a level [frame] that jumps up at these frames and falls in between."""
    level = np.full(count, -4.0)
    for first, end in zip(frames, (*frames[1:], count), strict=True):
        level[first:end] = -fall * np.arange(end - first)
    return level


def test_onset_frames_are_where_the_level_jumps():
    assert onset_frames(level_with_jumps(20, 60)).tolist() == [20, 60]
    assert onset_frames(level_with_jumps(0, 60)).tolist() == [0, 60]
    assert not len(onset_frames(np.linspace(-3, 0, 100)))  # a swell
    assert not len(onset_frames(np.zeros(0)))


def test_a_rise_over_several_frames_is_one_onset():
    level = level_with_jumps(20)
    level[20:23] = (-2.0, -1.0, 0.0)
    assert onset_frames(level).tolist() == [20]


def shaped_tone(attack, fall, seconds=1.5):
    """A tone that rises linearly in `attack` seconds and then falls by `fall` dB per second."""
    time = np.arange(int(seconds * 48000)) / 48000
    level = np.where(time < attack, time / attack, 10 ** (-fall * (time - attack) / 20))
    samples = np.concatenate([np.zeros(4800), level * np.sin(2 * np.pi * 700 * time)])
    return AudioClip(samples[None].astype(np.float32), 48000)


@pytest.mark.parametrize("attack", [0.03, 0.1, 0.3])
def test_attack_times_are_from_10_to_90_percent(attack):
    assert attack_time(shaped_tone(attack, 20.0)) == pytest.approx(0.8 * attack, abs=0.012)


@pytest.mark.parametrize("fall", [15.0, 40.0, 120.0])
def test_decay_times_are_until_20_decibels_below(fall):
    """Also where the sound ends before."""
    assert decay_time(shaped_tone(0.005, fall)) == pytest.approx(20 / fall, rel=0.1)


def test_silence_has_no_times():
    silence = AudioClip(np.zeros((1, 48000), np.float32), 48000)
    assert np.isnan([attack_time(silence), decay_time(silence)]).all()
