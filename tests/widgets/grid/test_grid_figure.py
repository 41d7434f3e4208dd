"""The picture of the codes and the marks on it."""

import io

import numpy as np
from acts import point, press, said
from PIL import Image

from sda_lib.colors import code_colors
from sda_widgets.grid.grid_figure import level_runs


def test_one_pixel_per_cell_in_the_color_of_its_code(grid):
    codes = grid.session.sound.codes
    pixels = np.asarray(Image.open(io.BytesIO(grid.drawing.cells.image.value)))
    assert np.array_equal(pixels, code_colors(codes.codebook_size)[codes.indices])


def test_every_edit_sends_a_new_picture_object(grid):
    before = grid.drawing.cells.image
    press(grid, "+")
    assert grid.drawing.cells.image is not before
    assert grid.drawing.wide_cells.image is grid.drawing.cells.image


def test_muted_levels_are_dim(grid):
    point(grid, "press", 3, 0)
    press(grid, "m")
    pixels = np.asarray(Image.open(io.BytesIO(grid.drawing.cells.image.value))).astype(int)
    expected = code_colors(grid.session.sound.codes.codebook_size)[grid.session.sound.codes.indices].astype(int)
    assert pixels[3].sum() < 0.5 * expected[3].sum()
    assert np.array_equal(pixels[4], expected[4])
    assert "muted" in said(grid)


def test_runs_of_levels_share_a_label():
    names = ("Structure 1", "Structure 2", "Body", "Texture 1", "Texture 2", "Detail")
    assert level_runs(names) == [("Structure", 0, 2), ("Body", 2, 3), ("Texture", 3, 5), ("Detail", 5, 6)]


def test_overlays_are_new_arrays(grid):
    before = grid.drawing.box.x
    press(grid, "ArrowRight")
    assert grid.drawing.box.x is not before
    assert grid.drawing.box.x.min() == 1
