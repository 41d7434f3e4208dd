"""Interpolation: the ends are the two sounds, the middle lies between them, and lengths are interpolated too."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import mel_distance
from sda_lib.editing.interpolate import interpolated, mixed_latents, resample_latents
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def pair(model, tiny_corpus):
    """Codes of two sounds of different length and character."""
    return tuple(model.encode(read_clip(tiny_corpus / f"{name}.wav")) for name in ("sweep", "rain"))


def test_the_ends_are_the_sounds(model, pair):
    assert interpolated(model, *pair, 0) is pair[0]
    assert interpolated(model, *pair, 1.0) is pair[1]


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.75, 0.99])
def test_lengths_are_interpolated(model, pair, share):
    a, b = pair
    codes = interpolated(model, a, b, share)
    assert codes.frames == round(a.frames + share * (b.frames - a.frames))
    assert abs(codes.samples - (a.samples + share * (b.samples - a.samples))) <= model.hop
    clip = model.decode(codes, 0.0)
    assert clip.length == codes.samples
    assert clip.peak > 1e-3


def test_the_middle_lies_between_the_sounds(model, pair):
    """With a growing share, distances grow to one sound and shrink to the other, in latents and in sound."""
    shares = (0, 0.25, 0.5, 0.75, 1)
    walk = [interpolated(model, *pair, share) for share in shares]
    for end, sign in zip(pair, (1, -1), strict=True):
        latents = [resample_latents(model.embed(codes), end.frames) for codes in walk]
        apart = [sign * float((latent - model.embed(end)).norm()) for latent in latents]
        assert apart == sorted(apart)
    first, middle, last = (model.decode(codes, 0.0) for codes in (walk[0], walk[2], walk[4]))
    whole = mel_distance(first, last)
    assert max(mel_distance(first, middle), mel_distance(middle, last)) < whole


def test_codes_are_the_nearest_to_the_mixture(model, pair):
    latent = mixed_latents(model, *pair, 0.5)
    ours = (model.embed(interpolated(model, *pair, 0.5)) - latent).norm(dim=1)
    ends = (model.embed(pair[0])[:, None] - latent[None]).norm(dim=2).amin(0)
    assert (ours <= ends + 1e-4).double().mean() > 0.9
    assert model.synth(latent, 0.0).peak > 1e-3


def test_interpolating_a_sound_with_itself_changes_nothing(model, pair):
    assert torch.allclose(mixed_latents(model, pair[0], pair[0], 0.3), model.embed(pair[0]), atol=1e-5)


def test_very_short_sounds(model, pair):
    one = pair[0].with_indices(pair[0].indices[:, :1])
    assert interpolated(model, one, one, 0.5).frames == 1
    few = interpolated(model, one, pair[1], 0.5)
    assert few.frames == round((1 + pair[1].frames) / 2)
    assert np.isfinite(model.decode(few).samples).all()


def test_latents_are_resampled_linearly():
    line = torch.linspace(0, 1, 5)[:, None]
    assert torch.allclose(resample_latents(line, 9)[:, 0], torch.linspace(0, 1, 9))
    assert torch.allclose(resample_latents(line, 3)[:, 0], torch.linspace(0, 1, 3))
    assert resample_latents(line, 1).shape == (1, 1)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), float("inf")])
def test_shares_out_of_range_are_refused(model, pair, share):
    with pytest.raises(SdaError, match="must be from 0"):
        interpolated(model, *pair, share)


def test_codes_of_another_model_are_refused(model, pair):
    foreign = replace(pair[1], hop=pair[1].hop // 2, length=None)
    for codes in ((pair[0], foreign), (foreign, pair[0])):
        with pytest.raises(SdaError, match="another model"):
            interpolated(model, *codes, 0)


def test_a_continuous_model_is_refused(tiny_corpus, tiny_recipe, pair, tmp_path):
    recipe = tiny_recipe.override(codec__bottleneck="none", train__steps=0)
    for _ in learn(Corpus.from_folder(tiny_corpus), recipe, tmp_path / "c.sda", "c"):
        pass
    with pytest.raises(SdaError, match="continuous bottleneck"):
        interpolated(SdaModel.load(tmp_path / "c.sda"), *pair, 0.5)


def test_leads_gains_and_rates_are_interpolated(model, pair):
    a, b = (replace(codes, length=None) for codes in pair)
    middle = interpolated(model, replace(a, lead=100, gain=-4.0), replace(b, lead=300, rate=4.0), 0.5)
    assert (middle.lead, middle.gain, middle.rate) == (200, -2.0, 2.0)
    assert model.decode(middle, 0.0).length == middle.samples
