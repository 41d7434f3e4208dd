"""All edits on random grids: the shape changes as documented, other cells stay, and wrong arguments are refused."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sda_lib.codec.codes import Codes, save_codes
from sda_lib.editing.registry import EDITS, RESHAPING, Edit, edit, edit_parameters, mask, parse_edit, rectangles
from sda_lib.errors import SdaError

# Edits that leave the codes as they are, always or in some regions.
UNCHANGED = ("mute", "solo", "varispeed", "paint", "paste", "mix", "copy")
QUICK = settings(max_examples=25, deadline=None)


def grid(model, frames, seed=0):
    """Random codes of the model's kind."""
    indices = np.random.default_rng(seed).integers(0, model.codebook_size, (model.levels, frames))
    return Codes(indices, model.codebook_size, model.hop, model.sample_rate, frames * model.hop - 5)


def arguments(name, codes, other):
    """Return a value for every required argument of an edit."""
    made = {
        "code": 3, "cells": ((0, 1), (1, 1), (1, 2)), "amount": 1, "by": 2, "to": 1, "times": 3, "other": other,
        "block": other.indices[:2, :3], "semitones": -2.5,
    }  # fmt: skip
    if name == "transpose":
        return {"by": "loudness", "amount": -1}
    needed = [key for key, one in edit_parameters(name).items() if one.default is one.empty]
    return {key: made[key] for key in needed}


@some.composite
def places(draw):
    """Frames of a grid, and half-open ranges inside it."""
    frames = draw(some.integers(5, 24))
    first = draw(some.integers(0, frames - 2))
    end = draw(some.integers(first + 1, frames - 1))
    top = draw(some.integers(0, 9))
    bottom = draw(some.integers(top + 1, 10))
    return frames, ((top, bottom), (first, end)), draw(some.integers(0, 100))


@pytest.mark.parametrize("name", EDITS)
@QUICK
@given(place=places())
def test_an_edit_stays_in_its_region_and_changes_the_length_as_documented(name, place, plain):
    frames, (levels, span), seed = place
    codes, other = grid(plain, frames, seed), grid(plain, 7, seed + 1)
    made = Edit(name, arguments(name, codes, other), within=((levels, span),))
    after = made.apply(codes, plain)
    assert after.kind == codes.kind
    assert after.indices.min() >= 0
    assert after.indices.max() < codes.codebook_size
    width = span[1] - span[0]
    grown = {"delete": -width, "duplicate": width, "loop": 2 * width, "insert": width, "stretch": width}
    assert after.frames == frames + grown.get(name, 0)
    assert after.natural_length - codes.natural_length == grown.get(name, 0) * codes.hop
    if name in RESHAPING:
        start = slice(0, span[0])
        np.testing.assert_array_equal(after.indices[:, start], codes.indices[:, start])
        tail = frames - (span[0] if name == "insert" else span[1])
        np.testing.assert_array_equal(after.indices[:, after.frames - tail :], codes.indices[:, frames - tail :])
    else:
        outside = ~mask(made.within, codes)
        np.testing.assert_array_equal(after.indices[outside], codes.indices[outside])
    assert codes.is_same(grid(plain, frames, seed)), "edits return new codes"


@pytest.mark.parametrize("name", [name for name in EDITS if name not in RESHAPING])
def test_frozen_cells_stay_and_edits_act_only_within_their_rectangles(name, plain):
    codes, other = grid(plain, 20), grid(plain, 9, 1)
    within = (((0, 2), (1, 4)), ((3, 8), (6, 12)))
    made = Edit(name, arguments(name, codes, other), within, frozen=(((0, 12), (7, 9)),))
    after = made.apply(codes, plain)
    free = mask(within, codes) & ~mask(made.frozen, codes)
    np.testing.assert_array_equal(after.indices[~free], codes.indices[~free])
    assert (after.indices != codes.indices).any() or name in UNCHANGED


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_restored_from_json(name, plain):
    codes, other = grid(plain, 16), grid(plain, 9, 1)
    made = Edit(name, arguments(name, codes, other), within=(((0, 3), (2, 8)),))
    again = Edit.from_plain(json.loads(json.dumps(made.to_plain())))
    assert again.apply(codes, plain).is_same(made.apply(codes, plain))
    assert again.description(codes) == made.description(codes)
    assert name in made.description(codes)


