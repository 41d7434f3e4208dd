"""Directions fitted to known effects, and sliders saved to and restored from a file."""

import numpy as np
import pytest
import torch

from sda_lib.directions.directions import (
    Directions,
    Response,
    SliderCard,
    SliderSet,
    fit_directions,
    principal_axes,
)
from sda_lib.errors import SdaError


def nudged(mixing, count=4000, seed=0, dim=8):
    """Nudges and the changes that they cause if features are sums of latents by `mixing` [dim, feature]."""
    nudges = np.random.default_rng(seed).standard_normal((count, dim))
    return nudges, nudges @ mixing


def mixing(*rows):
    return np.array(rows, float).T


def card(name="warmth", rho=0.9, slope=2.0, low=-10.0, high=10.0):
    return SliderCard(name, "dB", rho, slope, (-4.0, 4.0), 0.0, {"loudness": 0.1}, low, high)


def sliders(*cards, dim=8):
    vectors = np.random.default_rng(1).standard_normal((len(cards), dim)).astype(np.float32)
    return SliderSet(Directions(tuple(one.name for one in cards), vectors), cards)


def test_a_move_changes_its_feature_and_hardly_the_other():
    effect = mixing([1, 0.8, 0, 0, 0, 0, 0, 0], [0.8, 1, 0, 0, 0, 0, 0, 0.4])
    found = fit_directions(*nudged(effect), np.eye(8), ("a", "b"))
    moves = found.vectors @ effect
    assert moves[0, 0] > 0.2
    assert moves[1, 1] > 0.2
    together = np.abs(effect.T @ effect)[0, 1] / 1.64  # what the bare weights would do to the other
    assert np.abs(moves[[0, 1], [1, 0]] / moves[[0, 1], [0, 1]]).max() < 0.8 * together


def test_moves_follow_the_variation_of_the_corpus():
    """Of two latents with the same effect, the one that hardly varies in the corpus is not moved."""
    effect = mixing([1, 1, 0, 0, 0, 0, 0, 0])
    covariance = np.diag([1.0, 0.01, 1, 1, 1, 1, 1, 1])
    vector = fit_directions(*nudged(effect), covariance, ("a",)).vectors[0]
    assert vector[0] > 50 * abs(vector[1])
    assert np.abs(vector[2:]).max() < 0.05 * vector[0]


def test_shifts_add_up_and_can_vary_over_time():
    found = Directions(("a", "b"), np.eye(2, 8, dtype=np.float32))
    moved = found.shift({"a": 2.0, "b": np.array([0.0, 1.0, 2.0])}, 3)
    assert moved[:, 0].tolist() == [2, 2, 2]
    assert moved[:, 1].tolist() == [0, 1, 2]
    assert not moved[:, 2:].any()


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


def test_principal_axes_have_the_largest_variance():
    vectors, shares = principal_axes(np.diag([1.0, 9.0, 4.0, 2.0]), 2)
    assert np.abs(vectors) == pytest.approx(np.array([[0, 3, 0, 0], [0, 0, 2, 0]]), abs=1e-6)
    assert shares.tolist() == pytest.approx([9 / 16, 4 / 16])


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
    after = SliderSet.of(before.facts(), torch.from_numpy(before.directions.vectors), 8)
    assert after.cards == before.cards
    assert np.array_equal(after.directions.vectors, before.directions.vectors)


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
        SliderSet.of(facts, torch.zeros(1, 8), 8)
    with pytest.raises(ValueError, match="another model"):
        SliderSet.of(sliders(card()).facts(), torch.full((1, 8), torch.inf), 8)
