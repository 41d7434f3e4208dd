"""Data of a prior: recordings with control values, their split, and counting baselines."""

import dataclasses

import numpy as np
import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training.prior_data import baselines, coded_recordings, loudness_of_codes, split_recordings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


def test_recordings_are_the_memorys_codes_with_quantiles_of_controls(model):
    found = coded_recordings(model)
    assert np.array_equal(np.concatenate([one.codes for one in found], axis=1), model.memory.codes.numpy())
    controls = np.concatenate([one.controls for one in found])
    assert controls.shape == (len(model.memory), len(CONTROLS))
    assert np.nanmean(controls, 0) == pytest.approx([0.5] * len(CONTROLS), abs=0.02)
    assert (np.concatenate([one.loudness for one in found]) == model.memory.loudness().numpy()).all()


def test_recordings_weigh_as_in_the_training_of_the_model(model):
    name = coded_recordings(model)[1].name
    weighted = dataclasses.replace(model, recipe=model.recipe.override(files__weights={name: 3.0}))
    found = {one.name: one.weight for one in coded_recordings(weighted)}
    assert found.pop(name) == 3
    assert set(found.values()) == {1.0}


def test_a_folder_gives_the_codes_of_the_memory(model, tiny_corpus):
    from_memory, from_folder = coded_recordings(model), coded_recordings(model, Corpus.from_folder(tiny_corpus))
    for ours, theirs in zip(from_memory, from_folder, strict=True):
        assert ours.name == theirs.name
        assert (ours.codes == theirs.codes).mean() > 0.97  # latents in the file are rounded
    with pytest.raises(SdaError, match="--corpus"):
        coded_recordings(model.without_memory())


def test_many_files_are_split_by_file_and_few_by_time_as_well(sound):
    many = [sound(np.arange(10), str(number)) for number in range(24)]
    train, held_out = split_recordings(many, 0)
    assert not {one.name for one in train} & {one.name for one in held_out}
    assert (len(train), len(held_out)) == (21, 3)
    train, (whole, *ends) = split_recordings(many[:9], 0)
    assert [one.frames for one in train] == [8] * 8
    assert [(one.frames, one.scored_from) for one in ends] == [(10, 8)] * 8
    assert (whole.frames, whole.scored_from) == (10, 0)
    assert whole.name not in {one.name for one in train}
    train, held_out = split_recordings(many[:3], 0)
    assert [one.frames for one in train] == [8] * 3
    assert [one.scored_from for one in held_out] == [8] * 3
    with pytest.raises(SdaError, match="too little"):
        split_recordings([sound(np.arange(1))], 0)


def test_the_longest_of_few_files_is_not_held_out_as_a_whole(sound):
    sounds = [sound(np.arange(length), str(length)) for length in (10, 11, 12, 200)]
    for seed in range(6):
        train, (whole, *_) = split_recordings(sounds, seed)
        assert whole.frames < 200
        assert sum(one.frames for one in train) > 0.8 * 200


def test_pieces_of_one_file_stay_on_one_side(sound):
    parts = [sound(np.arange(10), str(number // 2)) for number in range(24)]
    train, held_out = split_recordings(parts, 0)
    assert not {one.name for one in train} & {one.name for one in held_out}


def test_baselines_of_codes_that_follow_a_rule(sound):
    train, held_out = [sound(np.tile([0, 1, 2, 3], 20))], [sound(np.tile([2, 3, 0, 1], 5))]
    found = baselines(train, held_out, 0, 16)
    assert found["uniform"] == pytest.approx(np.log(16))
    assert found["unigram"] == pytest.approx(np.log(4), abs=0.1)
    assert found["trigram"] < 0.5


def test_loudness_of_codes_is_the_mean_of_their_frames(sound):
    loudness = loudness_of_codes([sound(np.array([0, 0, 3]))], 5)
    assert loudness.tolist() == [0, -3, -3, -3, -3]  # codes that nothing uses are as quiet as the quietest frame
