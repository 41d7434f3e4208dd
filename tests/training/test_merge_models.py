"""Several models at once: shares that are heard, a level that stays, and models between two related ones."""

import copy
import dataclasses

import numpy as np
import pytest
import soundfile
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import mel_distance, si_sdr
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel
from sda_lib.training.merge_models import (
    blend,
    interpolated_weights,
    joined,
    loudness,
    loudness_gains,
    matched_codes,
    normalized_shares,
    reencoded,
    related,
)
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


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A stereo model of quiet sounds at another rate."""
    folder = tmp_path_factory.mktemp("quiet") / "sounds"
    folder.mkdir()
    time = np.arange(int(1.2 * 32000)) / 32000
    for number, hertz in enumerate((300, 500, 800)):
        left, right = np.sin(2 * np.pi * hertz * time), np.sin(2 * np.pi * 1.01 * hertz * time)
        soundfile.write(folder / f"{number}.wav", 0.01 * np.stack([left, right], 1) * np.exp(-time)[:, None], 32000)
    recipe = Recipe.for_corpus(Corpus.from_folder(folder)).override(
        train__steps=0, codec__width=16, codec__levels=4, audio__sample_rate=32000
    )
    return trained(folder, recipe, folder.parent / "quiet.sda")


# --- sounds


def test_a_whole_share_is_that_models_sound(pair, quiet):
    alone = generate(pair[0], OPTIONS).clip
    assert np.allclose(blend(pair, OPTIONS, (2, 0)).samples, alone.samples, atol=1e-6)
    both = blend((pair[0], quiet), OPTIONS, (1, 0))
    assert both.channels == 2
    assert np.allclose(both.samples, alone.samples, atol=1e-6)


def test_the_first_models_rate_the_most_channels_and_the_exact_length(pair, quiet):
    for models in ((pair[0], quiet), (quiet, pair[0]), (quiet, *pair, quiet)):
        clip = blend(models, OPTIONS, [1] * len(models))
        assert (clip.sample_rate, clip.channels) == (models[0].sample_rate, 2)
        assert clip.length == round(OPTIONS.seconds * clip.sample_rate)
        assert 1e-3 < clip.peak <= 0.98 + 1e-6


def test_equal_options_make_an_equal_blend(pair, quiet):
    one, again = (blend((pair[0], quiet), OPTIONS, (1, 2)).samples for _ in range(2))
    assert np.array_equal(one, again)


def test_a_quiet_model_is_not_drowned(pair, quiet):
    loud, soft = (generate(model, OPTIONS).clip.resampled(48000).with_channels(2) for model in (pair[0], quiet))
    assert loudness(loud) - loudness(soft) > 12
    mixed = blend((pair[0], quiet), OPTIONS, (0.5, 0.5)).samples.ravel().astype(float)
    parts = np.stack([loud.samples.ravel(), soft.samples.ravel()]).astype(float)
    heard, *_ = np.linalg.lstsq(parts.T, mixed, rcond=None)
    assert np.corrcoef(heard @ parts, mixed)[0, 1] > 0.9999
    pairs = zip((loud, soft), heard, strict=True)
    levels = [loudness(dataclasses.replace(clip, samples=gain * clip.samples)) for clip, gain in pairs]
    assert levels[0] == pytest.approx(levels[1], abs=0.2)


def test_shares_of_the_amplitude(pair, quiet):
    def weight(share):
        mixed = blend((pair[0], quiet), OPTIONS, (1 - share, share))
        return si_sdr(generate(quiet, OPTIONS).clip.resampled(48000), mixed)

    assert weight(0.1) < weight(0.5) < weight(0.9)


def test_loud_models_do_not_clip(pair):
    loud = GenerateOptions(seconds=1.0, seed=1, controls={"loudness": 1.0}, candidates=1)
    assert blend((pair[0], pair[0]), loud, (1, 1)).peak <= 0.98 + 1e-6


def test_levels():
    assert loudness_gains([-20.0, -40.0], [0.5, 0.5]) == pytest.approx([10**-0.5, 10**0.5])
    assert loudness_gains([-20.0, -40.0], [1.0, 0.0])[0] == 1.0
    assert loudness_gains([-20.0, -100.0], [0.5, 0.5]) == [1.0, 1.0]
    assert loudness_gains([-100.0, -100.0], [0.5, 0.5]) == [1.0, 1.0]


@pytest.mark.parametrize("shares", [(-1, 2), (0, 0), (float("nan"), 1), (float("inf"), 1)])
def test_impossible_shares(pair, shares):
    with pytest.raises(SdaError, match="numbers from 0 up"):
        blend(pair, OPTIONS, shares)


def test_wrong_numbers_of_models_and_shares(pair):
    for count in (0, 1, 5):
        with pytest.raises(SdaError, match="2 to 4 models"):
            blend([pair[0]] * count, OPTIONS, [1.0] * count)
    with pytest.raises(SdaError, match="2 models need 2 shares, not 3"):
        blend(pair, OPTIONS, (1, 1, 1))
    assert normalized_shares((1e308, 1e308), 2) == [0.5, 0.5]


# --- weights


def clips(corpus):
    return [read_clip(corpus / f"{name}.wav") for name in SOUNDS]


def rain(model, corpus):
    """The model's codes of a sound."""
    return model.encode(read_clip(corpus / "rain.wav"))


