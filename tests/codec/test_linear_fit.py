"""Which rows of frames belong to which recording and half of the sounds, and sums over streams of rows."""

import pytest
import torch

from sda_lib.codec.linear_fit import (
    BLOCK_FRAMES,
    Moments,
    RidgeSums,
    principal_axes,
    principal_components,
    row_halves,
    row_recordings,
    solve_ridge,
)

STRETCHES = [torch.zeros(frames, 2) for frames in (3, 2, 4)]
BETWEEN = [torch.zeros(frames, 2) for frames in (2, 1, 3)]


def test_rows_have_the_number_of_their_recording():
    numbers = row_recordings([*STRETCHES, *BETWEEN], [0, 1, 1])
    assert numbers.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]
    assert row_recordings(STRETCHES, []) is None


def test_every_second_recording_is_in_the_second_half():
    assert row_halves(STRETCHES, (), [0, 1, 2]).tolist() == [False] * 3 + [True] * 2 + [False] * 4


def test_blocks_of_frames_are_halved_without_recordings():
    """Frames between those of the grid are in the half of the frame before them."""
    count = 2 * BLOCK_FRAMES
    halves = row_halves([torch.zeros(count, 2)], [torch.zeros(2 * (count - 1), 2)], [])
    assert halves[:count].tolist() == [False] * BLOCK_FRAMES + [True] * BLOCK_FRAMES
    assert halves[count:].reshape(2, -1)[1].tolist() == halves[: count - 1].tolist()


@pytest.fixture(scope="module")
def rows():
    """Correlated rows far from zero, such as log-mel blocks are."""
    generator = torch.Generator().manual_seed(0)
    mixing = torch.randn(40, 40, generator=generator) * torch.linspace(1, 0.05, 40)[:, None]
    return torch.randn(3000, 40, generator=generator) @ mixing - 30


@pytest.mark.parametrize("sizes", [[3000], [1, 999, 0, 2000], [100] * 30])
def test_moments_are_those_of_all_rows(rows, sizes):
    found, exact = Moments(), rows.double()
    for block in rows.split(sizes):
        found.add(block)
    centered = exact - exact.mean(0)
    assert found.count == len(rows)
    assert torch.allclose(found.mean.double(), exact.mean(0), atol=1e-4)
    assert torch.allclose(found.covariance, centered.T @ centered / len(rows), atol=1e-3)


def test_axes_of_the_covariance_are_the_principal_components(rows):
    found = Moments()
    for block in rows.split(256):
        found.add(block)
    wanted = principal_components(rows - rows.mean(0), 8)
    assert torch.allclose((principal_axes(found.covariance, 8) * wanted).sum(0), torch.ones(8), atol=1e-3)
    assert principal_axes(found.covariance, 50).shape == (40, 50)
    assert principal_axes(found.covariance, 50)[:, 40:].eq(0).all()


def test_ridge_sums_are_those_of_all_rows(rows):
    inputs, targets = torch.cat([rows[:, :10] + 30, torch.ones(len(rows), 1)], 1), rows[:, 10:]
    sums = RidgeSums()
    for pair in zip(inputs.split(700), targets.split(700), strict=True):
        sums.add(*pair)
    assert torch.allclose(sums.weights(), solve_ridge([inputs], [targets]), atol=1e-3)
