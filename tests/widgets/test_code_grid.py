"""The code grid without a browser: messages in, session and marks out."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from sda_lib.models.codes import LEVEL_NAMES
from sda_lib.models.editing import EDITS
from sda_widgets.code_grid import WINDOW, CodeGrid, plain_edits
from sda_widgets.grid_image import png, ramp


@pytest.fixture
def grid(session):
    return CodeGrid(session)


def press(grid, *keys, shift=False, ctrl=False):
    for key in keys:
        grid._hear({"kind": "key", "key": key, "shift": shift, "ctrl": ctrl})


def point(grid, kind, level, frame, shift=False):
    """The middle of a cell, as the browser sends it."""
    levels, (first, end) = grid.session.codes.levels, grid._view
    grid._hear({"kind": kind, "x": (frame + 0.5 - first) / (end - first), "y": (level + 0.5) / levels, "shift": shift})


def said(grid):
    return re.sub("<[^>]*>", "", grid.status.value)


def test_the_picture_has_one_pixel_per_cell_in_the_code_s_color(grid):
    codes = grid.session.codes
    pixels = np.asarray(Image.open(io.BytesIO(grid.cells.image.value)))
    assert np.array_equal(pixels, ramp(codes.codebook_size)[codes.indices])


def test_every_edit_sends_a_new_picture_object(grid):
    before = grid.cells.image
    press(grid, "+")
    assert grid.cells.image is not before
    assert grid.wide_cells.image is grid.cells.image


def test_png_of_any_size():
    for shape in ((1, 1, 3), (3, 7, 3), (12, 2580, 3)):
        pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)


def test_neighboring_codes_have_neighboring_colors_from_dark_to_light():
    brightness = ramp(256).astype(int) @ [2, 7, 1]
    assert (np.diff(brightness) >= 0).all()


def test_arrows_move_and_shift_extends(grid):
    press(grid, "ArrowDown", "ArrowRight", "ArrowRight")
    assert (grid.session.cursor, grid.session.selection) == ((1, 2), None)
    press(grid, "ArrowRight", "ArrowDown", shift=True)
    assert grid.session.selection == ((1, 3), (2, 4))
    press(grid, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    assert (grid.session.cursor, grid.session.selection) == ((0, 3), None)


def test_a_drag_marks_a_rectangle(grid):
    point(grid, "press", 5, 30)
    assert grid.session.cursor == (5, 30)
    point(grid, "drag", 2, 20)
    assert grid.session.selection == ((2, 6), (20, 31))
    point(grid, "press", 7, 40, shift=True)
    assert grid.session.selection == ((5, 8), (30, 41))


def test_a_code_is_typed_between_enters(grid):
    press(grid, "Enter", "1", "3", "Backspace", "2")
    assert "code 12_" in said(grid)
    press(grid, "Enter")
    assert grid.session.codes.indices[0, 0] == 12
    press(grid, "5", "Escape")
    assert grid.session.codes.indices[0, 0] == 12


def test_a_code_that_does_not_exist_is_refused_with_a_sentence(grid):
    press(grid, "9", "9", "9", "Enter")
    assert "Codes must lie in" in grid.session.message


def test_undo_and_redo_keys(grid):
    before = grid.session.codes
    press(grid, "+" if before.indices[0, 0] == 0 else "-")
    edited = grid.session.codes
    press(grid, "z", ctrl=True)
    assert grid.session.codes is before
    press(grid, "Z", shift=True, ctrl=True)
    assert np.array_equal(grid.session.codes.indices, edited.indices)


def test_copy_and_paste(grid):
    point(grid, "press", 0, 0)
    point(grid, "drag", 2, 9)
    press(grid, "c", ctrl=True)
    block = grid.session.codes.indices[0:3, 0:10].copy()
    point(grid, "press", 0, 50)
    press(grid, "v", ctrl=True)
    assert np.array_equal(grid.session.codes.indices[0:3, 50:60], block)


def test_restore_brings_the_sound_s_own_codes_back(grid):
    press(grid, "a", ctrl=True)
    grid._apply("randomize", seed=1)
    press(grid, "Delete")
    assert np.array_equal(grid.session.codes.indices, grid.session.written.indices)


def test_every_edit_that_needs_only_a_region_has_a_button(grid):
    labels = {button.description for button in grid._acting}
    assert {"reverse", "randomize"} <= set(plain_edits()) <= set(EDITS)
    assert {name.capitalize() for name in plain_edits()} <= labels


def test_the_status_line_names_level_frame_time_code_and_use(grid):
    point(grid, "press", 11, 47)
    code = grid.session.codes.indices[11, 47]
    assert said(grid).startswith(LEVEL_NAMES[-1])
    for part in ("frame 47", f"{47 / grid.session.codes.frame_rate:.2f} s", f"code {code} of", "in the corpus"):
        assert part in said(grid)
    assert 'role="status"' in grid.status.value


def test_long_sounds_are_shown_through_a_window_that_follows_the_cursor(grid):
    session = grid.session
    session.codes = session.codes.with_indices(np.tile(session.codes.indices, 8))
    assert grid._view == (0, WINDOW)
    press(grid, "End")
    first, end = grid._view
    assert first <= session.cursor[1] < end == session.codes.frames
    grid._hear({"kind": "zoom", "delta": -100, "x": 0.5})
    assert grid._view[1] - grid._view[0] < WINDOW
    grid._hear({"kind": "look", "x": 0.0, "y": 0.0})
    assert grid._view[0] == 0


def test_overlays_are_new_arrays(grid):
    before = grid.box.x
    press(grid, "ArrowRight")
    assert grid.box.x is not before
    assert grid.box.x.min() == 1
