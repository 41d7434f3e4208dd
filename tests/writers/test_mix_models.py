"""Sounds of several models at once: shares, loudness and peak."""

import dataclasses

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import si_sdr
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn
from sda_lib.writers.generate import generate
from sda_lib.writers.mix_models import blend, loudness_gains, mean_loudness, normalized_shares
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow


OPTIONS = GenerateOptions(seconds=1.0, seed=3)


@pytest.fixture(scope="module")
def pair(tiny_model_path):
    """Two models of the same sounds."""
    return SdaModel.load(tiny_model_path), SdaModel.load(tiny_model_path)


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
    path = folder.parent / "quiet.sda"
    list(learn(Corpus.from_folder(folder), recipe, path, "quiet"))
    return SdaModel.load(path)


def test_a_whole_share_is_that_models_sound(pair, quiet):
    single = generate(pair[0], OPTIONS).clip
    assert np.allclose(blend(pair, OPTIONS, (2, 0)).samples, single.samples, atol=1e-6)
    both = blend((pair[0], quiet), OPTIONS, (1, 0))
    assert both.channels == 2
    assert np.allclose(both.samples, single.samples, atol=1e-6)


def test_the_first_models_rate_the_most_channels_and_the_exact_length(pair, quiet):
    for models in ((pair[0], quiet), (quiet, pair[0]), (quiet, *pair, quiet)):
        clip = blend(models, OPTIONS, [1] * len(models))
        assert (clip.sample_rate, clip.channels) == (models[0].sample_rate, 2)
        assert clip.length == round(OPTIONS.seconds * clip.sample_rate)
        assert 1e-3 < clip.peak <= 0.98 + 1e-6


def test_equal_options_make_an_equal_blend(pair, quiet):
    one, again = (blend((pair[0], quiet), OPTIONS, (1, 2)).samples for _ in range(2))
    assert np.array_equal(one, again)


def test_a_quiet_model_is_as_loud_as_a_loud_one(pair, quiet):
    loud, soft = (generate(model, OPTIONS).clip.resampled(48000).with_channels(2) for model in (pair[0], quiet))
    assert mean_loudness(loud) - mean_loudness(soft) > 12
    mixed = blend((pair[0], quiet), OPTIONS, (0.5, 0.5)).samples.ravel().astype(float)
    parts = np.stack([loud.samples.ravel(), soft.samples.ravel()]).astype(float)
    gains, *_ = np.linalg.lstsq(parts.T, mixed, rcond=None)
    assert np.corrcoef(gains @ parts, mixed)[0, 1] > 0.9999
    pairs = zip((loud, soft), gains, strict=True)
    levels = [mean_loudness(dataclasses.replace(clip, samples=gain * clip.samples)) for clip, gain in pairs]
    assert levels[0] == pytest.approx(levels[1], abs=0.2)


def test_shares_of_the_amplitude(pair, quiet):
    def weight(share):
        mixed = blend((pair[0], quiet), OPTIONS, (1 - share, share))
        return si_sdr(generate(quiet, OPTIONS).clip.resampled(48000), mixed)

    assert weight(0.1) < weight(0.5) < weight(0.9)


def test_loud_models_do_not_clip(pair):
    loud = GenerateOptions(seconds=1.0, seed=1, controls={"loudness": 1.0}, candidates=1)
    assert blend((pair[0], pair[0]), loud, (1, 1)).peak <= 0.98 + 1e-6


def test_loudness_gains():
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
