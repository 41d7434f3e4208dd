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


def test_a_long_texture_repeats_no_long_passage_of_its_past(slider_model_path, monkeypatch):
    """Blocks do not know each other, and yet: with few recordings, and many short blocks."""
    from long_sounds import frame_numbers, grains_of, longest_equal

    from sda_lib.model.model import SdaModel
    from sda_lib.writers import long_sound
    from sda_lib.writers.long_sound import long_codes
    from sda_lib.writers.options import GenerateOptions

    monkeypatch.setattr(long_sound, "BLOCK_SECONDS", 6.0)
    model = SdaModel.load(slider_model_path)
    codes = long_codes(model, GenerateOptions(seconds=240, novelty=1.0, recordings=("ambi_*",))).codes()
    assert longest_equal(frame_numbers(codes)) <= 2 * model.frame_rate
    assert longest_equal(grains_of(model, codes)) <= 2 * model.frame_rate
    assert len(np.unique(frame_numbers(codes))) > 0.2 * codes.frames
