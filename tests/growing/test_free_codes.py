"""Free codes: which ones move, where to, and what changes for old sounds."""

import torch

from sda_lib.growing.free_codes import (
    agreement,
    codebook_shift,
    placed_codes,
    rarest,
    reassign_codes,
    reencoded_codes,
)


def books():
    """Three levels of eight codes, each level an octave finer."""
    return (
        torch.randn(3, 8, 4, generator=torch.Generator().manual_seed(0)) * torch.tensor([4.0, 1.0, 0.25])[:, None, None]
    )


def test_the_rarest_codes_lose_no_more_frames_than_allowed():
    counts = torch.tensor([5, 0, 2, 9, 2, 1])
    assert sorted(rarest(counts, 3, 6).tolist()) == [1, 2, 5]
    assert sorted(rarest(counts, 0, 6).tolist()) == [1]
    assert len(rarest(counts, 100, 2)) == 2


def test_free_codes_move_where_fixed_ones_are_far():
    generator = torch.Generator().manual_seed(1)
    near = torch.randn(60, 2, generator=generator) * 0.1
    clouds = torch.cat([near, near + 10, near - torch.tensor([10.0, 0.0])])
    free = placed_codes(clouds, torch.zeros(1, 2), 2, generator)
    targets = torch.tensor([[10.0, 10.0], [-10.0, 0.0]])
    assert torch.cdist(targets, free).amin(1).max() < 0.2


def test_frames_keep_their_codes_up_to_the_first_moved_one():
    before = books()
    generator = torch.Generator().manual_seed(2)
    codes = torch.randint(8, (3, 200), generator=generator)
    latent = sum(book[own] for book, own in zip(before, codes, strict=True))
    after = before.clone()
    after[1, 3] += 5
    found = reencoded_codes(before, after, latent, codes, 4)
    touched = codes[1] == 3
    assert torch.equal(found[:, ~touched], codes[:, ~touched])
    assert torch.equal(found[0], codes[0])
    assert (found[1, touched] != 3).all()
    whole = agreement(codes, found)
    assert whole[0] == 1
    assert 0.5 < whole[1] < 1


def test_reassigned_codes_stay_within_the_share():
    before, generator = books(), torch.Generator().manual_seed(3)
    codes = torch.randint(6, (3, 400), generator=generator)  # codes 6 and 7 are idle
    usage = torch.stack([torch.bincount(one, minlength=8) for one in codes])
    new = torch.randn(100, 4, generator=generator) + 20
    still = reassign_codes(before, usage, new, 0.0, 0)
    assert {tuple(one) for one in (still != before).any(2).nonzero().tolist()} <= {
        (level, code) for level in range(3) for code in (6, 7)
    }
    after = reassign_codes(before, usage, new, 0.2, 0)
    lost = (after != before).any(2)[0][codes[0]].double().mean()
    assert 0 < lost <= 0.2
    assert (new[:, None] - after[0]).norm(dim=2).amin(1).mean() < (new[:, None] - before[0]).norm(dim=2).amin(1).mean()


def test_codes_of_generic_levels_stay():
    before, new = books(), torch.randn(100, 4, generator=torch.Generator().manual_seed(3)) + 20
    after = reassign_codes(before, torch.zeros(3, 8, dtype=torch.int64), new, 0.0, 0, 2)
    assert (after != before).flatten(1).any(1).tolist() == [True, True, False]


def test_unused_codes_do_not_count_as_a_shift():
    before, usage = books(), torch.ones(3, 8)
    after = before.clone()
    after[0, 2] = 0
    assert codebook_shift(before, after, usage) > 0.1
    usage[0, 2] = 0
    assert codebook_shift(before, after, usage) == 0
