"""Clusters: the nearest row, k-means with few points or with points of others, and centers without one recording."""

import torch

from sda_lib.codec.clustering import k_means, leave_one_out, nearest_rows

DIM = 6


def points(count=400, seed=0):
    return torch.randn(count, DIM, generator=torch.Generator().manual_seed(seed))


def test_nearest_is_the_nearest():
    a, b = points(50), points(16, seed=1)
    assert nearest_rows(a, b).equal(torch.cdist(a, b).argmin(1))


def test_k_means_with_fewer_points_than_codes():
    few = points(5)
    book = k_means(few, 16, torch.Generator().manual_seed(0))
    assert book.shape == (16, DIM)
    assert few[nearest_rows(book, few)].equal(book)


def test_codes_belong_to_the_frames_of_the_grid():
    """Far frames between those of the grid shape clusters, but get no codes of their own."""
    own, far = points(200), points(200, seed=1) + 50.0
    used = [
        nearest_rows(own, k_means(torch.cat([own, far]), 16, torch.Generator().manual_seed(0), count)).unique().numel()
        for count in (len(own), None)
    ]
    assert used[0] >= 14 > 10 >= used[1]


def test_residuals_of_held_out_recordings_are_larger():
    """A cluster of one recording alone is no help for it; one of many hardly changes without it."""
    recording = torch.arange(40).repeat_interleave(5)
    frames = points(40, seed=1).repeat_interleave(5, 0) + 0.05 * points(200, seed=2)
    book = k_means(frames, 16, torch.Generator().manual_seed(0))
    index = nearest_rows(frames, book)
    own, foreign = (
        (frames - book[index]).norm(dim=1),
        (frames - leave_one_out(frames, book, index, recording)).norm(dim=1),
    )
    assert foreign.mean() > 1.1 * own.mean()
    alone = torch.stack([recording[index == code].unique().numel() == torch.tensor(1) for code in range(16)])[index]
    assert alone.any()
    others = torch.cdist(frames, book).scatter(1, index[:, None], torch.inf).min(1).values
    assert torch.allclose(foreign[alone], others[alone], atol=1e-4)
