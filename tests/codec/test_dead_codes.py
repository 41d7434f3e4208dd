"""Dead codes move to frames."""

import torch

from sda_lib.codec.clustering import nearest_rows
from sda_lib.codec.dead_codes import dead_code_targets


def points(count, seed=0):
    return torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))


def test_dead_codes_move_no_further_than_they_must():
    """Each wins one frame from a code that has others, and stays on the line between its place and that frame."""
    frames = points(100)
    book = torch.cat([frames[:12], points(4, seed=3) * 4])
    index = nearest_rows(frames, book)
    dead = (torch.bincount(index, minlength=16) == 0).nonzero()[:, 0]
    codes, places = dead_code_targets(frames, book, index, dead)
    assert codes.tolist()
    assert set(codes.tolist()) <= set(dead.tolist())
    moved = book.clone()
    moved[codes] = places
    won = nearest_rows(frames, moved)
    assert all((won == code).any() for code in codes)
    for code, place in zip(codes, places, strict=True):
        frame = frames[won == code]
        way = (book[code] - frame).norm(dim=1)
        assert ((book[code] - place).norm() + (place - frame).norm(dim=1) - way).abs().min() < 1e-4
        assert (place - frame).norm(dim=1).min() > 1e-6
