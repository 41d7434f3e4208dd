"""Directions fitted to known effects, and sliders saved to and restored from a file."""

import numpy as np
import pytest
import torch

from sda_lib.directions.directions import (
    FARTHEST,
    Bends,
    Directions,
    Response,
    SliderCard,
    SliderSet,
)
from sda_lib.errors import SdaError


def card(name="warmth", rho=0.9, slope=2.0, low=-10.0, high=10.0):
    return SliderCard(name, "dB", rho, slope, (-4.0, 4.0), 0.0, {"loudness": 0.1}, low, high)


def sliders(*cards, dim=8):
    vectors = np.random.default_rng(1).standard_normal((len(cards), dim)).astype(np.float32)
    return SliderSet(Directions(tuple(one.name for one in cards), vectors), cards)


def test_shifts_add_up_and_can_vary_over_time():
    found = Directions(("a", "b"), np.eye(2, 8, dtype=np.float32))
    moved = found.shift({"a": 2.0, "b": np.array([0.0, 1.0, 2.0])}, np.zeros((3, 8), np.float32))
    assert moved[:, 0].tolist() == [2, 2, 2]
    assert moved[:, 1].tolist() == [0, 1, 2]
    assert not moved[:, 2:].any()


def bent(vectors, bends, dim=4):
    """Directions whose places are the first latents."""
    axes = np.eye(bends.shape[1], dim + 1, dtype=np.float32)
    return Directions(("a", "b")[: len(vectors)], vectors, Bends(bends, axes))


def test_bent_directions_are_followed_step_by_step_without_jumps():
    vectors, bends = np.zeros((1, 4), np.float32), np.zeros((1, 1, 4), np.float32)
    bends[0, 0, 0] = -0.5  # half of the first latent is gone with every step
    found, latent = bent(vectors, bends), np.ones((1, 4), np.float32)
    amounts = np.linspace(0, 4, 401)
    rest = 1 + np.array([found.shift({"a": amount}, latent)[0, 0] for amount in amounts])
    assert rest[[0, 100, 200, 300, 400]] == pytest.approx([1, 0.5, 0.25, 0.125, 0.0625])
    assert np.abs(np.diff(rest)).max() < 0.006
    each = np.tile(latent, (3, 1))
    assert 1 + found.shift({"a": np.array([0.0, 1.0, 2.5])}, each)[:, 0] == pytest.approx([1, 0.5, 0.1875])
    assert found.shift({"a": -1.0}, latent)[0, 0] == pytest.approx(0.5)


def test_frames_far_from_the_recordings_do_not_bend_directions_without_limit():
    bends = np.zeros((1, 1, 4), np.float32)
    bends[0, 0, 1] = 1.0
    found, latent = bent(np.zeros((1, 4), np.float32), bends), np.full((1, 4), 1000, np.float32)
    assert found.shift({"a": 1.0}, latent)[0, 1] == pytest.approx(FARTHEST)


def test_bent_directions_are_mixed_and_joined_with_straight_ones():
    generator = np.random.default_rng(0)
    found = bent(*(generator.standard_normal(shape).astype(np.float32) for shape in ((2, 4), (2, 3, 4))))
    latent = generator.standard_normal((5, 4)).astype(np.float32)
    a, b = (found.shift({name: 1.0}, latent) for name in ("a", "b"))
    mixed = found.mixed(np.array([[1.0, -2.0], [0.0, 0.5]]))
    assert mixed.shift({"a": 1.0}, latent) == pytest.approx(a - 2 * b, abs=1e-4)
    assert mixed.shift({"b": 1.0}, latent) == pytest.approx(b / 2, abs=1e-4)
    joined = found.beside(Directions(("c",), np.ones((1, 4), np.float32)))
    assert joined.shift({"a": 1.0}, latent) == pytest.approx(a)
    assert joined.shift({"c": 2.0}, latent) == pytest.approx(np.full((5, 4), 2.0))