def test_frozen_cells_move_with_their_columns(plain):
    codes = grid(plain, 12)
    frozen = (((2, 4), (8, 10)),)
    for name, moved, more in (("insert", 3, {}), ("loop", 6, {"times": 3}), ("stretch", 3, {"by": 2.0})):
        made = Edit(name, more, within=(((0, 12), (1, 4)),), frozen=frozen)
        after = made.apply(codes, plain)
        expected = np.zeros(after.indices.shape, bool)
        expected[2:4, 8 + moved : 10 + moved] = True
        np.testing.assert_array_equal(mask(made.frozen_after(codes), after), expected)
        np.testing.assert_array_equal(after.indices[expected], codes.indices[mask(frozen, codes)])
    with pytest.raises(SdaError, match="unfreeze"):
        Edit("delete", {}, within=(((0, 12), (7, 9)),), frozen=frozen).apply(codes)


@QUICK
@given(cells=some.lists(some.lists(some.booleans(), min_size=6, max_size=6), min_size=4, max_size=4))
def test_rectangles_make_up_the_mask(cells):
    wanted = np.array(cells)
    codes = Codes(np.zeros((4, 6), int), 2, 8, 100)
    np.testing.assert_array_equal(mask(rectangles(wanted), codes), wanted)


def test_codes_of_another_model_are_refused(plain):
    codes = grid(plain, 6)
    for change in ({"codebook_size": 1024}, {"hop": 512}, {"sample_rate": 8000}):
        stranger = dataclasses.replace(codes, length=None, **change)
        for name in ("swap", "blend", "restructure"):
            with pytest.raises(SdaError, match="different models"):
                edit(codes, name, plain, other=stranger)
        with pytest.raises(SdaError, match="another model"):
            edit(stranger, "clear", plain)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("polish", "no edit 'polish'"),
        ("set", "wrong arguments"),
        ("set:code=1,color=2", "has no argument color"),
        ("set:code=4000", "Codes must lie in"),
        ("set:code=x", "wrong arguments"),
        ("set:code", "should read name=value"),
        ("set:code=1,frames=3:400", "outside 0:10"),
        ("set:code=1,frames=a:b", "not a whole number"),
        ("clear", "give it with --model"),
        ("randomize:temperature=1", "needs the model"),
        ("stretch:by=2,smooth=1", "needs the model"),
        ("stretch:by=-1", "by must be from 0.001 to 1000"),
        ("stretch:by=nan", "by must be from 0.001 to 1000"),
        ("loop:times=0", "times must be from 1 to 100000, not 0"),
        ("loop:times=100000", "a grid can have"),
        ("loop:times=10000000000000", "times must be from 1 to 100000"),
        ("delete", "at least one frame"),
        ("paste:block=x", "copy some cells"),
        ("swap:other=7", "give a code file"),
    ],
)
def test_wrong_edits_are_refused(text, said, plain):
    with pytest.raises(SdaError, match=said):
        parse_edit(text).apply(grid(plain, 10))


def test_muted_levels_stay_in_the_grid_and_are_not_decoded(plain, rain):
    without = edit(rain, "mute", levels=(1, 12))
    np.testing.assert_array_equal(without.indices, rain.indices)
    first = plain.codebooks.embed(rain.indices, slice(0, 1))
    np.testing.assert_allclose(plain.embed(without).numpy(), first, atol=1e-5)
    assert not np.array_equal(plain.decode(without).samples, plain.decode(rain).samples)
    assert edit(without, "mute", levels=(1, 12)).is_same(rain)
    assert edit(rain, "solo", levels=(0, 1)).is_same(without)
    assert edit(without, "solo", levels=(0, 1)).is_same(rain)


