"""Snapshots of a run: order of codes, memory, and what is measured."""

import dataclasses

import numpy as np
import pytest

from sda_lib.audio.corpus import Corpus
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.memory_choice import build_memory
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.snapshot import brightness_of_codes, first_seconds

pytestmark = pytest.mark.slow


def test_codes_are_sorted_by_brightness(tiny_corpus, tiny_recipe):
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    scores = brightness_of_codes(setup.fit().model({}).codec, setup.sounds)
    assert (scores.diff(dim=1) >= -1e-3 * scores.abs().max()).all()


def test_a_bounded_memory_keeps_pieces(tiny_corpus, tiny_recipe):
    """Of a long corpus the memory keeps pieces of at most half a minute, with their positions."""
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe.override(memory__minutes=1.1), "x")
    sound = setup.sounds[0]
    long = dataclasses.replace(sound, pcm=np.tile(sound.pcm, (1, 110)))
    setup.fit()
    memory = build_memory(setup.codec, setup.recipe, encode_sounds(setup.codec, [long]))
    assert all(piece.samples.shape[-1] <= 30 * 48000 for piece in memory.pieces)
    assert 30 < sum(piece.samples.shape[-1] for piece in memory.pieces) / 48000 <= 66
    first = int(memory.pieces[-1].offset * 48000)
    assert memory.pieces[-1].samples.equal(long.signal(first, first + memory.pieces[-1].samples.shape[-1]))


def test_the_first_seconds_are_bounded(tiny_corpus, tiny_recipe):
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    assert len(first_seconds(setup.sounds, 0.01)) == 1
    assert len(first_seconds(setup.sounds, 100)) == 3
