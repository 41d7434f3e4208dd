"""Auditions during a run: held-out sounds beside their originals, and a new sound."""

import numpy as np
import pytest

from sda_lib.model.model import SdaModel
from sda_lib.training.auditions import PICTURE_COLUMNS, PICTURE_ROWS, auditions, spectrogram_image

pytestmark = pytest.mark.slow


def test_held_out_sounds_have_their_originals_and_one_sound_is_new(tiny_model_path, tiny_corpus, tmp_path):
    *held_out, new = auditions(tiny_model_path, tiny_corpus)
    assert held_out
    for one in held_out:
        assert one.original.samples.shape == one.sound.samples.shape
        assert 0 < one.distance < 5
    assert new.original is None
    assert new.sound.peak > 0.01
    bare = SdaModel.load(tiny_model_path).without_memory().save(tmp_path / "bare.sda")
    assert [one.name for one in auditions(bare, tiny_corpus)] == ["pluck", "rain", "sweep"]  # nothing writes without


def test_a_spectrogram_is_bright_where_the_sound_is(tiny_model_path, tiny_corpus):
    pixels = spectrogram_image(auditions(tiny_model_path, tiny_corpus)[0].original)
    assert (pixels.shape, pixels.dtype) == ((PICTURE_ROWS, PICTURE_COLUMNS, 3), np.uint8)
    assert pixels.max() > 200
    assert pixels.min() < 40
