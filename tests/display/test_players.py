"""Sounds inside a display."""

import io

import numpy as np
import soundfile

from sda_lib.audio.clip import AudioClip
from sda_lib.display.players import PREVIEW_RATE, at_one_gain, playable, player, players_alike

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 96_000)).astype(np.float32)


def decoded(sound):
    samples, rate = soundfile.read(io.BytesIO(sound.data), always_2d=True)
    return samples.T, rate


def test_a_short_sound_plays_as_it_is():
    sound = playable(AudioClip(NOISE, 48000))
    samples, rate = decoded(sound)
    assert (rate, sound.remark) == (48000, "")
    assert np.abs(samples - NOISE).max() < 1e-4


def test_a_sound_above_full_scale_is_quieter_and_says_so():
    sound = playable(AudioClip(4 * NOISE, 48000))
    samples, _ = decoded(sound)
    assert 0.99 < np.abs(samples).max() <= 1
    assert "dB quieter" in sound.remark


def test_a_large_sound_is_reduced_and_then_cut():
    smaller, cut = playable(AudioClip(NOISE, 48000), 150_000), playable(AudioClip(NOISE, 48000), 40_000)
    assert (decoded(smaller)[0].shape, decoded(smaller)[1]) == ((1, 48_000), PREVIEW_RATE)
    assert len(cut.data) <= 40_000
    assert "Here the first 0." in cut.remark
    assert "mono at 24 kHz" in cut.remark


def test_ambisonics_play_in_mono():
    assert decoded(playable(AudioClip(np.ones((4, 100)) * 0.1, 48000)))[0].shape == (1, 100)


def test_a_player_is_the_browsers_own_and_named(checked_html):
    html = checked_html(player(AudioClip(NOISE, 48000, "a <b>")))
    assert '<audio controls preload="metadata" aria-label="a &lt;b&gt;" src="data:audio/flac;base64,' in html


def test_several_sounds_get_one_gain():
    quiet, loud = AudioClip(NOISE, 48000), AudioClip(4 * NOISE, 48000)
    (lower, full), remark = at_one_gain(quiet, loud)
    assert full.peak <= 1.0001
    assert np.allclose(lower.samples * loud.peak, quiet.samples)
    assert remark.startswith("All play 6.0 dB quieter")
    assert at_one_gain(quiet) == ((quiet,), "")
    assert at_one_gain(AudioClip(NOISE / NOISE.max() * 1.001, 48000))[1] == ""


def test_players_of_compared_sounds_are_reduced_together_or_not_at_all():
    long, short = AudioClip(NOISE, 48000), AudioClip(NOISE[:, :9600], 48000)
    found = players_alike({"a": short, "b": long}, 150_000)
    assert all("mono at 24 kHz" in one for one in found.values())
    assert "mono at" not in "".join(players_alike({"a": short, "b": long}, 10**6).values())
