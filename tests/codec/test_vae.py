"""Continuous bottlenecks: nothing is lost on the way, and a VAE begins sane and knows what it costs."""

import copy

import pytest
import torch

from sda_lib.codec.bottlenecks import Bottleneck
from sda_lib.codec.codec import BOTTLENECKS
from sda_lib.codec.vae import LEAST_SCALE, NOISE, Variational, information_loss
from sda_lib.config import BOTTLENECK_NAMES, CodecConfig

CONFIG = CodecConfig(latent_dim=6, bottleneck="vae")
SPREAD = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.01, 0.0])


def points(count=4000, seed=0):
    return SPREAD * torch.randn(count, CONFIG.latent_dim, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def vae():
    made = Variational(CONFIG)
    made.fit(points())
    return made


def test_the_recipe_knows_every_bottleneck():
    assert set(BOTTLENECK_NAMES) == set(BOTTLENECKS)


@pytest.mark.parametrize("kind", [Bottleneck, Variational])
def test_latents_pass_unchanged(kind):
    made, latent = kind(CONFIG), points(50)[None]
    made.fit(latent[0])
    quantized = made.search(latent, 4)
    assert quantized.latent.equal(latent)
    assert quantized.indices.shape == (1, 0, 50)
    assert quantized.loss.item() == 0
    assert made.embed(latent.transpose(1, 2)).equal(latent)


def test_the_prior_is_as_wide_as_the_data_and_empty_dimensions_stay_finite(vae):
    assert torch.allclose(vae.scale[:4], SPREAD[:4], rtol=0.05)
    assert vae.scale.min() >= 0.9 * LEAST_SCALE * SPREAD.max()
    quantized = vae(points()[None])
    assert quantized.latent.isfinite().all()
    assert quantized.loss.isfinite().all()


def test_it_begins_with_the_same_small_noise_everywhere(vae):
    latent = points()[None]
    noise = (vae(latent).latent - latent)[0].std(0)
    wanted = NOISE * SPREAD.square().mean().sqrt()
    assert torch.allclose(noise[:4], wanted.expand(4), rtol=0.1)
    assert noise[4:].max() <= 1.1 * vae.scale[4:].max()


def test_every_draw_is_another_and_all_repeat(vae):
    latent, twin = points(20)[None], copy.deepcopy(vae)
    first, second = vae(latent).latent, vae(latent).latent
    assert not first.equal(second)
    assert twin(latent).latent.equal(first)


def test_divergence_is_that_of_two_gaussians(vae):
    """Against torch's own formula."""
    latent = points(30)[None]
    mean, sigma = latent / vae.scale, vae.log_sigma.exp()
    normal = torch.distributions.Normal
    wanted = torch.distributions.kl_divergence(normal(mean, sigma.expand_as(mean)), normal(0.0, 1.0)).mean((0, 1))
    assert torch.allclose(vae(latent).loss, wanted, rtol=1e-4, atol=1e-5)


def test_free_bits_have_constant_cost_and_no_gradient():
    kl = torch.tensor([0.01, 2.0], requires_grad=True)
    loss = information_loss(kl, free_bits=0.5)
    loss.backward()
    assert kl.grad.tolist() == [0.0, 1.0]
    assert loss.item() == pytest.approx(0.5 * 0.6931 + 2.0, abs=1e-3)
    assert float(information_loss(torch.zeros(0), 0.5)) == 0.0
