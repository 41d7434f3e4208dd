"""Residual vector quantization: levels refine, gradients pass, dead codes are revived, sorting changes no sound."""

import pytest
import torch

from sda_lib.codec.rvq import ResidualVQ
from sda_lib.config import CodecConfig

CONFIG = CodecConfig(levels=4, own_levels=4, codebook_size=16, latent_dim=6)


def points(count=400, seed=0):
    return torch.randn(count, CONFIG.latent_dim, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def fitted():
    rvq = ResidualVQ(CONFIG)
    rvq.fit(points())
    return rvq


def test_every_level_comes_closer(fitted):
    latent = points()[None]
    errors = [
        float((fitted(latent, torch.tensor([depth])).latent - latent).square().mean())
        for depth in range(1, CONFIG.levels + 1)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.5 * errors[0]


def test_embed_gives_the_quantized_latent(fitted):
    quantized = fitted(points()[None])
    assert torch.allclose(fitted.embed(quantized.indices), quantized.latent, atol=1e-5)


def test_gradient_passes_straight_through(fitted):
    latent = points(10)[None].requires_grad_()
    fitted(latent).latent.sum().backward()
    assert latent.grad.equal(torch.ones_like(latent))


def test_tracking_follows_the_data(fitted):
    moved = points()[None] + 3.0
    before = float(fitted(moved).loss)
    for _ in range(300):
        fitted.track(moved, fitted(moved).indices, decay=0.9)
    assert float(fitted(moved).loss) < 0.3 * before


def test_revival_brings_dead_codes_back(fitted):
    fitted.codebooks[0, :8] = 100.0
    fitted.counts[0, :8] = 0.0
    assert fitted.revive(points(), torch.Generator().manual_seed(0)) == 8
    assert fitted.codebooks[0].abs().max() < 50


def test_revived_codes_have_places_of_their_own(fitted):
    fitted.counts[0] = 0.0
    fitted.revive(points(CONFIG.codebook_size), torch.Generator().manual_seed(0))  # as many frames as codes
    assert len(fitted.codebooks[0].unique(dim=0)) == CONFIG.codebook_size
    fitted.revive(points(3), torch.Generator().manual_seed(0))  # fewer frames than codes
    assert fitted.codebooks.isfinite().all()


def test_dead_codes_are_revived(fitted):
    fitted.codebooks[:, :6] = 100.0  # where there are no frames
    before = (points()[None] - fitted.search(points()[None], 4).latent).square().mean()
    codes = fitted.reassign_dead(points(), 4)
    found = fitted.search(points()[None], 4)
    assert codes.equal(found.indices[0])
    assert min(level.unique().numel() for level in found.indices[0]) >= CONFIG.codebook_size - 1
    assert (points()[None] - found.latent).square().mean() < before


def test_nothing_moves_while_all_codes_have_frames(fitted):
    while any(level.unique().numel() < CONFIG.codebook_size for level in fitted.reassign_dead(points(), 4)):
        pass
    before = fitted.codebooks.clone()
    fitted.reassign_dead(points(), 4)
    assert fitted.codebooks.equal(before)


def test_employ_with_fewer_frames_than_codes(fitted):
    fitted.codebooks[:] = 100.0
    assert fitted.reassign_dead(points(3), 4).shape == (CONFIG.levels, 3)
    assert fitted.codebooks.isfinite().all()


def test_reorder_sorts_without_changing_the_sound(fitted):
    latent = points()[None]
    before = fitted(latent)
    scores = torch.rand(CONFIG.levels, CONFIG.codebook_size)
    number = fitted.reorder(scores)
    assert torch.allclose(fitted(latent).latent, before.latent, atol=1e-5)
    assert fitted(latent).indices[0].equal(number.gather(1, before.indices[0]))


def test_frames_between_keep_codes_in_even_use():
    """Forty frames and 16 codes are known by heart after a few levels; with frames between they aren't."""

    def evenness(between):
        rvq = ResidualVQ(CodecConfig(levels=6, codebook_size=16, latent_dim=6))
        rvq.fit(points(40), 0, between)
        use = torch.bincount(rvq(points(40)[None]).indices[0, -1], minlength=16) / 40
        return float(-(use * use.clamp_min(1e-9).log2()).sum() / 4)

    assert evenness(points(400, seed=1)) > evenness(None) + 0.1


def test_codes_made_for_held_out_recordings_represent_them_better():
    """Families of frames that differ in the same ways: later levels of a book that was made for its own recordings
    alone are too small for others."""
    shapes, ways = points(6, seed=1) * 4, points(48, seed=2)
    make = lambda number: shapes[torch.arange(12) % 6] + ways[number] + 0.1 * points(12, seed=100 + number)  # noqa: E731
    own, others = (torch.cat([make(number) for number in some]) for some in (range(40), range(40, 48)))
    recording = torch.arange(40).repeat_interleave(12)
    losses = []
    for given in (None, recording):
        rvq = ResidualVQ(CONFIG)
        rvq.fit(own, 0, None, given)
        losses.append(float(rvq.search(others[None], 4).loss))
    assert losses[1] < 0.95 * losses[0]


def test_search_of_one_is_greedy(fitted):
    latent = points(seed=5)[None]
    assert fitted.search(latent, 1).indices.equal(fitted(latent).indices)


def test_a_wider_search_comes_closer(fitted):
    latent = points(seed=5)[None]
    losses = [float(fitted.search(latent, beam).loss) for beam in (1, 2, 4, 16)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.95 * losses[0]
    assert torch.allclose(fitted.search(latent, 4).latent, fitted.embed(fitted.search(latent, 4).indices))


def test_the_widest_search_finds_the_best_code():
    """With every path kept, the search is exhaustive."""
    rvq = ResidualVQ(CodecConfig(levels=2, codebook_size=4, latent_dim=3))
    rvq.codebooks.copy_(torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1)))
    latent = torch.randn(1, 20, 3, generator=torch.Generator().manual_seed(2))
    pairs = (rvq.codebooks[0][:, None] + rvq.codebooks[1][None]).flatten(0, 1)
    best = torch.cdist(latent[0], pairs).min(1).values.square().sum() / 60
    assert float(rvq.search(latent, 16).loss) == pytest.approx(float(best), rel=1e-4)
