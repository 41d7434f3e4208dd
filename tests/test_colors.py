"""Colors of codes and of recordings."""

import numpy as np

from sda_lib.colors import code_colors, source_color


def test_neighboring_codes_have_neighboring_colors_from_dark_to_light():
    brightness = code_colors(256).astype(int) @ [2, 7, 1]
    assert (np.diff(brightness) >= 0).all()


def test_recordings_that_follow_each_other_have_colors_far_apart():
    colors = [[int(source_color(number)[at : at + 2], 16) for at in (1, 3, 5)] for number in range(20)]
    assert min(np.abs(np.diff(colors, axis=0)).sum(1)) > 100
    assert len({tuple(one) for one in colors}) == 20
