"""What a memory keeps of long corpora: pieces of every sound, encoded as within their sounds, and nothing else."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.training import memory_choice, snapshot
from sda_lib.training.encoding import FrameRange, encode_ranges, encode_sounds, frame_count, frame_ranges
from sda_lib.training.memory_choice import MemoryCandidates
from sda_lib.training.setup import TrainingSetup
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow
PIECE = 2.0


@pytest.fixture(scope="module")
def setup(tiny_corpus, tiny_recipe):
    """A fitted set-up whose sounds are half a minute long each."""
    found = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe.override(memory__minutes=0.13), "x")
    times = [-(-30 * sound.sample_rate // sound.length) for sound in found.sounds]
    long = tuple(
        dataclasses.replace(sound, pcm=np.tile(sound.pcm, (1, count)))
        for sound, count in zip(found.sounds, times, strict=True)
    )
    found.fit()
    return dataclasses.replace(found, sounds=long, candidates=MemoryCandidates(long))


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    monkeypatch.setattr(memory_choice, "PIECE_SECONDS", PIECE)


def seconds(setup, parts):
    return sum(part.end - part.first for part in parts) * setup.recipe.codec.hop / setup.recipe.audio.sample_rate


def test_pieces_of_every_sound_fit_into_the_budget(setup):
    kept = setup.candidates.kept(setup.codec, setup.recipe)
    assert {part.sound.name for part in kept} == {sound.name for sound in setup.sounds}
    assert 60 * setup.recipe.memory.minutes - PIECE < seconds(setup, kept) <= 60 * setup.recipe.memory.minutes


def test_they_are_measured_once(setup, monkeypatch):
    first = setup.candidates.kept(setup.codec, setup.recipe)
    monkeypatch.setattr(FrameRange, "features", None)
    assert setup.candidates.kept(setup.codec, setup.recipe) == first


def test_only_some_of_many_pieces_are_compared(setup, monkeypatch):
    monkeypatch.setattr(memory_choice, "MOST_CANDIDATES", 7)
    candidates = MemoryCandidates(setup.sounds)
    kept = candidates.kept(setup.codec, setup.recipe)
    ((parts, _, features),) = candidates._known.values()
    assert len(parts) == len(features) <= 7
    assert {part.sound.name for part in kept} == {sound.name for sound in setup.sounds}


def test_ranges_are_encoded_as_within_their_sounds(setup):
    sound = setup.sounds[0]
    parts = frame_ranges(setup.codec, sound, 40)
    whole, ranges = encode_sounds(setup.codec, [sound])[0], encode_ranges(setup.codec, parts)
    assert torch.allclose(torch.cat([one.latent for one in ranges]), whole.latent, atol=1e-4)
    assert (torch.cat([one.codes for one in ranges], -1) == whole.codes).float().mean() > 0.99
    assert encode_ranges(setup.codec, []) == []


def test_a_model_of_a_long_corpus_encodes_what_it_keeps(setup, monkeypatch):
    monkeypatch.setattr(snapshot, "ENCODED_SECONDS", 1.0)
    taken = setup.snapshot()
    encoded, features = [], FrameRange.features
    monkeypatch.setattr(FrameRange, "features", lambda self, codec: (encoded.append(self), features(self, codec))[1])
    model = taken.model({})
    every = sum(frame_count(setup.codec, sound) for sound in setup.sounds)
    assert 0 < sum(part.end - part.first for part in encoded) < every / 2
    assert 0 < model.memory.seconds <= 60 * setup.recipe.memory.minutes
    assert int(model.usage[0].sum()) < every
    piece = model.memory.pieces[0]
    first = round(piece.offset * model.sample_rate)
    sound = next(one for one in setup.sounds if one.name == piece.name)
    assert piece.samples.equal(sound.signal(first, first + piece.samples.shape[-1]))
    assert generate(model, GenerateOptions(seed=1, seconds=0.5)).clip.seconds == pytest.approx(0.5)
