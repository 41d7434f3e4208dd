"""Packed sounds are restored exactly, and none unpacks to more than its bound."""

import json

import numpy as np
import pytest
import torch

from sda_lib.codec.codes import Codes
from sda_lib.prior.gaussian import Latents
from sda_lib.sessions.packed_sounds import MOST_NUMBERS, sound_from_plain, sound_to_plain


def again(sound):
    return sound_from_plain(json.loads(json.dumps(sound_to_plain(sound))))


def test_codes_and_latents_are_restored_exactly():
    codes = Codes(np.arange(24).reshape(3, 8), 300, 512, 44100, 4000, (1,), lead=3, gain=0.5)
    found = again(codes)
    assert np.array_equal(found.indices, codes.indices)
    assert (found.length, found.muted, found.placement) == (4000, (1,), codes.placement)
    latents = Latents(torch.randn(5, 4), 2000, 512, 44100)
    assert torch.equal(again(latents).values, latents.values)


def test_nothing_unpacks_to_more_than_the_bound():
    plain = sound_to_plain(Codes(np.zeros((1, 4), int), 2, 512, 44100))
    plain["codes"]["shape"] = [MOST_NUMBERS, 2]
    with pytest.raises(ValueError, match=str(2 * MOST_NUMBERS)):
        sound_from_plain(plain)
