"""Descriptors against sounds whose values are known, and against librosa where it has them."""

import librosa
import numpy as np
import pytest

from sda_lib import AudioClip
from sda_lib.analysis.features import FEATURES, WINDOW, Spectra, inharmonicity, noisiness, summary, width

RATE = 48000


def tone(*partials, seconds=0.5, rate=RATE):
    """A clip of (Hz, amplitude) sines."""
    time = np.arange(round(seconds * rate)) / rate
    return AudioClip(sum(a * np.sin(2 * np.pi * f * time + f) for f, a in partials).astype(np.float32)[None], rate)


def noise(seconds=0.5, seed=0, channels=1):
    samples = np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE))) * 0.1
    return AudioClip(samples.astype(np.float32), RATE)


def inner(values):
    """Without the frames that see the ends."""
    return values[3:-4]


def measured(name, clip):
    return float(np.mean(inner(FEATURES[name].measure(Spectra.of(clip)))))


@pytest.mark.parametrize("hertz", [220.0, 997.0, 5000.0])
def test_a_sine_is_as_bright_as_its_frequency(hertz):
    assert measured("brightness", tone((hertz, 0.5))) == pytest.approx(hertz, rel=0.03)


def test_brightness_moves_with_librosas_centroid():
    clips = [tone((300, 0.5), (300 * k, 0.3)) for k in (2, 4, 8, 16)]
    ours = [measured("brightness", clip) for clip in clips]
    theirs = [librosa.feature.spectral_centroid(y=clip.samples[0], sr=RATE).mean() for clip in clips]
    assert np.argsort(ours).tolist() == np.argsort(theirs).tolist() == [0, 1, 2, 3]


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


def test_noisiness_agrees_with_librosa():
    clip = noise(1.0)
    spectra = Spectra.of(clip)
    theirs = librosa.feature.spectral_flatness(S=np.sqrt(spectra.power), power=2)[0]
    assert np.abs(noisiness(spectra) - 10 * np.log10(theirs))[5:-5].mean() < 0.5


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


def apart(clip):
    return float(inner(inharmonicity(Spectra.of(clip))).mean())


@pytest.mark.parametrize("hertz", [110.0, 220.0, 441.3, 1000.0])
@pytest.mark.parametrize("lowest", [1, 3])
def test_multiples_of_one_frequency_are_harmonic_even_without_the_lowest(hertz, lowest):
    clip = tone(*((k * hertz, 0.2 / k) for k in range(lowest, lowest + 8)))
    assert inharmonicity(Spectra.of(clip)).shape == Spectra.of(clip).total.shape
    assert apart(clip) < 0.005
    assert apart(tone((hertz, 0.5))) < 1e-3


def test_the_stiffer_a_string_the_less_harmonic_it_is():
    """Partials of a stiff string are at k * sqrt(1 + stiffness * k^2) (Fletcher 1964)."""
    values = [
        apart(tone(*((220 * k * np.sqrt(1 + stiffness * k**2), 0.2 / k) for k in range(1, 11))))
        for stiffness in (0, 1e-4, 3e-4, 1e-3)
    ]
    assert values == sorted(values)
    assert values[-1] > 10 * values[0]


def test_bars_and_noise_are_not_harmonic():
    bar = tone((400, 0.1), (400 * 2.756, 0.2), (400 * 5.404, 0.15), (400 * 8.933, 0.1))
    assert apart(bar) > 0.03
    assert apart(noise(1.0)) == pytest.approx(0.2, abs=0.05)
    assert inharmonicity(Spectra.of(noise(1.0))).max() <= 0.5


@pytest.mark.parametrize("samples", [np.zeros((1, 4000)), np.zeros((2, 1)), np.ones((1, 1)), np.ones((1, 4000))])
def test_what_has_no_partials_is_harmonic(samples):
    assert (inharmonicity(Spectra.of(AudioClip(samples.astype(np.float32), RATE))) == 0).all()


def test_width_is_nothing_for_mono_and_half_for_unrelated_channels():
    assert width(Spectra.of(noise())).max() == 0
    assert width(Spectra.of(noise(1.0, channels=2))).mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("samples", [np.zeros((1, 4000)), np.zeros((2, 1)), np.ones((1, 1))])
def test_silence_and_next_to_nothing_have_finite_features(samples):
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
