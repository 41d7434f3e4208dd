"""Which rows of stretches of frames belong to which recording, and to which half of the sounds."""

import torch

from sda_lib.codec.linear_fit import BLOCK_FRAMES, row_halves, row_recordings

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
