"""Presets between two others."""

import itertools
from dataclasses import replace

import pytest

from sda_lib.errors import SdaError
from sda_lib.export.finish import Effects, Finish, Place, Space
from sda_lib.presets.morphing import morph_presets
from sda_lib.presets.preset import Preset
from sda_lib.presets.preset_file import plain_to_preset, preset_to_plain, read_preset
from sda_lib.presets.store import FACTORY
from sda_lib.writers.options import GenerateOptions


def middle(first, second, share=0.5):
    return morph_presets(Preset("a", options=first), Preset("b", options=second), share).options


def between(first, second, share=0.5):
    return morph_presets(Preset("a", finish=first), Preset("b", finish=second), share).finish


def test_the_ends_are_the_presets_themselves(full):
    one, other = full(1), full(2)
    for share, end in ((0, one), (1, other)):
        found = morph_presets(one, other, share, "x")
        assert replace(found, name=end.name, about=end.about) == end


def test_all_pairs_are_valid_presets(full):
    presets = [*map(read_preset, sorted(FACTORY.glob("*.json"))), *map(full, range(6))]
    for one, other in itertools.combinations(presets, 2):
        for share in (0.25, 0.5, 0.9):
            found = morph_presets(one, other, share)
            assert plain_to_preset(preset_to_plain(found)) == found


def test_numbers_are_blended_and_choices_are_the_nearer_ones():
    first = GenerateOptions(novelty=0.2, seconds=2, top_k=4, writer="walk", controls={"density": 0.2})
    second = GenerateOptions(novelty=0.8, seconds=8, top_k=64, writer="hybrid", controls={"density": 0.8, "pulse": 1.0})
    found = middle(first, second)
    assert (found.novelty, found.seconds, found.top_k, found.writer) == (0.5, 4, 16, "walk")
    assert found.controls == {"density": 0.5}
    assert middle(first, second, 0.6).controls.keys() == {"density", "pulse"}
    assert middle(first, replace(second, seconds="auto"), 0.6).seconds == "auto"


def test_sliders_are_blended_with_curves():
    first = GenerateOptions(sliders={"warmth": 2.0, "tension": 1.0})
    second = GenerateOptions(curves={"warmth": ((0.0, 0.0), (1.0, 4.0))})
    found = middle(first, second)
    assert found.sliders == {"tension": 0.5}
    assert found.curves == {"warmth": ((0.0, 1.0), (1.0, 3.0))}


def test_a_filter_that_is_off_is_one_at_the_end_of_hearing():
    found = between(Finish(), Finish(effects=Effects(lowpass=200.0, highpass=80.0)))
    assert found.effects.lowpass == pytest.approx(2000)
    assert found.effects.highpass == pytest.approx(40)
    assert between(Finish(), Finish(), 0.3).effects == Effects()


def test_a_place_goes_the_shorter_way_round():
    places = (Place(170, distance=1), Place(-170, distance=4))
    left, right = (Finish(space=Space("binaural", place=place)) for place in places)
    place = between(left, right).space.place
    assert abs(place.azimuth) == 180
    assert place.distance == 2
    assert between(left, Finish(space=Space("stereo"))).space == left.space


def test_axes_of_two_models_are_of_none():
    one, other = Preset("a", axes_of="x"), Preset("b", axes_of="y")
    assert morph_presets(one, other, 0.5).axes_of == ""
    assert morph_presets(one, replace(other, axes_of=""), 0.5).axes_of == "x"


def test_a_share_beyond_the_ends_is_refused():
    with pytest.raises(SdaError, match="0 to 1"):
        morph_presets(Preset("a"), Preset("b"), 1.5)
