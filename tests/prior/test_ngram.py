"""N-grams: counts, contexts and back-off."""

import numpy as np
import pytest

from sda_lib.prior.ngram import BEGIN, NGram, contexts_of, trigram


def test_ngram_interpolates_counts_by_witten_bell():
    gram = NGram(4, np.array([[0], [0], [0], [1]]), np.array([1, 1, 2, 3]))
    unigram = (np.array([0, 2, 1, 1]) + 3 / 4) / (4 + 3)
    assert gram.probabilities(np.array([3])) == pytest.approx(unigram)  # an unseen context is no context
    assert gram.probabilities(np.array([0])) == pytest.approx((np.array([0, 2, 1, 0]) + 2 * unigram) / 5)
    assert gram.nll(np.array([[0]]), np.array([1]), 0) == pytest.approx(-np.log(unigram[1]))


def test_contexts_start_with_the_level_below():
    indices = np.array([[1, 2, 3], [4, 5, 6]])
    assert contexts_of(indices, 0).tolist() == [[BEGIN, BEGIN], [1, BEGIN], [2, 1]]
    assert contexts_of(indices, 1).tolist() == [[1, BEGIN], [2, 4], [3, 5]]


def test_trigram_predicts_a_pattern_better_than_a_unigram():
    sound = np.tile([[0, 1, 0, 2]], (1, 20))
    gram, contexts = trigram([sound], 0, 4), contexts_of(sound, 0)
    assert gram.nll(contexts, sound[0]) < 0.3 * gram.nll(contexts, sound[0], 0)
