"""Pictures as PNG files."""

import io

import matplotlib.image
import numpy as np

from sda_lib.display.png import data_url, image, png

COLORS = np.array([[0, 0, 0], [200, 40, 90], [255, 255, 255]], np.uint8)


def test_another_reader_finds_the_same_pixels():
    indices = np.random.default_rng(0).integers(0, 3, (7, 11))
    found = matplotlib.image.imread(io.BytesIO(png(indices, COLORS)), format="png")
    assert np.array_equal(np.round(255 * found[..., :3]), COLORS[indices])


def test_an_image_describes_itself(checked_html):
    html = checked_html(image(np.zeros((1, 1), int), COLORS, "nothing"))
    assert 'alt="nothing"' in html
    assert data_url("image/png", png(np.zeros((1, 1), int), COLORS)) in html
