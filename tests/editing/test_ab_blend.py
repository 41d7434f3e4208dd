"""Blends of sounds: codes, exact mixture and the distance between both."""

import numpy as np
import pytest

from sda_lib.codec.codes import Codes
from sda_lib.editing.ab_blend import blend_edits, blend_sounds, decode_blend
from sda_lib.editing.registry import Edit
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def sounds(model):
    """Two sounds of one length, drawn at random."""
    generator, shape = np.random.default_rng(0), (model.levels, 24)
    facts = model.codebook_size, model.hop, model.sample_rate
    return [Codes(generator.integers(0, model.codebook_size, shape), *facts) for _ in range(2)]


def blend(other, amount, within=(), frozen=()):
    return Edit("blend", {"other": other, "amount": amount}, within, frozen)


def test_the_ends_of_a_blend_are_the_sounds_themselves(model, sounds):
    one, other = sounds
    for amount, end in ((0.0, one), (1.0, other)):
        found = blend_sounds(one, [blend(other, amount)], model)
        assert np.array_equal(found.codes.indices, end.indices)
        assert found.distance.max() < 1e-4


def test_without_limits_the_latents_are_the_mixture_of_all_cells(model, sounds):
    one, other = sounds
    found, books = blend_sounds(one, [blend(other, 0.5)], model), model.codebooks
    assert found.codes.is_same(blend(other, 0.5).apply(one, model))
    opposite = other.indices[:, np.arange(one.frames) % other.frames]
    middle = (books.embed(one.indices) + books.embed(opposite)) / 2
    assert np.allclose(found.latent, middle, atol=1e-4)
    off = np.linalg.norm(books.embed(found.codes.indices) - middle, axis=1)
    assert np.allclose(found.distance, off / books.spacing(0), atol=1e-4)


def test_latents_stay_where_cells_are_frozen_or_not_selected(model, sounds):
    one, other = sounds
    within, frozen = (((0, 2), (0, 4)), ((0, 12), (9, 12))), (((0, 12), (1, 2)),)
    found = blend_sounds(one, [blend(other, 0.5, within, frozen)], model)
    moved = np.abs(found.latent - model.embed(one).numpy()).max(1) > 1e-5
    assert np.flatnonzero(moved).tolist() == [0, 2, 3, 9, 10, 11]
    assert len(found.distance) == 6


def test_muted_levels_do_not_change_the_latents(model, sounds):
    one, other = sounds
    muted = Edit("mute", {"levels": (1, one.levels)}).apply(one)
    found = blend_sounds(muted, [blend(other, 1.0)], model)
    assert np.allclose(found.latent, model.codebooks.vectors[0][other.indices[0]], atol=1e-4)


def test_decoded_latents_are_as_long_as_the_sound(model, sounds):
    one, other = sounds
    clip = decode_blend(blend_sounds(one, [blend(other, 0.5)], model), model)
    assert clip.length == one.samples
    assert np.abs(clip.samples).max() > 0


@pytest.fixture(scope="module")
def four(model, sounds):
    generator = np.random.default_rng(1)
    return [
        *sounds,
        *(one.with_indices(generator.integers(0, model.codebook_size, one.indices.shape)) for one in sounds),
    ]


def test_four_sounds_blend_with_their_shares(model, four):
    first, *others = four
    found = blend_sounds(first, blend_edits(others, (0.2, 0.3, 0.1)), model)
    back = [first.indices, *(one.indices[:, np.arange(first.frames) % one.frames] for one in others)]
    wanted = sum(share * model.codebooks.embed(one) for share, one in zip((0.4, 0.2, 0.3, 0.1), back, strict=True))
    assert np.allclose(found.latent, wanted, atol=1e-4)
    assert len(found.distance) == first.frames


def test_the_corners_of_a_blend_of_four_are_the_sounds(model, four):
    first, *others = four
    for place in range(4):
        shares = [float(number + 1 == place) for number in range(3)]
        edits = blend_edits(others, shares)
        assert len(edits) == (place > 0)
        assert np.array_equal(blend_sounds(first, edits, model).codes.indices, four[place].indices)