def test_some_of_straight_directions_are_replaced_by_bent_ones():
    generator = np.random.default_rng(0)
    vectors, bends = (generator.standard_normal(shape).astype(np.float32) for shape in ((2, 4), (2, 3, 4)))
    straight, other = Directions(("a", "b"), np.ones((2, 4), np.float32)), bent(vectors, bends)
    latent = generator.standard_normal((5, 4)).astype(np.float32)
    found = straight.with_bent(["b"], other)
    assert found.shift({"a": 1.5}, latent) == pytest.approx(straight.shift({"a": 1.5}, latent))
    assert found.shift({"b": 1.5}, latent) == pytest.approx(other.shift({"b": 1.5}, latent))
    parts = straight.shift({"a": -2.0}, latent), other.shift({"b": 1.0}, latent)
    assert found.shift({"a": -2.0, "b": 1.0}, latent) == pytest.approx(sum(parts), abs=1e-5)
    assert straight.with_bent([], other).bends is None


def test_the_reach_of_a_response():
    found = Response((5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 8.05, 7.0))
    assert found.reach() == (-3.0, 3.0)
    assert found.reach(0.1) == (-3.0, 2.0)
    assert found.at(0.5) == 5.0
    assert found.at(2.0) - found.at(0.0) == 4.0
    assert found.anchored(10.0).at(2.0) == 14.0
    assert Response((0.0,) * 9).reach() == (0.0, 0.0)
    assert not Response((0.0,) * 9).is_followed
    assert Response(tuple(range(9))).followed == (-4.0, 4.0)
    assert Response(tuple(range(9))).is_followed


def test_sliders_with_low_correlation_are_hidden():
    found = sliders(card(), card("tension", rho=0.3))
    assert [one.name for one in found.shown] == ["warmth"]
    latent = torch.zeros(4, 8)
    assert found.moved(latent, {"warmth": 1.0})[0].numpy() == pytest.approx(found.directions.vectors[0])
    with pytest.raises(SdaError, match=r"tension is hidden.*0\.30"):
        found.moved(latent, {"tension": 1.0})
    with pytest.raises(SdaError, match="no slider 'sweetness'; there are warmth"):
        found.moved(latent, {"sweetness": 1.0})
    for amount in (4.5, float("nan")):
        with pytest.raises(SdaError, match="from -4 to 4"):
            found.moved(latent, {"warmth": amount})


def test_sliders_are_restored_from_facts_and_vectors():
    before = sliders(card(), card("loudness", low=-30.0))
    after = SliderSet.of(before.facts(), tensors(before), 8)
    assert after.cards == before.cards
    assert np.array_equal(after.directions.vectors, before.directions.vectors)
    assert after.directions.bends is None


def tensors(found):
    return {name: torch.from_numpy(array) for name, array in found.directions.arrays().items()}


def with_bends(found, axes=3):
    bends = Bends(np.ones((len(found.cards), axes, 8), np.float32), np.full((axes, 9), 2, np.float32))
    return SliderSet(Directions(found.directions.names, found.directions.vectors, bends), found.cards)


def test_bends_are_restored_too():
    before = with_bends(sliders(card(), card("loudness")))
    after = SliderSet.of(before.facts(), tensors(before), 8)
    assert np.array_equal(after.directions.bends.vectors, before.directions.bends.vectors)
    assert np.array_equal(after.directions.bends.axes, before.directions.bends.axes)


@pytest.mark.parametrize("damage", [{"bends": torch.zeros(2, 3, 8)}, {"axes": torch.full((3, 9), torch.nan)}])
def test_damaged_bends_are_refused(damage):
    before = with_bends(sliders(card()))
    with pytest.raises(ValueError, match="another model"):
        SliderSet.of(before.facts(), {**tensors(before), **damage}, 8)


@pytest.mark.parametrize(
    "damage",
    [
        {"reach": [float("nan"), 1.0]},
        {"reach": [1.0]},
        {"error": None},
        {"error": float("nan")},
        {"name": "<b>warmth</b>"},
        {"name": "axis of evil"},
        {"side": {"sweetness": 0.1}},
        {"name": "attack"},
        {"rho": "much"},
        {"side": {}},
        {"side": 3},
        {"name": 7},
        None,
    ],
)
def test_damaged_sliders_are_refused(damage):
    facts = sliders(card()).facts()
    facts = [{**facts[0], **damage}] if damage else [{"name": "warmth"}]
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        SliderSet.of(facts, {"vectors": torch.zeros(1, 8)}, 8)
    with pytest.raises(ValueError, match="another model"):
        SliderSet.of(sliders(card()).facts(), {"vectors": torch.full((1, 8), torch.inf)}, 8)
