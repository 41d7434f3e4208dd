"""What librosa measures: our features beside its own, the tempo it adds, and the figures and pitches of the benchmarks.

In one file, so that one process compiles librosa's loops, which takes it half a minute.
"""

import math

import librosa
import numpy as np
import pytest
from material_measures import Changes, figures

from sda_lib import AudioClip
from sda_lib.analysis.features import Spectra, noisiness, summary

pytestmark = pytest.mark.slow
RATE = 48000


def wave(seconds=1.0, level=0.1, frequency=440.0):
    return np.float32(level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE))


def breath(samples):
    return samples + np.float32(1e-3 * np.random.default_rng(0).standard_normal(len(samples)))


def test_brightness_moves_with_librosas_centroid():
    clips = [AudioClip(wave(0.5, 0.5, 300) + wave(0.5, 0.3, 300 * k), RATE) for k in (2, 4, 8, 16)]
    ours = [summary(Spectra.of(clip))["brightness"] for clip in clips]
    theirs = [librosa.feature.spectral_centroid(y=clip.samples[0], sr=RATE).mean() for clip in clips]
    assert np.argsort(ours).tolist() == np.argsort(theirs).tolist() == [0, 1, 2, 3]


def test_noisiness_agrees_with_librosa():
    spectra = Spectra.of(AudioClip(0.1 * np.random.default_rng(0).standard_normal(RATE), RATE))
    theirs = librosa.feature.spectral_flatness(S=np.sqrt(spectra.power), power=2)[0]
    assert np.abs(noisiness(spectra) - 10 * np.log10(theirs))[5:-5].mean() < 0.5


def test_librosa_adds_tempo_and_pitch_class():
    clicks = AudioClip(np.concatenate([np.r_[np.ones(200) * 0.8, np.zeros(23800)]] * 12), RATE)
    assert clicks.features(musical=True)["tempo"] == pytest.approx(120, rel=0.05)
    note = AudioClip(wave(1.0, 0.5), RATE)
    assert "A, then" in note.features(musical=True).measures["pitch class"].about


def test_figures_of_a_wave():
    found = figures(AudioClip(wave(), RATE))
    assert found["level"] == pytest.approx(-23.0, abs=0.1)
    assert found["centroid"] == pytest.approx(440, rel=0.02)
    assert found["seconds"] == 1.0
    assert found["end"] == pytest.approx(0, abs=0.2)
    assert found["quiet"] == 0


def test_end_and_quiet_of_a_sound_that_has_died_away():
    found = figures(AudioClip(np.concatenate([wave(0.5), np.zeros(round(0.5 * RATE), np.float32)]), RATE))
    assert found["end"] == -80
    assert found["quiet"] == pytest.approx(0.5, abs=0.05)


def test_a_silent_sound_and_a_very_short_one_have_figures():
    assert figures(AudioClip(np.zeros(RATE, np.float32), RATE))["loudest"] < -100
    assert figures(AudioClip(wave(0.01), RATE))["loudest"] == pytest.approx(-23, abs=1)


def test_a_step_of_the_level_and_a_change_of_the_spectrum_are_seen_at_their_border():
    border = RATE // 2
    louder = Changes.of(AudioClip(breath(np.concatenate([wave(0.5), wave(0.5, 0.2)])), RATE))
    assert louder.step_at(border) == pytest.approx(6.0, abs=0.5)
    assert louder.step_at(border // 2) < 0.5
    other = Changes.of(AudioClip(breath(np.concatenate([wave(0.5), wave(0.5, 0.1, 2000)])), RATE))
    assert other.step_at(border) < 1
    assert other.flux_at(border) > other.flux_at(border // 2)


def tone(frequency, seconds=2.0, rate=44100):
    """A decaying note of eight partials."""
    time = np.arange(int(seconds * rate)) / rate
    partials = sum(np.sin(2 * np.pi * frequency * k * time + k) / k for k in range(1, 9) if k * frequency < rate / 2)
    return AudioClip(0.2 * partials * np.exp(-time), rate, "tone_069")


@pytest.mark.parametrize(("key", "cents"), [(36, 4), (60, -30), (84, 55)])
def test_pitch_is_measured_to_a_cent(key, cents):
    from pitched import pitch

    played = 440 * 2 ** ((key - 69) / 12)
    true, shifted = (pitch(tone(played * 2 ** (shift / 1200)), played) for shift in (0, cents))
    assert 1200 * math.log2(true / played) == pytest.approx(0, abs=2.0)
    assert 1200 * math.log2(shifted / true) == pytest.approx(cents, abs=1.0)


def test_cents_off_sees_the_octave():
    from pitched import cents_off

    assert cents_off(tone(440), tone(440)) == 0
    assert cents_off(tone(440), tone(880)) == pytest.approx(1200, abs=2)
    assert cents_off(tone(440), tone(220)) == pytest.approx(1200, abs=2)
