"""What is measured of long sounds: runs that occur again, by numbers and by fingerprints."""

import numpy as np
import pytest


def test_the_longest_equal_run_is_found_without_overlap():
    from long_sounds import longest_equal

    numbers = np.random.default_rng(0).integers(0, 1000, 5000)
    numbers[4000:4137] = numbers[100:237]
    numbers[2000:2050] = numbers[3000:3050]
    assert longest_equal(numbers) in (137, 138)
    assert longest_equal(np.arange(100)) == 0
    assert longest_equal(np.zeros(100, int)) == 50
    assert longest_equal(np.array([1, 2, 3, 1, 2])) == 2


def test_a_planted_passage_is_found_by_its_fingerprints():
    from long_sounds import FINGERPRINT_STEP, fingerprints, longest_alike

    rate = 48000
    noise = np.random.default_rng(0).standard_normal((1, 30 * rate)).astype(np.float32)
    alone = longest_alike(fingerprints(iter([noise]), rate), rate)
    noise[:, 20 * rate + 700 : 23 * rate + 700] = noise[:, 5 * rate : 8 * rate]
    found = longest_alike(fingerprints(iter(np.array_split(noise, 7, 1)), rate), rate)
    assert alone < 0.3
    assert found == pytest.approx(3.0, abs=0.2)
    assert rate // 10 > FINGERPRINT_STEP
