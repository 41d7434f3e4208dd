"""How a model that still learns is heard, and what is told of its levels and its time."""

import numpy as np
import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.health.findings import thin_levels
from sda_lib.model.model import SdaModel
from sda_lib.training.auditions import PICTURE_COLUMNS, PICTURE_ROWS, auditions, spectrogram_image
from sda_lib.training.estimate import STEP_SECONDS, forecast, known_step_seconds
from sda_lib.training.train import learn

pytestmark = pytest.mark.slow


def test_held_out_sounds_come_beside_their_originals_and_one_new_sound(tiny_model_path, tiny_corpus, tmp_path):
    *held_out, new = auditions(tiny_model_path, tiny_corpus)
    assert held_out
    for one in held_out:
        assert one.original.samples.shape == one.sound.samples.shape
        assert 0 < one.distance < 5
    assert new.original is None
    assert new.sound.peak > 0.01
    bare = SdaModel.load(tiny_model_path).without_memory().save(tmp_path / "bare.sda")
    assert [one.name for one in auditions(bare, tiny_corpus)] == ["pluck", "rain", "sweep"]  # nothing writes without


def test_a_picture_is_bright_where_the_sound_is(tiny_model_path, tiny_corpus):
    pixels = spectrogram_image(auditions(tiny_model_path, tiny_corpus)[0].original)
    assert (pixels.shape, pixels.dtype) == ((PICTURE_ROWS, PICTURE_COLUMNS, 3), np.uint8)
    assert pixels.max() > 200
    assert pixels.min() < 40


def test_training_tells_how_every_level_is_used(tiny_corpus, tiny_recipe, tmp_path):
    events = list(learn(Corpus.from_folder(tiny_corpus), tiny_recipe, tmp_path / "a.sda", "a"))
    told = [event for event in events if event.kind == "levels"]
    assert [event.step for event in told] == [event.step for event in events if event.kind == "metrics"]
    levels = tiny_recipe.codec.levels
    for values in (event.values for event in told):
        assert len(values) == 2 * levels + 1
        assert all(0 < values[f"use_{level}"] <= 1 for level in range(levels))
        assert all(1 <= values[f"perplexity_{level}"] <= tiny_recipe.codec.codebook_size for level in range(levels))


def test_a_thin_level_is_told_in_a_sentence_unless_there_are_no_frames_for_more():
    assert thin_levels([0.9, 0.2], 1.0)[0].startswith("Level 1 uses 20% of its codes; ")
    assert thin_levels([0.9, 0.2], 0.3) == ()


def test_a_forecast_follows_minutes_steps_and_the_machine():
    quick, best = (forecast(Recipe().override(train__minutes=minutes), 60) for minutes in (0.5, 8))
    assert best.seconds - quick.seconds == pytest.approx(450)
    assert best.steps > 10 * quick.steps
    assert forecast(Recipe().override(train__minutes=0), 60).steps == 0
    assert forecast(Recipe().override(train__steps=700), 60).steps == 700
    assert forecast(Recipe(), 60, 2 * STEP_SECONDS).steps == pytest.approx(forecast(Recipe(), 60).steps / 2, abs=1)
    assert known_step_seconds([{}, {"steps": 3, "seconds": 9}, {"steps": 400, "seconds": 80}]) == 0.2
    assert known_step_seconds([]) == STEP_SECONDS
