"""Sounds below each other."""

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError

TONE = 0.5 * np.sin(np.arange(4800) * 0.05)


def test_sounds_of_any_kind_are_compared(tiny_corpus, checked_html):
    both = sda_lib.compare(tiny_corpus / "rain.wav", (TONE, 48000), louder=(2 * TONE, 48000))
    assert list(both) == ["rain", "B", "louder"]
    assert both["louder"].peak > both["B"].peak
    assert checked_html(both._repr_html_()).count("<audio") == 3
    assert repr(both).endswith("B 0.10 s, louder 0.10 s)")


def test_nothing_is_refused():
    with pytest.raises(SdaError, match="two sounds"):
        sda_lib.compare()
