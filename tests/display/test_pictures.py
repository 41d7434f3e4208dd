"""Pictures of sound."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.display import pictures

TONE = AudioClip(0.5 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000), 48000, "<tone>")


def test_the_outline_holds_the_extremes_of_every_stretch():
    clip = AudioClip(np.array([0.0, 0.5, -0.25, 0.0, 0.1, 0.2]), 8000)
    low, high = pictures.outline(clip, 3)
    assert np.allclose(low, [0, -0.25, 0.1])
    assert np.allclose(high, [0.5, 0, 0.2])


@pytest.mark.parametrize("samples", [np.zeros((1, 1)), np.zeros((2, 30)), np.ones((4, 100_000)) * 0.1])
def test_any_sound_has_a_picture(samples, checked_html):
    html = checked_html(pictures.sound_picture(AudioClip(samples, 44100)))
    assert "spectrogram of a sound" in html
    assert "nan" not in html


def test_a_picture_has_axes_in_hertz_and_seconds_and_escapes_names(checked_html):
    html = checked_html(pictures.sound_picture(TONE))
    assert "1 kHz" in html
    assert "0.2" in html
    assert "<tone>" not in html


@pytest.mark.parametrize(("seconds", "labels"), [(1.0, "0.0 s|0.2|0.4|0.6|0.8|1.0"), (100, "0 s|20|40|60|80|100")])
def test_the_time_axis_has_round_numbers(seconds, labels):
    html = pictures.time_axis(seconds)
    assert all(f">{label}</span>" in html for label in labels.split("|"))


def test_a_grid_names_its_levels_and_covers_muted_ones(checked_html):
    codes = Codes(np.arange(12).reshape(3, 4), 12, 2048, 48000, muted=(1,))
    html = checked_html(pictures.codes_picture(codes, ("Structure", "Timbre", "Detail")))
    assert all(name in html for name in ("Structure", "Timbre", "Detail"))
    assert html.count("opacity:.85") == 1


def test_curves_show_both_ends_of_their_axes(checked_html):
    html = checked_html(pictures.curve_picture([[(0, 2.0), (10, 1.0)], [(0, 1.5), (10, 1.25)]], "distance", 5))
    assert html.count("<polyline") == 3
    assert ">2.00</span>" in html
    assert ">10</span>" in html
    assert "<polyline" not in pictures.curve_picture([[(0, 1.0)]], "one point")


def test_a_heat_picture_tells_what_is_missing(checked_html):
    checked_html(pictures.heat_picture(np.array([[0.0, np.nan, 1.0]]), "use", 10, ["level 0"]))


def test_thumbnails_are_small():
    assert len(pictures.thumbnail(TONE)) < 6000
