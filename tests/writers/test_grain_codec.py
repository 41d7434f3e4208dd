"""Grains as codes: nearest grains, and their latents."""

import torch

from sda_lib.config import CodecConfig
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.grain_codec import FRAMES_AT_ONCE, GrainBottleneck, GrainCodec
from sda_lib.writers.novelty import requantized


def grain_codec(count=40, dim=6):
    latents = torch.randn(count, dim, generator=torch.Generator().manual_seed(0))
    config = CodecConfig(latent_dim=dim)
    return GrainCodec(latents.mean(0), GrainBottleneck(config, latents), config)


def test_latents_of_grains_lead_back_to_the_grains():
    space = grain_codec()
    order = torch.randint(40, (FRAMES_AT_ONCE + 9,), generator=torch.Generator().manual_seed(1))
    sound = Latents(space.bottleneck.codebooks[0][order], 100 * len(order) - 7, 100, 48000, lead=3, rate=0.5)
    codes = space.codes_of(sound)
    assert codes.indices[0].tolist() == order.tolist()
    assert (codes.natural_length, codes.lead, codes.rate) == (sound.length, 3, 0.5)
    assert space.latents_of(codes.indices).equal(sound.values)


def test_what_a_walk_has_chosen_is_not_replaced():
    space = grain_codec()
    chosen = space.codes_of(Latents(space.bottleneck.codebooks[0][:5], 500, 100, 48000)).indices
    moved = space.bottleneck.codebooks[0][5:10].numpy()
    assert (requantized(space, chosen, moved) == chosen).all()
