"""Facts of a model's header: names of levels, the training curve, and what a model can't do."""

import dataclasses

import pytest

from sda_lib.errors import SdaError
from sda_lib.model.facts import is_point


def with_header(model, **facts):
    return dataclasses.replace(model, header={**model.header, **facts})


def test_a_level_gets_another_name_and_its_default_back(plain):
    named = plain.with_level_name(2, " body ")
    assert named.level_names[2] == "body"
    assert named.level_names[:2] == plain.level_names[:2]
    assert named.with_level_name(2, "").level_names == plain.level_names


@pytest.mark.parametrize(("level", "name"), [(0, "far too long for the name of a level"), (0, "a\nb"), (99, "body")])
def test_invalid_names_and_levels_are_refused(plain, level, name):
    with pytest.raises(SdaError, match="level's name"):
        plain.with_level_name(level, name)


@pytest.mark.parametrize("names", [None, "body", [3, ["x"], "a\nb"]])
def test_damaged_names_of_a_header_are_ignored(plain, names):
    assert with_header(plain, level_names=names).level_names == plain.level_names


def test_invalid_points_of_a_curve_are_ignored(plain):
    assert plain.with_header(curve=[[0, 2.0, 1.0]]).curve == ((0.0, 2.0, 1.0),)
    damaged = [[0, 2.0], [1], [1, "x", 2], [1, float("nan"), 2], 3, None]
    assert with_header(plain, curve=damaged).curve == ((0.0, 2.0),)
    assert [is_point(row) for row in damaged] == [True, False, False, False, False, False]


def test_reasons_are_sentences(plain, ngram_prior):
    assert plain.why_no_codes == plain.why_no_recordings == plain.why_no_writing == plain.why_no_controls == ""
    bare = plain.without_memory()
    assert bare.why_no_writing == bare.why_no_recordings
    assert bare.why_no_recordings.endswith("to generate.")
    assert bare.with_prior(ngram_prior(plain)).why_no_writing == ""


def test_frames_and_seconds_agree(plain):
    assert plain.frame_rate == plain.sample_rate / plain.hop
    assert sorted(round(one, 1) for one in plain.durations) == [0.9, 1.1, 1.4]
