"""Sounds below each other."""

from types import SimpleNamespace

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError

TONE = 0.4 * np.sin(np.arange(4800) * 0.05)


def test_sounds_of_any_kind_are_compared(tiny_corpus, checked_html):
    take = SimpleNamespace(clip=sda_lib.AudioClip(TONE, 48000))
    both = sda_lib.compare(tiny_corpus / "rain.wav", (TONE, 48000), louder=(2 * TONE, 48000), take=take)
    assert list(both) == ["rain", "B", "louder", "take"]
    assert both["louder"].peak > both["B"].peak  # the sounds themselves stay as they are
    assert both.gains["B"] - both.gains["louder"] == pytest.approx(6.02, abs=0.02)
    assert both.matched["B"].peak == pytest.approx(both.matched["louder"].peak, rel=0.01)
    assert checked_html(both._repr_html_()).count("<audio") == 4
    assert "louder 0.10 s " in repr(both)


def test_levels_can_be_compared_as_they_are(tiny_corpus):
    both = sda_lib.compare(tiny_corpus / "rain.wav", quiet=(0.1 * TONE, 48000), equally_loud=False)
    assert both.gains == {"rain": 0, "quiet": 0}


def test_differences_and_measures_are_data(tiny_corpus, tmp_path):
    both = sda_lib.compare(tiny_corpus / "rain.wav", tiny_corpus / "pluck.wav")
    found = both.difference("pluck")
    assert found.levels.shape == (len(found.hertz), len(found.seconds))
    assert both.distances["pluck"]["spectrum"] == found.mean > 5
    assert both.measures["pluck"]["pitch"] == pytest.approx(220, abs=1)
    assert -40 < both.loudness < 0
    assert both.save(tmp_path / "both.html").stat().st_size > 10_000
    with pytest.raises(SdaError, match="there are pluck"):
        both.difference("rain")


def test_blind_votes_show_no_names(tiny_corpus, checked_html):
    both = sda_lib.compare(tiny_corpus / "rain.wav", tiny_corpus / "pluck.wav", tiny_corpus / "sweep.wav")
    test = both.blind(seed=4)
    for _ in range(3):
        html = checked_html(test._repr_html_())
        assert not [name for name in both if name in html or name in repr(test)]
        test = test.answer(2)
    assert sum(int(word.strip(".,")) for word in test.result.split() if word[0].isdigit()) == 3


def test_abx_trials(tiny_corpus, checked_html):
    both = sda_lib.compare(tiny_corpus / "rain.wav", tiny_corpus / "pluck.wav")
    test = both.abx("rain", "pluck", seed=1)
    assert test.labels == ("rain", "pluck", "X")
    assert checked_html(test._repr_html_()).count("<audio") == 3
    for _ in range(4):
        test = test.answer("rain")
    assert "of 4 right, p = " in test.result
    with pytest.raises(SdaError, match="there are rain, pluck"):
        both.abx("rain", "snow")


def test_nothing_is_refused():
    with pytest.raises(SdaError, match="two sounds"):
        sda_lib.compare()
