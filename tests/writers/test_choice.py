"""New sounds of chosen recordings: by every writer, frame by frame, with their durations."""

import dataclasses

import numpy as np
import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn
from sda_lib.writers.auto_duration import first_recording, with_duration
from sda_lib.writers.choice import choice_of, kept_near, writing_model
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions, option_tags


@pytest.fixture(scope="module")
def grouped(grouped_model_path, network_prior):
    model = SdaModel.load(grouped_model_path)
    return model.with_prior(network_prior(model))


@pytest.fixture(scope="module")
def without_codes(grouped_corpus, tmp_path_factory):
    corpus, path = Corpus.from_folder(grouped_corpus), tmp_path_factory.mktemp("latents") / "latents.sda"
    recipe = Recipe.for_corpus(corpus, minutes=0).override(train__shift=0, codec__bottleneck="none")
    for _ in learn(corpus, recipe, path, "latents"):
        pass
    return SdaModel.load(path)


def share(take, folder):
    """The share of the frames that lean on a folder."""
    return np.mean([source.file.startswith(folder) for source in take.sources])


def made(model, given=None, **options):
    return generate(model, GenerateOptions(**options), given=given)


@pytest.mark.parametrize("writer", ["walk", "prior", "hybrid"])
@pytest.mark.parametrize("novelty", [0.0, 0.5, 1.0])
def test_every_frame_leans_on_the_chosen_recordings(grouped, writer, novelty):
    for folder in ("low", "high"):
        for seed in range(3):
            take = made(grouped, seconds=1.5, seed=seed, writer=writer, novelty=novelty, recordings=(folder,))
            assert share(take, folder) >= 0.95
            assert np.abs(take.clip.samples).max() > 0.01


@pytest.mark.parametrize("novelty", [0.5, 1.0])
def test_latents_lean_on_the_chosen_recordings(without_codes, novelty):
    for seed in range(3):
        take = made(without_codes, seconds=1.5, seed=seed, novelty=novelty, recordings=("high",))
        assert share(take, "high") >= 0.95
    with pytest.raises(SdaError, match="does not choose recordings"):
        made(without_codes, writer="gaussian", recordings=("high",))


def test_temperatures_of_levels_keep_to_the_chosen_recordings(grouped):
    take = made(grouped, seconds=2.0, recordings=("low",), level_temperatures=(1.0, 1.0, 1.0))
    assert share(take, "low") >= 0.95


def test_a_single_recording(grouped):
    take = made(grouped, seconds=1.0, recordings=("low/a",))
    assert {source.file for source in take.sources} == {"low/a"}


def test_without_a_choice_sounds_are_as_before(grouped):
    plain = made(grouped, seconds=1.0, seed=4)
    assert np.array_equal(
        made(grouped, seconds=1.0, seed=4, recordings=("low", "high")).codes.indices, plain.codes.indices
    )
    assert np.array_equal(
        made(grouped, seconds=1.0, seed=4, recordings=("low",), strictness=0).codes.indices, plain.codes.indices
    )


def test_stricter_sounds_lean_more_on_the_chosen_recordings(grouped):
    """Over many sounds; in between, others take part."""

    def mean(**options):
        return np.mean([share(made(grouped, seconds=1.0, seed=seed, **options), "low") for seed in range(24)])

    shares = [mean(), *(mean(recordings=("low",), strictness=one) for one in (0.5, 1.0))]
    assert shares[0] + 0.1 < shares[1] < shares[2] == 1.0


def test_durations_are_those_of_the_chosen_recordings(tmp_path, grouped):
    model = dataclasses.replace(grouped)
    model.__dict__["durations"] = np.array([5.0] * 8)  # those of all recordings
    options = [GenerateOptions(seed=seed, recordings=("low",)) for seed in range(6)]
    found = {with_duration(model, one).seconds for one in options}
    assert max(found) < 1.0
    assert {with_duration(model, GenerateOptions(seed=seed)).seconds for seed in range(6)} == {5.0}
    assert all(first_recording(model, one) in range(4) for one in options)


def test_a_continuation_and_a_regenerated_part_are_of_the_chosen_recordings(grouped):
    high = made(grouped, seconds=1.0, recordings=("high",)).codes
    longer = made(grouped, given=high, seconds=1.0, recordings=("low",))
    assert np.array_equal(longer.codes.indices[:, : high.whole_frames], high.indices[:, : high.whole_frames])
    assert all(source.file.startswith("low") for source in longer.sources[high.frames + 1 :])
    mended = made(grouped, given=high, regenerate=(0.3, 0.7), recordings=("low",))
    first, end = int(np.floor(high.frame_of(0.3))), int(np.ceil(high.frame_of(0.7)))
    same = (mended.codes.indices == high.indices).all(0)
    assert same[:first].all()
    assert same[end:].all()
    assert share(dataclasses.replace(mended, sources=mended.sources[first + 1 : end - 1]), "low") >= 0.9


def test_controls_and_contours_go_with_a_choice(grouped):
    take = made(grouped, seconds=1.5, recordings=("low",), controls={"brightness": 0.8}, contour=((0, 0.2), (1, 1)))
    assert share(take, "low") >= 0.95


def test_frames_that_lean_elsewhere_are_set_back(grouped):
    """Those of the given frames alone."""
    high = made(grouped, seconds=1.0, recordings=("high",)).codes
    options = GenerateOptions(recordings=("low",))
    back = kept_near(grouped, options, high, slice(10, None))
    assert np.array_equal(back.indices[:, :10], high.indices[:, :10])
    grains = grouped.memory.match(grouped.embed(back)).grain[10:]
    files = {grouped.memory.source(int(grain))[0] for grain in grains}
    assert all(name.startswith("low") for name in files)
    assert kept_near(grouped, GenerateOptions(), high) is high


def test_a_choice_is_made_once(grouped):
    options = GenerateOptions(recordings=("low",))
    assert choice_of(grouped, options) is choice_of(grouped, dataclasses.replace(options, seed=7))
    assert writing_model(grouped, GenerateOptions()) is grouped
    assert choice_of(writing_model(grouped, options), options) is None


def test_choices_that_can_not_be(grouped):
    with pytest.raises(SdaError, match="No recording is in 'drums'; the categories are high, "):
        made(grouped, recordings=("drums",))
    with pytest.raises(SdaError, match="saved without its recordings"):
        made(grouped.without_memory(), writer="prior", recordings=("low",))
    with pytest.raises(SdaError, match="at most 64 names"):
        GenerateOptions(recordings=("a",) * 65)
    with pytest.raises(SdaError, match="at most 64 names"):
        GenerateOptions(recordings=(3,))
    with pytest.raises(SdaError, match="strictness"):
        GenerateOptions(strictness=2)


def test_tags_name_the_choice():
    assert option_tags(GenerateOptions(recordings=["a", "b/*"]))["recordings"] == "a, b/*"
    assert option_tags(GenerateOptions(recordings="a"))["strictness"] == 1.0
    assert "strictness" not in option_tags(GenerateOptions())
