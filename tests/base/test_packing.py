"""Weights in 8 bits come back within half a step of their group."""

import torch

from sda_lib.base.packing import GROUP, LARGEST, from_int8, packed, to_int8, unpacked


def weights(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_every_number_is_within_half_a_step():
    matrix = weights(7, 150) * torch.logspace(-4, 2, 7)[:, None]
    numbers, scale = to_int8(matrix)
    assert numbers.dtype == torch.int8
    assert scale.shape == (7, -(-150 // GROUP))
    steps = scale.float().repeat_interleave(GROUP, 1)[:, :150]
    assert ((from_int8(numbers, scale) - matrix).abs() <= 0.51 * steps).all()
    assert int(numbers.abs().max()) == LARGEST


def test_zeros_stay_zero():
    assert not from_int8(*to_int8(torch.zeros(3, 70))).any()


def test_small_and_exact_tensors_keep_their_precision():
    tensors = {"large": weights(64, 80), "small": weights(8), "exact": weights(64, 80), "count": torch.tensor(3)}
    stored = packed(tensors, exact=("exact",))
    found = unpacked(stored)
    assert set(found) == set(tensors)
    assert torch.equal(found["exact"], tensors["exact"])
    assert torch.equal(found["count"], tensors["count"])
    assert torch.equal(found["small"], tensors["small"].half().float())
    assert sum(one.nbytes for one in stored.values()) < 0.7 * sum(one.nbytes for one in tensors.values())
