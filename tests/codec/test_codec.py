"""The codec's parts: block layout, the closed form."""

import numpy as np
import pytest
import torch

from sda_lib.codec.codec import HEADROOM, Codec, ConvNeXtBlock, principal_components, solve_ridge, with_context
from sda_lib.codec.stft import log_magnitude, modulus
from sda_lib.codec.transients import rms_level
from sda_lib.config import AudioConfig, CodecConfig

CONFIG = CodecConfig(levels=6, codebook_size=32, width=16)


def tone(channels=2, frames=12):
    time = torch.arange(frames * CONFIG.hop) / 48000
    chirp = torch.sin(2 * np.pi * (200 * time + 900 * time**2)) * 0.3
    return torch.stack([chirp, chirp.flip(0)])[:channels]


def fitted(channels):
    codec = Codec(AudioConfig(channels=channels), CONFIG)
    spectra = codec.spectral.stft(tone(channels))
    features = codec.features(codec.spectral.log_mel(modulus(spectra)))
    codec.fit_linear([features], [codec.blocks(log_magnitude(spectra))])
    return codec, spectra, features


@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_hold_the_spectra_of_their_frame(channels):
    codec = Codec(AudioConfig(channels=channels), CONFIG)
    rows = torch.arange(channels * 5 * 3 * codec.ratio).float().reshape(channels, 5, 3 * codec.ratio)
    blocks = codec.blocks(rows)
    assert blocks.shape == (3, channels * 5 * codec.ratio)
    second = rows[:, :, codec.ratio : 2 * codec.ratio]
    assert blocks[1].equal(second.flatten())
    assert codec.blocks(rows[None])[0].equal(blocks)


@pytest.mark.parametrize("channels", [1, 2])
def test_closed_form_learns_the_magnitudes(channels):
    codec, spectra, features = fitted(channels)
    latent = codec.quantize(codec.latent(features[None])).latent
    with torch.no_grad():
        error = (codec.log_magnitudes(latent)[0] - log_magnitude(spectra)).abs().mean()
    spread = (log_magnitude(spectra) - log_magnitude(spectra).mean()).abs().mean()
    assert error < 0.25 * spread


def test_the_side_signal_counts_less():
    codec = Codec(AudioConfig(channels=2), CONFIG)
    mid, side = codec.features(torch.ones(2, CONFIG.bands, codec.ratio)).reshape(2, -1)
    assert mid.eq(1).all()
    assert side.eq(side[0]).all()
    assert 0 < side[0] < 0.5


@pytest.mark.parametrize("batch", [1, 3])
def test_a_block_mixes_time_by_its_layer(batch):
    torch.manual_seed(0)
    block, sound = ConvNeXtBlock(16, 7), torch.randn(batch, 20, 16)
    plain = block.norm(block.mix_time(sound.transpose(1, 2)).transpose(1, 2))
    wanted = sound + block.contract(torch.nn.functional.gelu(block.expand(plain)))
    assert torch.allclose(block(sound), wanted, atol=1e-5)
    changed = sound.clone()
    changed[:, 10] += 1
    assert (block(changed) != block(sound)).any(-1).nonzero()[:, 1].unique().tolist() == list(range(7, 14))


@pytest.mark.parametrize("channels", [1, 2])
def test_the_network_is_added_bin_by_bin(channels):
    codec, _, features = fitted(channels)
    latent = codec.latent(features[None])
    with torch.no_grad():
        linear = codec.log_magnitudes(latent)
        codec.decoder.end.bias.copy_(torch.arange(float(channels * 513)))
        codec.decoder.end.weight[0, 0] = 1e-30
        added = codec.log_magnitudes(latent) - linear
    expected = torch.arange(float(channels * 513)).reshape(1, channels, 513, 1).expand_as(added)
    assert torch.allclose(added, expected, atol=1e-3)


def test_networks_start_at_zero():
    codec, _, features = fitted(1)
    latent = codec.latent(features[None])
    assert codec.is_linear
    with torch.no_grad():
        assert codec.encoder(features[None]).eq(0).all()
        assert codec.decoder(latent).eq(0).all()


def test_components_are_orthonormal_and_missing_ones_zero():
    centered = torch.randn(5, 40)
    found = principal_components(centered - centered.mean(0), 8)
    gram = found.T @ found
    assert torch.allclose(gram[:5, :5], torch.eye(5), atol=1e-4)
    assert found[:, 5:].eq(0).all()


@pytest.mark.parametrize("frames", [1, 3, 30, 400])
def test_components_are_optimal_and_repeatable(frames):
    rows = torch.randn(frames, 60) @ torch.diag(torch.linspace(1, 0.1, 60))
    centered = rows - rows.mean(0)
    found = principal_components(centered, 8)
    most = np.square(np.linalg.svd(centered.numpy(), compute_uv=False)[:8]).sum()
    assert found.shape == (60, 8)
    assert float((centered @ found).square().sum()) == pytest.approx(most, rel=1e-3, abs=1e-9)
    assert principal_components(centered, 8).equal(found)


def test_ridge_recovers_a_linear_map():
    x = torch.randn(1, 8000, 4)
    weights = torch.randn(13, 7)
    inputs = with_context(x)[0]
    assert torch.allclose(solve_ridge([inputs], [inputs @ weights]), weights, atol=0.02)


def test_ridge_shrinks_with_few_frames():
    x, weights = torch.randn(1, 8000, 4), torch.randn(13, 7)
    sizes = []
    for count in (40, 8000):
        inputs = with_context(x[:, :count])[0]
        sizes.append(solve_ridge([inputs], [inputs @ weights])[:-1].norm())
    assert sizes[0] < 0.95 * sizes[1]


def test_excess_is_above_the_corpus_maximum():
    codec, spectra, _ = fitted(1)
    assert codec.excess(rms_level(modulus(spectra))).eq(0).all()
    tenfold = codec.excess(rms_level(10 * modulus(spectra)))
    assert float(tenfold.max()) == pytest.approx(1 - HEADROOM, abs=1e-3)
