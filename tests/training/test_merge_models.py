"""Models between two related ones."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import mel_distance, si_sdr
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel
from sda_lib.training.merge_models import interpolated_weights, matched_codes, reencoded, related
from sda_lib.training.train import learn
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow


OPTIONS = GenerateOptions(seconds=1.0, seed=3)


SOUNDS = ("pluck", "rain", "sweep")


def trained(corpus, recipe, path):
    for _ in learn(Corpus.from_folder(corpus), recipe, path, path.stem):
        pass
    return SdaModel.load(path)


@pytest.fixture(scope="module")
def pair(tiny_corpus, tiny_recipe, tmp_path_factory):
    """Two models from the same closed form, trained for different times."""
    folder = tmp_path_factory.mktemp("pair")
    return tuple(
        trained(tiny_corpus, tiny_recipe.override(train__steps=steps), folder / f"after{steps}.sda") for steps in (2, 6)
    )


def clips(corpus):
    return [read_clip(corpus / f"{name}.wav") for name in SOUNDS]


def rain(model, corpus):
    """Return the model's codes of a sound."""
    return model.encode(read_clip(corpus / "rain.wav"))


def distance(model, corpus):
    """Return the mean mel distance of the corpus' sounds from their reconstructions without grains."""
    return np.mean([mel_distance(clip, model.reconstruct(clip, 0.0)) for clip in clips(corpus)])


def test_what_is_related(pair, tiny_corpus, tiny_recipe, tmp_path):
    assert related(*pair)
    narrow = trained(tiny_corpus, tiny_recipe.override(train__steps=0, codec__width=16), tmp_path / "narrow.sda")
    assert not related(pair[0], narrow)
    seeded = trained(tiny_corpus, tiny_recipe.override(train__steps=0, train__seed=1), tmp_path / "seeded.sda")
    assert not related(pair[0], seeded)
    with pytest.raises(SdaError, match="use `sda blend` without --weights"):
        interpolated_weights(pair[0], seeded, 0.5)
    for share in (-0.1, float("nan")):
        with pytest.raises(SdaError, match="must be from 0"):
            interpolated_weights(*pair, share)


def test_the_ends_are_the_models(pair, tiny_corpus):
    one, other = pair
    assert not np.array_equal(*(model.decode(rain(one, tiny_corpus), 0.0).samples for model in pair))
    first, last = (interpolated_weights(*pair, share) for share in (0, 1))
    codecs = [model.without_memory() for model in (last, other)]  # the detail of the decoder is the recordings'
    for clip in clips(tiny_corpus):
        codes = one.encode(clip)
        assert np.array_equal(first.encode(clip).indices, codes.indices)
        for amount in (0.0, 1.0):
            assert np.array_equal(first.decode(codes, amount).samples, one.decode(codes, amount).samples)
        assert np.allclose(*(model.reconstruct(clip, 0.0).samples for model in codecs), atol=1e-3)
        assert mel_distance(other.reconstruct(clip), last.reconstruct(clip)) < 0.05


def test_the_middle_is_a_model(pair, tiny_corpus, tmp_path):
    middle = interpolated_weights(*pair, 0.5)
    assert (middle.prior, middle.sliders, middle.metrics) == (None, None, {})
    assert all(tensor.isfinite().all() for tensor in middle.codec.state_dict().values())
    for name, own in middle.codec.encoder.named_parameters():
        ends = [dict(model.codec.encoder.named_parameters())[name] for model in pair]
        assert torch.allclose(own, (ends[0] + ends[1]) / 2, atol=1e-6)
    assert distance(middle, tiny_corpus) < 1.5 * max(distance(model, tiny_corpus) for model in pair)
    for clip in clips(tiny_corpus):  # recordings are encoded again, so own sounds still come back exactly
        assert si_sdr(clip.resampled(48000), middle.reconstruct(clip)) > 60
    again = SdaModel.load(middle.save(tmp_path / "middle.sda"))
    codes = rain(middle, tiny_corpus)
    assert np.array_equal(again.encode(read_clip(tiny_corpus / "rain.wav")).indices, codes.indices)
    assert np.array_equal(again.decode(codes, 0.0).samples, middle.decode(codes, 0.0).samples)
    assert generate(again, OPTIONS).clip.peak > 1e-3


def test_codes_keep_the_first_models_numbers(pair, tiny_corpus):
    """A grid of codes made with the first model sounds alike half-way and at the end."""
    shuffled = dataclasses.replace(pair[1], codec=_shuffled(pair[1].codec))
    numbers = matched_codes(pair[0].codec, shuffled.codec)
    assert all(sorted(row.tolist()) == list(range(pair[0].codebook_size)) for row in numbers)
    codes = rain(pair[0], tiny_corpus)
    for share in (0.5, 1.0):
        plain, mixed = (interpolated_weights(pair[0], other, share) for other in (pair[1], shuffled))
        assert np.allclose(plain.decode(codes, 0.0).samples, mixed.decode(codes, 0.0).samples, atol=1e-5)


def _shuffled(codec):
    """Return the codec with its codes numbered at random."""
    codec = copy.deepcopy(codec)
    size = codec.bottleneck.codebooks.shape[:2]
    codec.bottleneck.reorder(torch.rand(size, generator=torch.Generator().manual_seed(0)))
    return codec


def test_models_without_recordings_or_codes(pair, tiny_corpus, tiny_recipe, tmp_path):
    middle = interpolated_weights(*(model.without_memory() for model in pair), 0.5)
    assert middle.memory is None
    assert int(middle.usage.sum()) == pytest.approx(int(pair[0].usage.sum()), rel=0.1)
    recipe = tiny_recipe.override(codec__bottleneck="vae")
    smooth = [trained(tiny_corpus, recipe.override(train__steps=n), tmp_path / f"{n}.sda") for n in (1, 4)]
    between = interpolated_weights(*smooth, 0.5)
    assert between.memory.codes is None
    assert distance(between, tiny_corpus) < 1.5 * max(distance(model, tiny_corpus) for model in smooth)


def test_pieces_of_a_recording_are_encoded_together(pair):
    codec, memory = pair[0].codec, pair[0].memory
    halves = [half for piece in memory.pieces for half in _halves(codec, piece)]
    assert [len(group) for group in Memory(codec, halves).recordings] == [2, 2, 2]
    assert [len(group) for group in Memory(codec, halves[::2]).recordings] == [1, 1, 1]
    whole, cut = reencoded(codec, memory), reencoded(codec, Memory(codec, halves))
    assert torch.allclose(cut.latents, whole.latents, atol=1e-3)
    assert torch.allclose(whole.latents, memory.latents, atol=0.05)


def _halves(codec, piece):
    """Return a piece of a recording as two."""
    cut, hop = piece.frames // 2, codec.config.hop
    later = piece.offset + cut * hop / codec.audio.sample_rate
    return (
        Piece(piece.name, piece.offset, piece.samples[:, : cut * hop], piece.latent[:cut], piece.codes[:, :cut]),
        Piece(piece.name, later, piece.samples[:, cut * hop :], piece.latent[cut:], piece.codes[:, cut:]),
    )
