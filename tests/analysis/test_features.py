"""Features against sounds whose values are known."""

import numpy as np
import pytest

from sda_lib import AudioClip
from sda_lib.analysis.features import FEATURES, WINDOW, Spectra, summary

RATE = 48000


def tone(*partials, seconds=0.5, rate=RATE):
    """Return a clip of (Hz, amplitude) sines."""
    time = np.arange(round(seconds * rate)) / rate
    return AudioClip(sum(a * np.sin(2 * np.pi * f * time + f) for f, a in partials).astype(np.float32)[None], rate)


def noise(seconds=0.5, seed=0, channels=1):
    samples = np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE))) * 0.1
    return AudioClip(samples.astype(np.float32), RATE)


def inner(values):
    """Return values without those of frames that reach over the ends."""
    return values[3:-4]


def measured(name, clip):
    return float(np.mean(inner(FEATURES[name].measure(Spectra.of(clip)))))


@pytest.mark.parametrize("hertz", [220.0, 997.0, 5000.0])
def test_a_sine_is_as_bright_as_its_frequency(hertz):
    assert measured("brightness", tone((hertz, 0.5))) == pytest.approx(hertz, rel=0.03)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_a_full_scale_sine_has_its_standard_loudness(rate):
    """ITU-R BS.1770-4: 0 dBFS at 997 Hz reads -3.01 LUFS."""
    assert measured("loudness", tone((997, 1.0), rate=rate)) == pytest.approx(-3.01, abs=0.1)
    assert measured("loudness", tone((997, 0.1), rate=rate)) == pytest.approx(-23.01, abs=0.1)


def test_low_sounds_are_less_loud_and_high_ones_more():
    levels = [measured("loudness", tone((hertz, 0.5))) for hertz in (30, 997, 4000)]
    assert levels[0] < levels[1] - 3 < levels[2] - 5


def test_warmth_is_a_share_of_the_power():
    assert measured("warmth", tone((250, 0.5), (2000, 0.5))) == pytest.approx(10 * np.log10(0.5), abs=0.1)
    assert measured("warmth", tone((250, 0.5))) == pytest.approx(0, abs=0.1)
    assert measured("warmth", tone((4000, 0.5))) < -40


def test_noise_is_noisy_and_tones_are_not():
    """The power of noise is distributed exponentially: its geometric mean is 2.5 dB below the other."""
    assert measured("noisiness", noise(2.0)) == pytest.approx(-2.51, abs=0.2)
    assert measured("noisiness", tone((440, 0.5))) < -40


def test_partials_are_found_between_bins():
    hertz, amplitude = Spectra.of(tone((440.0, 0.5), (1234.5, 0.25))).partials
    loudest = amplitude[5].argsort()[::-1]
    assert hertz[5][loudest[:2]] == pytest.approx([440.0, 1234.5], abs=1.5)
    assert amplitude[5][loudest[:2]] == pytest.approx([0.5, 0.25], rel=0.1)
    assert (amplitude[5][loudest[2:]] < 0.01).all()


def test_beating_partials_are_rough_and_dissonant():
    semitone, fifth = tone((500, 0.4), (530, 0.4)), tone((500, 0.4), (750, 0.4))
    for name in ("roughness", "tension"):
        assert measured(name, semitone) > 3 * measured(name, fifth) >= 0


@pytest.mark.parametrize("samples", [np.zeros((1, 4000)), np.zeros((2, 1)), np.ones((1, 1))])
def test_silence_and_near_silence_have_finite_features(samples):
    assert all(
        np.isfinite(value) for value in summary(Spectra.of(AudioClip(samples.astype(np.float32), RATE))).values()
    )


def test_silence_around_a_sound_changes_no_summary_but_loudness_little():
    clip = tone((440, 0.5), (3000, 0.2), seconds=1)
    padded = AudioClip(np.pad(clip.samples, ((0, 0), (RATE, RATE))), RATE)
    alone, within = summary(Spectra.of(clip)), summary(Spectra.of(padded))
    for name in FEATURES:
        assert within[name] == pytest.approx(alone[name], rel=0.06, abs=0.3), name


@pytest.mark.parametrize("hop", [1024, 2048])
def test_frames_are_those_of_a_model(hop):
    clip = tone((440, 0.5), seconds=1)
    found = Spectra.of(clip, hop)
    assert found.power.shape == (WINDOW // 2 + 1, -(-clip.length // hop))
    click = np.zeros((1, 16 * hop), np.float32)
    click[0, 5 * hop + hop // 2] = 1
    assert Spectra.of(AudioClip(click, RATE), hop).total.argmax() == 5