def distance(model, corpus):
    """Mean mel distance of the corpus' sounds from what the model makes of them by itself."""
    return np.mean([mel_distance(clip, model.reconstruct(clip, 0.0)) for clip in clips(corpus)])


def test_what_is_related(pair, quiet, tiny_corpus, tiny_recipe, tmp_path):
    assert related(*pair)
    assert not related(pair[0], quiet)
    seeded = trained(tiny_corpus, tiny_recipe.override(train__steps=0, train__seed=1), tmp_path / "seeded.sda")
    assert not related(pair[0], seeded)
    with pytest.raises(SdaError, match="use `sda blend` without --weights"):
        interpolated_weights(pair[0], seeded, 0.5)
    for share in (-0.1, float("nan")):
        with pytest.raises(SdaError, match="goes from 0"):
            interpolated_weights(*pair, share)


def test_the_ends_are_the_models(pair, tiny_corpus):
    one, other = pair
    assert not np.array_equal(*(model.decode(rain(one, tiny_corpus), 0.0).samples for model in pair))
    first, last = (interpolated_weights(*pair, share) for share in (0, 1))
    for clip in clips(tiny_corpus):
        codes = one.encode(clip)
        assert np.array_equal(first.encode(clip).indices, codes.indices)
        for amount in (0.0, 1.0):
            assert np.array_equal(first.decode(codes, amount).samples, one.decode(codes, amount).samples)
        assert np.allclose(last.reconstruct(clip, 0.0).samples, other.reconstruct(clip, 0.0).samples, atol=1e-3)
        assert mel_distance(other.reconstruct(clip), last.reconstruct(clip)) < 0.05


def test_the_middle_is_a_model(pair, tiny_corpus, tmp_path):
    middle = interpolated_weights(*pair, 0.5)
    assert (middle.prior, middle.sliders, middle.metrics) == (None, None, {})
    assert all(tensor.isfinite().all() for tensor in middle.codec.state_dict().values())
    for name, own in middle.codec.encoder.named_parameters():
        ends = [dict(model.codec.encoder.named_parameters())[name] for model in pair]
        assert torch.allclose(own, (ends[0] + ends[1]) / 2, atol=1e-6)
    assert distance(middle, tiny_corpus) < 1.5 * max(distance(model, tiny_corpus) for model in pair)
    for clip in clips(tiny_corpus):  # the recordings are heard anew, so own sounds still come back exactly
        assert si_sdr(clip.resampled(48000), middle.reconstruct(clip)) > 60
    again = SdaModel.load(middle.save(tmp_path / "middle.sda"))
    codes = rain(middle, tiny_corpus)
    assert np.array_equal(again.encode(read_clip(tiny_corpus / "rain.wav")).indices, codes.indices)
    assert np.array_equal(again.decode(codes, 0.0).samples, middle.decode(codes, 0.0).samples)
    assert generate(again, OPTIONS).clip.peak > 1e-3


def test_codes_keep_the_first_models_numbers(pair, tiny_corpus):
    """A grid of codes made with the first model sounds alike in the middle, and in the end."""
    shuffled = dataclasses.replace(pair[1], codec=_shuffled(pair[1].codec))
    numbers = matched_codes(pair[0].codec, shuffled.codec)
    assert all(sorted(row.tolist()) == list(range(pair[0].codebook_size)) for row in numbers)
    codes = rain(pair[0], tiny_corpus)
    for share in (0.5, 1.0):
        plain, mixed = (interpolated_weights(pair[0], other, share) for other in (pair[1], shuffled))
        assert np.allclose(plain.decode(codes, 0.0).samples, mixed.decode(codes, 0.0).samples, atol=1e-5)


def _shuffled(codec):
    """The codec with its codes numbered at random."""
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


def test_pieces_of_a_recording_are_heard_together(pair):
    codec, memory = pair[0].codec, pair[0].memory
    halves = [half for piece in memory.pieces for half in _halves(codec, piece)]
    assert [len(group) for group in joined(codec, halves)] == [2, 2, 2]
    assert [len(group) for group in joined(codec, halves[::2])] == [1, 1, 1]
    whole, cut = reencoded(codec, memory), reencoded(codec, Memory(codec, halves))
    assert torch.allclose(cut.latents, whole.latents, atol=1e-3)
    assert torch.allclose(whole.latents, memory.latents, atol=0.05)


def _halves(codec, piece):
    """A piece of a recording as two."""
    cut, hop = piece.frames // 2, codec.config.hop
    later = piece.offset + cut * hop / codec.audio.sample_rate
    return (
        Piece(piece.name, piece.offset, piece.samples[:, : cut * hop], piece.latent[:cut], piece.codes[:, :cut]),
        Piece(piece.name, later, piece.samples[:, cut * hop :], piece.latent[cut:], piece.codes[:, cut:]),
    )