def test_a_blend_lies_between_two_sounds(plain, rain):
    other = plain.encode(plain.decode(edit(rain, "reverse")))
    books = plain.codebooks
    assert edit(rain, "blend", plain, other=other, amount=0).is_same(rain)
    np.testing.assert_array_equal(edit(rain, "blend", plain, other=other, amount=1.0).indices, other.indices)
    half = edit(rain, "blend", plain, other=other, amount=0.5)
    middle = (books.embed(rain.indices) + books.embed(other.indices)) / 2
    near = np.linalg.norm(books.embed(half.indices) - middle, axis=1)
    far = np.linalg.norm(books.embed(rain.indices) - middle, axis=1)
    assert near.mean() < far.mean()


def test_a_smooth_stretch_interpolates(plain, rain):
    books = plain.codebooks
    rough = books.embed(edit(rain, "stretch", by=3.0).indices)
    smooth = books.embed(edit(rain, "stretch", plain, by=3.0, smooth=1).indices)
    assert rough.shape == smooth.shape
    assert np.square(np.diff(smooth, 2, axis=0)).sum() < np.square(np.diff(rough, 2, axis=0)).sum()


def test_transposing_raises_brightness_and_loudness(plain, rain):
    books = plain.codebooks
    rows = np.arange(plain.levels)[:, None]
    for by, measure in (("brightness", books.brightness), ("loudness", books.loudness)):
        up = edit(rain, "transpose", plain, by=by, amount=1).indices
        moved = up != rain.indices
        assert moved.any()
        assert (measure[rows, up] > measure[rows, rain.indices])[moved].all()
        down = edit(rain, "transpose", plain, by=by, amount=-2).indices
        assert (measure[rows, down] <= measure[rows, rain.indices]).all()
    same = edit(rain, "transpose", plain, by="likeness", amount=0)
    assert same.is_same(rain)


def test_a_low_temperature_draws_nearer_codes_than_a_high_one(plain, rain):
    books, latent = plain.codebooks, plain.codebooks.embed(rain.indices)
    away = [
        np.linalg.norm(books.embed(edit(rain, "randomize", plain, seed=1, temperature=heat).indices) - latent)
        for heat in (0.0, 0.5, 5.0)
    ]
    assert away[0] == 0 < away[1] < away[2]


def test_inserted_silence_is_quiet(plain, rain):
    longer = edit(rain, "insert", plain, frames=(10, 22))
    sound = plain.decode(longer, source_amount=0.0).samples
    gap, rest = sound[:, 13 * plain.hop : 19 * plain.hop], sound[:, : 9 * plain.hop]
    assert np.square(gap).mean() < 0.03 * np.square(rest).mean()


def test_a_regenerated_part_is_equal_for_equal_seeds(plain, rain):
    one, again, other = (
        edit(rain, "regenerate", plain, seed=seed, levels=(0, 12), frames=(4, 9)) for seed in (1, 1, 2)
    )
    assert one.is_same(again)
    assert not one.is_same(other)


def test_deleting_the_first_frame_deletes_its_lead():
    codes = Codes(np.arange(10)[None], 16, 100, 1000, 900, lead=60)
    assert (edit(codes, "delete", frames=(0, 2)).lead, edit(codes, "delete", frames=(0, 2)).samples) == (0, 760)
    assert (edit(codes, "delete", frames=(1, 2)).lead, edit(codes, "delete", frames=(1, 2)).samples) == (60, 800)
    assert edit(codes, "loop", times=3, frames=(2, 4)).samples == 900 + 400


def test_a_comma_in_a_quoted_name_does_not_end_it(plain, tmp_path):
    other = tmp_path / "a, b's take=2.codes.npz"
    save_codes(grid(plain, 10), other)
    one = parse_edit(f'swap:frames=2:5,with="{other}",level=0')
    assert one.arguments["frames"] == (2, 5)
    assert np.array_equal(one.arguments["other"].indices, grid(plain, 10).indices)
    with pytest.raises(SdaError, match="quote in the edit"):
        parse_edit(f'swap:frames=2:5,with="{other},level=0')
