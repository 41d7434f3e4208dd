"""Pixels as a PNG file."""

import io

import numpy as np
from PIL import Image

from sda_widgets.common.grid_image import png


def test_png_of_any_size():
    for shape in ((1, 1, 3), (3, 7, 3), (12, 2580, 3)):
        pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)
