"""Training a prior: what it learns from, what it is judged by, and what it says when there is too little."""

import shutil

import numpy as np
import pytest
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training import prior_training
from sda_lib.training.prior_data import Recording, baselines, coded_recordings, loudness_of_codes, split_recordings
from sda_lib.training.prior_training import PriorTrainer, learn_prior
from sda_lib.training.train import learn
from sda_lib.writers.registry import writer_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


def sound(codes, name="a", levels=12):
    codes = np.tile(codes, (levels, 1))
    nothing = np.full((codes.shape[1], len(CONTROLS)), 0.5, np.float32)
    return Recording(name, codes, nothing, -codes[0].astype(float))


def run(level, trainer, steps):
    """What a level's training returns."""
    events = trainer.level(level, 0.0, steps)
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


def test_recordings_are_the_memorys_codes_with_quantiles_of_controls(model):
    found = coded_recordings(model)
    assert np.array_equal(np.concatenate([one.codes for one in found], axis=1), model.memory.codes.numpy())
    asked = np.concatenate([one.asked for one in found])
    assert asked.shape == (len(model.memory), len(CONTROLS))
    assert np.nanmean(asked, 0) == pytest.approx([0.5] * len(CONTROLS), abs=0.02)
    assert (np.concatenate([one.loudness for one in found]) == model.memory.loudness().numpy()).all()


def test_a_folder_is_heard_as_the_memory_has_it(model, tiny_corpus):
    from_memory, from_folder = coded_recordings(model), coded_recordings(model, Corpus.from_folder(tiny_corpus))
    for ours, theirs in zip(from_memory, from_folder, strict=True):
        assert ours.name == theirs.name
        assert (ours.codes == theirs.codes).mean() > 0.97  # latents in the file are rounded
    with pytest.raises(SdaError, match="--corpus"):
        coded_recordings(model.without_memory())


def test_many_files_are_split_by_file_and_few_by_time_as_well():
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


def test_the_longest_of_few_files_is_not_held_out_as_a_whole():
    sounds = [sound(np.arange(length), str(length)) for length in (10, 11, 12, 200)]
    for seed in range(6):
        train, (whole, *_) = split_recordings(sounds, seed)
        assert whole.frames < 200
        assert sum(one.frames for one in train) > 0.8 * 200


def test_pieces_of_one_file_stay_on_one_side():
    parts = [sound(np.arange(10), str(number // 2)) for number in range(24)]
    train, held_out = split_recordings(parts, 0)
    assert not {one.name for one in train} & {one.name for one in held_out}


def test_baselines_of_codes_that_follow_a_rule():
    train, held_out = [sound(np.tile([0, 1, 2, 3], 20))], [sound(np.tile([2, 3, 0, 1], 5))]
    found = baselines(train, held_out, 0, 16)
    assert found["uniform"] == pytest.approx(np.log(16))
    assert found["unigram"] == pytest.approx(np.log(4), abs=0.1)
    assert found["trigram"] < 0.5


def test_loudness_of_codes_is_the_mean_of_their_frames():
    loudness = loudness_of_codes([sound(np.array([0, 0, 3]))], 5)
    assert loudness.tolist() == [0, -3, -3, -3, -3]  # codes that nothing uses are as quiet as the quietest frame


def test_a_network_learns_what_counting_cannot_know(model):
    """Only the last frame differs, and only a network is told how long a sound still lasts."""
    sounds = [
        sound(np.r_[np.zeros(length - 1, int), 15], str(number)) for number, length in enumerate([*range(3, 12)] * 4)
    ]
    train, held_out = split_recordings(sounds, 0)
    network, nll, _ = run(0, PriorTrainer(model, train, held_out, 0), 300)
    known = baselines(train, held_out, 0, model.codebook_size)
    assert nll < 0.6 * known["trigram"]
    assert not network.training


def test_held_out_codes_that_are_nothing_like_it_stop_a_level_early(model):
    generator = np.random.default_rng(0)
    sounds = [sound(generator.integers(model.codebook_size, size=30), str(number)) for number in range(12)]
    trainer = PriorTrainer(model, *split_recordings(sounds, 0), 0)
    _, nll, taken = run(0, trainer, 5000)
    assert taken < 1000
    assert nll == pytest.approx(np.log(model.codebook_size), abs=0.15)


def test_steps_repeat_exactly_and_the_file_has_it(model, tmp_path):
    paths = [tmp_path / f"{number}.sda" for number in range(2)]
    for path in paths:
        *events, done = learn_prior(model, path, steps=25, seed=3)
        assert done.kind == "done"
        levels = [event for event in events if event.kind == "metrics"]
        assert {"uniform", "unigram", "trigram", "network", "steps", "frames"} <= set(levels[0].values)
    one, other = map(SdaModel.load, paths)
    assert one.prior.config == other.prior.config
    assert all(torch.equal(a, other.prior.tensors()[name]) for name, a in one.prior.tensors().items())
    assert len(one.prior.measured) >= one.prior.config.levels if not one.prior.is_ngram else True
    assert writer_of(one, "prior").levels <= one.levels


@pytest.mark.parametrize(("many", "levels"), [(False, 2), (True, 3)])
def test_few_files_have_no_say_over_high_levels(model, tmp_path, monkeypatch, many, levels):
    """However well the ends of files are told by networks that know the rest of them."""
    apart = [sound(np.arange(30) % 7, str(number)) for number in range(12 if many else 3)]
    monkeypatch.setattr(prior_training, "coded_recordings", lambda *_: apart)
    monkeypatch.setattr(prior_training, "MARGIN", -np.inf)
    *_, done = learn_prior(model, tmp_path / "m.sda", steps=20)
    assert done.values["levels"] == levels


def test_one_short_sound_gives_an_ngram_and_says_so(tiny_corpus, tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(tiny_corpus / "rain.wav", folder)
    corpus, path = Corpus.from_folder(folder), tmp_path / "one.sda"
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, "one"):
        pass
    *_, done = learn_prior(SdaModel.load(path), path)
    assert "n-gram" in done.message
    model = SdaModel.load(path)
    assert model.prior.is_ngram
    from sda_lib.writers.request import Request

    assert writer_of(model, "prior").write(Request(40), np.random.default_rng(0)).frames == 40


def test_learning_the_codec_again_drops_the_prior(model, tiny_corpus, tiny_recipe, tmp_path):
    path = tmp_path / "m.sda"
    for _ in learn_prior(model, path, steps=1):
        pass
    assert SdaModel.load(path).prior is not None
    for _ in learn(Corpus.from_folder(tiny_corpus), tiny_recipe.override(train__steps=0), path, "m"):
        pass
    assert SdaModel.load(path).prior is None
