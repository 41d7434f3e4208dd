"""Colors of codes."""

import numpy as np

from sda_lib.colors import code_colors


def test_neighboring_codes_have_neighboring_colors_from_dark_to_light():
    brightness = code_colors(256).astype(int) @ [2, 7, 1]
    assert (np.diff(brightness) >= 0).all()
