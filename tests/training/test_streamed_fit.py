"""Fits to a stream of frames: near those to all frames at once, with few of them in memory."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.codec.codec import Codec
from sda_lib.config import Recipe
from sda_lib.training import closed_form, streamed_fit
from sda_lib.training.closed_form import fit_codec, recording_numbers
from sda_lib.training.codec_choice import spectral_distance
from sda_lib.training.encoding import FrameRange, encode_sounds, framed_seconds, weighted_ranges
from sda_lib.training.segments import CorpusSound
from sda_lib.training.streamed_fit import fit_decoder, fit_encoder

pytestmark = pytest.mark.slow
RECIPE = Recipe().override(codec__levels=4, codec__beam=4, codec__codebook_size=32, codec__latent_dim=32)


@pytest.fixture(scope="module")
def sounds(pytestconfig):
    corpus = Corpus.from_folder(pytestconfig.rootpath / "data/demo")
    return tuple(CorpusSound.of_corpus(corpus, RECIPE.audio))[:12]


def blank():
    torch.manual_seed(0)
    return Codec(RECIPE.audio, RECIPE.codec)


def fitted(sounds, bound, monkeypatch, **options):
    """A codec that is fitted to sounds, streamed beyond `bound` seconds, and what it encoded."""
    monkeypatch.setattr(closed_form, "FITTED_SECONDS", bound)
    codec = blank()
    return codec, fit_codec(codec, sounds, 0, **options)


def same(one, other):
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_sounds_up_to_the_bound_are_fitted_all_at_once(sounds, monkeypatch):
    """To the last bit, as without streams; a moment more is streamed, and is another codec."""
    seconds, streamed = framed_seconds(blank(), sounds), []
    monkeypatch.setattr(closed_form, "fit_encoder", lambda *rest: (streamed.append(rest), fit_encoder(*rest)))
    whole, encoded = fitted(sounds, 1e9, monkeypatch)
    at_bound, again = fitted(sounds, seconds, monkeypatch)
    assert not streamed
    assert same(whole, at_bound)
    assert all(torch.equal(one.codes, other.codes) for one, other in zip(encoded, again, strict=True))
    beyond, _ = fitted(sounds, seconds - 0.01, monkeypatch)
    assert len(streamed) == 1
    assert not same(whole, beyond)


def test_a_stream_is_as_close_as_all_frames_at_once(sounds, monkeypatch):
    known, unknown = sounds[1::2], sounds[::2]
    whole, _ = fitted(known, 1e9, monkeypatch, fewest=1)  # no frames between those of the grid
    stream, _ = fitted(known, 1.0, monkeypatch)
    assert torch.allclose(stream.mean, whole.mean, atol=1e-4)
    assert float((stream.components.T @ whole.components).square().sum()) > 0.97 * RECIPE.codec.latent_dim
    assert stream.loudest == pytest.approx(float(whole.loudest), abs=1e-5)
    for some in (known, unknown):
        assert spectral_distance(stream, some) < 1.05 * spectral_distance(whole, some)


def test_a_stream_is_the_same_again(sounds, monkeypatch):
    first, _ = fitted(sounds, 1.0, monkeypatch)
    second, _ = fitted(sounds, 1.0, monkeypatch)
    assert same(first, second)


def test_only_some_of_a_longer_stream_is_read(sounds, monkeypatch):
    """Ranges beyond STREAMED_SECONDS are left out, spread over the sounds."""
    monkeypatch.setattr(closed_form, "STREAMED_SECONDS", 4.0)
    monkeypatch.setattr("sda_lib.training.encoding.RANGE_SECONDS", 0.5)
    read, features = [], FrameRange.features
    monkeypatch.setattr(FrameRange, "features", lambda self, codec: (read.append(self), features(self, codec))[1])
    monkeypatch.setattr(closed_form, "REVIVED_SECONDS", 1.0)
    monkeypatch.setattr(closed_form, "revive_codes", lambda codec, sounds: [])
    fitted(sounds, 1.0, monkeypatch)
    hop = RECIPE.codec.hop
    seconds = sum(part.end - part.first for part in read) * hop / RECIPE.audio.sample_rate
    assert 1.0 < seconds < 4.5
    assert len({part.sound.name for part in read}) > 5


def test_codebooks_are_fitted_to_a_bounded_sample(sounds, monkeypatch):
    monkeypatch.setattr(streamed_fit, "MOST_POINTS", 100)
    codec, seen = blank(), []
    parts = weighted_ranges(codec, sounds, 1e9)
    fit = type(codec.bottleneck).fit
    monkeypatch.setattr(type(codec.bottleneck), "fit", lambda self, *rest: (seen.append(rest), fit(self, *rest))[1])
    fit_encoder(codec, parts, recording_numbers(parts), 3)
    latent, seed, between, recording, half = seen[0]
    assert (len(latent), seed, between) == (100, 3, None)
    assert len(recording.unique()) > 5
    assert half.equal(recording % 2 == 1)


def test_a_few_recordings_are_halved_by_blocks_of_frames(sounds):
    codec = blank()
    parts = weighted_ranges(codec, sounds[:2], 1e9)
    fit_encoder(codec, parts, recording_numbers(parts))
    fit_decoder(codec, parts)
    assert torch.isfinite(codec.ridge).all()
    assert codec.ridge.any()


def test_copies_are_streamed_too(sounds, monkeypatch):
    higher = [dataclasses.replace(one, pcm=np.ascontiguousarray(one.pcm[:, ::2])) for one in sounds]
    plain, _ = fitted(sounds, 1.0, monkeypatch)
    copied, encoded = fitted(sounds, 1.0, monkeypatch, copies=higher)
    assert not torch.allclose(plain.mean, copied.mean, atol=1e-3)
    assert [one.sound.name for one in encoded] == [one.name for one in sounds]


@pytest.mark.parametrize("bottleneck", ["none", "vae"])
def test_latents_without_codes_are_streamed(sounds, bottleneck, monkeypatch):
    monkeypatch.setattr(closed_form, "FITTED_SECONDS", 1.0)
    recipe = RECIPE.override(codec__bottleneck=bottleneck)
    codec = Codec(recipe.audio, recipe.codec)
    encoded = fit_codec(codec, sounds[:6], 0)
    assert all(one.codes is None for one in encoded)
    assert encode_sounds(codec, sounds[:1])[0].distance(codec) < 2
