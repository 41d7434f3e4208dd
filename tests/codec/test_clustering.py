"""Clusters: nearest rows, k-means with few points or points of others, centers without a recording, and samples."""

import torch

from sda_lib.codec.clustering import Reservoir, k_means, leave_one_out, nearest_rows

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


def numbered(reservoir, count, size):
    """A reservoir that was offered the numbers up to a count, in blocks of a size."""
    for block in torch.arange(count).split(size):
        reservoir.add(block, 2 * block)
    return reservoir


def test_a_reservoir_keeps_everything_it_has_room_for():
    numbers, doubled = numbered(Reservoir(100, 0), 100, 7).columns
    assert numbers.equal(torch.arange(100))
    assert doubled.equal(2 * numbers)


def test_a_reservoir_depends_on_the_stream_and_the_seed_alone():
    first = numbered(Reservoir(50, 1), 3000, 1000).columns[0]
    again = numbered(Reservoir(50, 1), 3000, 13).columns[0]
    other = numbered(Reservoir(50, 2), 3000, 13).columns[0]
    assert len(first) == 50
    assert first.equal(again)
    assert not first.equal(other)
    assert first.equal(first.sort().values)


def test_a_reservoir_is_uniform():
    """Every tenth of the stream has its share of the samples of 200 seeds."""
    drawn = torch.cat([numbered(Reservoir(20, seed), 1000, 90).columns[0] for seed in range(200)])
    shares = torch.bincount(drawn // 100, minlength=10) / len(drawn)
    assert (shares - 0.1).abs().max() < 0.02


def test_a_reservoir_never_holds_much_more_than_its_sample():
    reservoir = numbered(Reservoir(40, 0), 5000, 10)
    assert [len(held) for held in reservoir._columns] == [60, 60]
    assert len(reservoir.columns[0]) == 40


def test_a_reservoir_takes_blocks_larger_than_itself():
    assert numbered(Reservoir(5, 1), 1000, 1000).columns[0].equal(numbered(Reservoir(5, 1), 1000, 1).columns[0])
