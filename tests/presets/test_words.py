"""Presets in words."""

from sda_lib.presets.preset import Preset
from sda_lib.presets.preset_file import read_preset
from sda_lib.presets.store import FACTORY
from sda_lib.presets.words import preset_words


def test_every_setting_is_named_with_its_value(full):
    words = preset_words(full(1))
    assert {"Novelty", "Creativity", "Slider warmth", "Curve of brightness", "Control density", "Reverb"} <= set(words)
    assert {"Space", "Trim", "Loop", "Delivery loudness", "Contour"} <= set(words)
    assert all(words.values())


def test_no_factory_preset_is_without_words_and_an_empty_one_has_none():
    assert all(preset_words(read_preset(path)) for path in FACTORY.glob("*.json"))
    assert preset_words(Preset("a")) == {}


def test_values_have_their_unit():
    words = preset_words(read_preset(FACTORY / "fade_away.json"))
    assert words["Seconds"] == "5 s"
    assert words["Contour"] == "0:1, 1:0"
    assert words["Delivery fade out"] == "1 s"
    assert preset_words(read_preset(FACTORY / "around_your_head.json"))["Space"] == "binaural, moving"
