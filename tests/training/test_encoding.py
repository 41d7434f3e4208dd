"""Encoding of long sounds in parts."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.training.encoding import frame_ranges, latent_of
from sda_lib.training.setup import TrainingSetup

pytestmark = pytest.mark.slow


def test_a_long_sound_is_encoded_without_seams(tiny_corpus, tiny_recipe):
    """Parts leave no seam: latents are those of the whole recording."""
    setup = TrainingSetup.from_corpus(Corpus.from_folder(tiny_corpus), tiny_recipe, "x")
    sound = setup.sounds[0]
    long = dataclasses.replace(sound, pcm=np.tile(sound.pcm, (1, 24)))
    model = setup.fit().model({})
    assert len(frame_ranges(model.codec, long)) > 1
    assert torch.equal(latent_of(model.codec, long), model.latent(long.clip))
