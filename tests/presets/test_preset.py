"""Presets as values."""

from dataclasses import replace

import pytest

from sda_lib.audio.tags import Loop
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Finish, Space
from sda_lib.presets.preset import Preset, changed_options
from sda_lib.writers.options import GenerateOptions


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a/b", "a\\b", "a\nb", ".hidden", "a\x00"])
def test_a_name_that_cannot_name_a_file_is_refused(name):
    with pytest.raises(SdaError, match=r"can't name a preset|needs a name"):
        Preset(name)


def test_a_sentence_is_one_short_line():
    for about in ("a\nb", "x" * 301):
        with pytest.raises(SdaError, match="one line"):
            Preset("a", about)


def test_what_belongs_to_one_sound_or_computer_is_left_out():
    options = GenerateOptions(seed=7, quality="export", regenerate=(0.1, 0.2), levels=(1, None), novelty=0.9)
    finish = Finish(
        space=Space("binaural", sofa="/home/me/head.sofa"), tags={"artist": "me"},
        delivery=Delivery(loop=Loop(1, 5), root=60, lufs=-20.0),
    )  # fmt: skip
    preset = Preset(" a ", options=options, finish=finish)
    assert preset.name == "a"
    assert preset.options == GenerateOptions(novelty=0.9)
    assert preset.finish == Finish(space=Space("binaural"), delivery=Delivery(lufs=-20.0))


def test_a_preset_keeps_its_values_when_a_mapping_that_it_was_made_of_changes():
    sliders = {"warmth": 1.0}
    preset = Preset("a", options=GenerateOptions(sliders=sliders))
    sliders["warmth"] = 2.0
    assert preset.options.sliders == {"warmth": 1.0}


def test_changed_options_are_those_that_differ_from_the_defaults():
    assert changed_options(GenerateOptions(seed=3, novelty=0.5, top_k=4)) == {"top_k": 4}
    assert changed_options(replace(GenerateOptions(), controls={"density": 0.0})) == {"controls": {"density": 0.0}}
