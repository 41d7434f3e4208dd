"""Directions fitted to known effects."""

import numpy as np
import pytest

from sda_lib.directions.fitting import fit_directions, principal_axes


def nudged(mixing, covariance=None, count=4000, dim=8):
    """Latents, nudges of them and the changes that these cause if features are sums of latents by `mixing` [dim,
    feature]."""
    widths = 1.0 if covariance is None else np.sqrt(np.diag(covariance))
    bases, nudges = widths * np.random.default_rng(0).standard_normal((2, count, dim))
    return bases, nudges, nudges @ mixing


def mixing(*rows):
    return np.array(rows, float).T


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
    vector = fit_directions(*nudged(effect, covariance), covariance, ("a",)).vectors[0]
    assert vector[0] > 50 * abs(vector[1])
    assert np.abs(vector[2:]).max() < 0.05 * vector[0]


def test_a_direction_that_turns_with_the_place_of_a_sound_is_found():
    """The feature is the square of the first latent: more of it leads away from 0, on either side."""
    bases, nudges = np.random.default_rng(0).standard_normal((2, 4000, 4))
    covariance = np.diag([2.0, 1.0, 1.0, 1.0])
    found = fit_directions(bases, nudges, 2 * bases[:, :1] * nudges[:, :1], covariance, ("square",), place_axes=4)
    latent = np.array([[-1.0, 0, 0, 0], [1.0, 0, 0, 0], [0, 1.0, 0, 0]], np.float32)
    moved = latent + found.shift({"square": 1.0}, latent)
    assert moved[0, 0] < -1.3
    assert moved[1, 0] > 1.3
    assert abs(moved[2, 0]) < 0.3
    assert np.abs(moved[:, 1:] - latent[:, 1:]).max() < 0.3


def test_without_axes_of_places_directions_are_straight():
    """One vector for all frames is the mean of what frames need."""
    bases, nudges = np.random.default_rng(0).standard_normal((2, 4000, 4))
    changes = (1 + bases[:, :1]) * nudges[:, :1]
    straight = fit_directions(bases, nudges, changes, np.eye(4), ("a",))
    assert straight.bends is None
    assert straight.vectors[0] == pytest.approx([1 / 1.3, 0, 0, 0], abs=0.1)
    assert fit_directions(bases, nudges, changes, np.eye(4), ("a",), place_axes=2).bends.axes.shape == (2, 5)


def test_principal_axes_have_the_largest_variance():
    vectors, shares = principal_axes(np.diag([1.0, 9.0, 4.0, 2.0]), 2)
    assert np.abs(vectors) == pytest.approx(np.array([[0, 3, 0, 0], [0, 0, 2, 0]]), abs=1e-6)
    assert shares.tolist() == pytest.approx([9 / 16, 4 / 16])
