"""Encoding of long sounds in parts."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.model.model import SdaModel
from sda_lib.training import encoding
from sda_lib.training.encoding import covers, features_of, frame_ranges, latent_of, spread_ranges, weighted_ranges
from sda_lib.training.segments import CorpusSound
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


@pytest.mark.parametrize("most", [8, 50])
def test_the_encoder_sees_few_frames_of_a_long_sound_at_once(tiny_model_path, tiny_corpus, most, monkeypatch):
    """The latents are those of the whole sound, though its network looks at neighboring frames."""
    model = SdaModel.load(tiny_model_path)
    sound = next(CorpusSound.of_corpus(Corpus.from_folder(tiny_corpus), model.recipe.audio))
    long = dataclasses.replace(sound, pcm=np.tile(sound.pcm, (1, 8))[:, :-99])
    whole, latent, sizes = latent_of(model.codec, long), type(model.codec).latent, []
    monkeypatch.setattr(encoding, "MOST_FRAMES", most)
    monkeypatch.setattr(type(model.codec), "latent", lambda *rest: (sizes.append(rest[1].shape[1]), latent(*rest))[1])
    assert model.codec.encoder.end.weight.any()
    assert torch.allclose(latent_of(model.codec, long), whole, atol=1e-5)
    assert max(sizes) <= most + 2 * model.codec.latent_reach < len(whole)


def test_a_weight_of_three_gives_three_times_the_ranges(grouped_corpus, tiny_recipe):
    corpus = Corpus.from_folder(grouped_corpus)
    whole = TrainingSetup.from_corpus(corpus, tiny_recipe, "x")
    assert weighted_ranges(whole.codec, whole.sounds, 600) == spread_ranges(whole.codec, whole.sounds, 600)
    assert covers(weighted_ranges(whole.codec, whole.sounds, 600), whole.codec, whole.sounds)
    weighted = TrainingSetup.from_corpus(corpus.select(weights={"high": 3, "low/soft": 0.5}), tiny_recipe, "x")
    ranges = weighted_ranges(weighted.codec, weighted.sounds, 600)
    found = Counter(part.sound.name for part in ranges)
    assert {found[f"high/n{number}"] for number in range(4)} == {6}  # relative to the lightest one
    assert (found["low/a"], found["low/soft/d"]) == (2, 1)
    assert not covers(ranges, weighted.codec, weighted.sounds)


def test_codebooks_favor_the_sounds_with_more_weight(grouped_corpus, tiny_recipe):
    """Their first codebook, too small for all, comes closer to them, and farther from the others."""
    recipe = tiny_recipe.override(codec__levels=1, codec__codebook_size=8, codec__smoothing=0)

    def missed(weights):
        """The mean squared error of the features of each folder, as they are decoded from codes."""
        setup = TrainingSetup.from_corpus(Corpus.from_folder(grouped_corpus).select(weights=weights), recipe, "x")
        codec, found = setup.fit().codec, {}
        for sound in setup.sounds:
            features = features_of(codec, sound)
            decoded = codec.quantize(codec.latent(features[None])).latent[0] @ codec.components.T + codec.mean
            error = float((features - decoded).square().mean())
            found.setdefault(sound.name.split("/")[0], []).append(error)
        return {name: np.mean(errors) for name, errors in found.items()}

    plain, heavy = missed({}), missed({"high": 10})
    assert heavy["high"] < plain["high"]
    assert heavy["low"] > plain["low"]
