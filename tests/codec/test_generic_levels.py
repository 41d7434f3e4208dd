"""Generic levels: residuals of the other half, and codebooks for sounds of the same kind."""

import torch

from sda_lib.codec.generic_levels import cross_fitted_residuals, gaussian_samples, generic_codebooks, left_by
from sda_lib.codec.rvq import ResidualVQ
from sda_lib.config import CodecConfig

DIM, SIZE, LEVELS = 6, 16, 6
WIDTHS = torch.tensor([3.0, 2.0, 1.0, 0.5, 0.3, 0.2])


def points(count=400, seed=0):
    return WIDTHS * torch.randn(count, DIM, generator=torch.Generator().manual_seed(seed))


def test_residuals_are_those_of_the_other_half():
    frames, half = points(10), torch.arange(10) % 2 == 1
    left = cross_fitted_residuals(frames, half, lambda chosen: frames[chosen].mean(0)[None, None])
    wanted = torch.cat([frames[~half] - frames[half].mean(0), frames[half] - frames[~half].mean(0)])
    assert torch.allclose(left, wanted, atol=1e-6)


def test_samples_have_the_second_moments_of_the_points():
    frames = points(2000) @ torch.linalg.qr(points(DIM, seed=1)).Q
    drawn = gaussian_samples(frames, torch.Generator().manual_seed(0))
    assert torch.allclose(drawn.T @ drawn / len(drawn), frames.T @ frames / len(frames), atol=0.5)


def test_a_single_point_has_samples():
    assert gaussian_samples(points(1), torch.Generator().manual_seed(0)).isfinite().all()
    assert gaussian_samples(torch.zeros(1, DIM), torch.Generator().manual_seed(0)).isfinite().all()


def test_every_level_comes_closer():
    books = generic_codebooks(points(), LEVELS, SIZE, torch.Generator().manual_seed(0))
    errors = [float(left_by(points(seed=1), books[:count]).square().mean()) for count in range(LEVELS + 1)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.2 * errors[0]


def fitted(own_levels):
    rvq = ResidualVQ(CodecConfig(levels=LEVELS, own_levels=own_levels, codebook_size=SIZE, latent_dim=DIM))
    rvq.fit(points(60), 0, None, None, torch.arange(60) % 2 == 1)
    return rvq


def test_generic_levels_fit_other_sounds_better_than_those_of_few_frames():
    others = points(500, seed=1)[None]
    assert float(fitted(2).search(others, 4).loss) < 0.9 * float(fitted(LEVELS).search(others, 4).loss)


def test_own_levels_are_the_same_with_and_without_generic_ones():
    assert fitted(2).codebooks[:2].equal(fitted(LEVELS).codebooks[:2])


def test_unused_codes_of_generic_levels_stay():
    rvq = fitted(2)
    before = rvq.codebooks.clone()
    rvq.codebooks[0, :4] = 100.0
    rvq.reassign_dead(points(60), 4)
    assert rvq.codebooks[2:].equal(before[2:])
    assert rvq.codebooks[0, :4].abs().max() < 50
