"""The worked example of CONTRIBUTING.md is executed: its feature becomes a slider of a real model."""

import re
from pathlib import Path

import numpy as np
import pytest

from sda_lib import SdaModel
from sda_lib.analysis import features
from sda_lib.audio.clip import AudioClip
from sda_lib.sliders.fit import fit_sliders
from sda_lib.sliders.nudges import Nudging

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()


@pytest.fixture
def example(monkeypatch):
    """The names that the example's two pieces of code define, executed where the page says."""
    code, test = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[:2]
    for name, feature in list(features.FEATURES.items()):
        monkeypatch.setitem(features.FEATURES, name, feature)
    monkeypatch.delitem(features.FEATURES, "crest", raising=False)
    names = {**vars(features), "AudioClip": AudioClip, "np": np}
    exec(compile(code + test, "CONTRIBUTING.md", "exec"), names)
    yield names
    features.FEATURES.pop("crest", None)


def test_its_test_passes(example):
    example["test_a_tone_has_a_higher_crest_than_noise"]()


@pytest.mark.slow
def test_the_feature_becomes_a_slider(example, tiny_model_path, monkeypatch):
    for name, value in (("STRAIGHT", Nudging(400, (0.5,))), ("BENT", Nudging(400, (1.0,))), ("TRIED", 3)):
        monkeypatch.setattr(f"sda_lib.sliders.fit.{name}", value)
    cards = {card.name: card for card in fit_sliders(SdaModel.load(tiny_model_path)).cards}
    assert cards["crest"].unit == "dB"
    assert "crest" in cards["brightness"].side
