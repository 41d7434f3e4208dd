"""Measures of compared sounds."""

import math

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.comparison import measures
from sda_lib.comparison.difference import difference, moved
from sda_lib.comparison.measures import UNITS, distance, measures_of


def test_a_sound_is_measured_as_its_features_are(tiny_corpus):
    from sda_lib.api.clip import AudioClip as PublicClip

    clip = read_clip(tiny_corpus / "pluck.wav")
    found, features = measures_of(clip), PublicClip.of(clip).features()
    for name in found:
        assert found[name] == pytest.approx(features[name]), name
    assert set(found) < set(UNITS)
    assert found["pitch"] == pytest.approx(220, abs=1)


def test_of_a_long_sound_the_beginning_is_measured(monkeypatch, tiny_corpus):
    monkeypatch.setattr(measures, "LONGEST", 1.0)
    clip = read_clip(tiny_corpus / "pluck.wav")
    longer = AudioClip(np.concatenate([clip.samples[:, :44100], 0.3 * np.ones((1, 44100))], axis=1), 44100)
    found = measures_of(longer)
    assert found["length"] == 2
    assert found["brightness"] == measures_of(clip)["brightness"]
    assert distance(clip, longer, difference(clip, clip)).mel == 0


def test_a_sound_without_pitch_has_none():
    noise = AudioClip(np.random.default_rng(0).normal(0, 0.1, 20000), 44100)
    assert math.isnan(measures_of(noise)["pitch"])


def test_distances_grow_with_what_is_added(tiny_corpus):
    clip = read_clip(tiny_corpus / "pluck.wav")
    noise = np.random.default_rng(0).normal(0, 1, clip.samples.shape)
    found = []
    for amount in (0.0, 0.001, 0.01, 0.1):
        other = AudioClip(clip.samples + amount * noise, clip.sample_rate)
        found.append(distance(clip, other, difference(clip, other)))
    assert (found[0].mel, found[0].spectrum, found[0].shift) == (0, 0, 0)
    assert sorted(one.mel for one in found) == [one.mel for one in found]
    assert sorted(one.spectrum for one in found) == [one.spectrum for one in found]


def test_a_delay_alone_is_no_distance(tiny_corpus):
    clip = read_clip(tiny_corpus / "pluck.wav")
    late = moved(clip, 0.1)
    found = distance(clip, late, difference(clip, late))
    assert found.shift == pytest.approx(0.1, abs=1e-4)
    assert found.mel < 0.25 * distance(clip, late, difference(clip, late, aligned=False)).mel
