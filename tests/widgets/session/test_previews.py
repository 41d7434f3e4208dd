"""Previews never exceed full scale, and say at which gain they play. What is previewed: test_creating.py."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib import AudioClip
from sda_lib.training.auditions import Audition


def tone(peak, name):
    time = np.arange(24_000) / 48_000
    return AudioClip(peak * np.sin(2 * np.pi * 440 * time)[None].astype(np.float32), 48_000, name)


def test_a_preview_below_full_scale_is_played_as_it_is(session):
    clip = tone(0.9, "soft")
    session.previews.play(clip)
    assert session.preview is clip
    assert session.preview_note == ""


def test_a_preview_above_full_scale_is_played_at_a_gain_that_is_shown(session):
    session.previews.play(tone(3.5, "loud"))
    assert session.preview.peak == pytest.approx(1, abs=0.02)
    assert session.preview_note == "Played at -10.9 dB to stay below full scale"
    session.previews.play(tone(0.9, "soft"))
    assert session.preview_note == ""


def test_both_sides_of_an_audition_play_at_one_gain(session):
    audition = Audition("kick", tone(3.5, "kick"), tone(0.7, "kick"), 1.0)
    session.auditions.sounds = (audition, replace(audition, original=None))
    session.auditions.play(0)
    made, note = session.preview, session.preview_note
    session.auditions.play(0, original=True)
    assert made.peak / session.preview.peak == pytest.approx(5, rel=1e-3)
    assert session.preview_note == note != ""
    session.auditions.play(1, original=True)  # there is none
    assert session.preview.peak == pytest.approx(0.2, rel=0.01)
