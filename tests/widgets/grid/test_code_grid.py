"""The code grid without a browser: messages in, session and marks out."""

import io
import re

import numpy as np
import pytest
from ipywidgets import Button
from PIL import Image

import sda_lib
from sda_lib.codec.codes import LEVEL_NAMES
from sda_lib.colors import code_colors
from sda_lib.editing.registry import EDITS, RESHAPING, edit
from sda_lib.model.model import SdaModel
from sda_widgets.common.grid_image import png
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.grid.edit_form import BY_HAND
from sda_widgets.grid.grid_figure import level_runs
from sda_widgets.grid.grid_toolbar import QUICK
from sda_widgets.grid.viewport import WINDOW


@pytest.fixture
def grid(session):
    return CodeGrid(session, session.sound)


def press(grid, *keys, shift=False, ctrl=False):
    for key in keys:
        grid._receive({"kind": "key", "key": key, "shift": shift, "ctrl": ctrl})


def point(grid, kind, level, frame, shift=False, **more):
    """The middle of a cell, as the browser sends it."""
    view = grid._view
    place = {"x": (frame + 0.5 - view.first) / view.width, "y": (level + 0.5) / grid.session.sound.codes.levels}
    grid._receive({"kind": kind, **place, "shift": shift, **more})


def said(grid):
    return re.sub("<[^>]*>", "", grid.status.value)


def test_the_picture_has_one_pixel_per_cell_in_the_code_s_color(grid):
    codes = grid.session.sound.codes
    pixels = np.asarray(Image.open(io.BytesIO(grid.drawing.cells.image.value)))
    assert np.array_equal(pixels, code_colors(codes.codebook_size)[codes.indices])


def test_every_edit_sends_a_new_picture_object(grid):
    before = grid.drawing.cells.image
    press(grid, "+")
    assert grid.drawing.cells.image is not before
    assert grid.drawing.wide_cells.image is grid.drawing.cells.image


def test_png_of_any_size():
    for shape in ((1, 1, 3), (3, 7, 3), (12, 2580, 3)):
        pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)


def test_neighboring_codes_have_neighboring_colors_from_dark_to_light():
    brightness = code_colors(256).astype(int) @ [2, 7, 1]
    assert (np.diff(brightness) >= 0).all()


def test_arrows_move_and_shift_extends(grid):
    press(grid, "ArrowDown", "ArrowRight", "ArrowRight")
    assert (grid.session.sound.cursor, grid.session.sound.selection) == ((1, 2), None)
    press(grid, "ArrowRight", "ArrowDown", shift=True)
    assert grid.session.sound.selection == ((1, 3), (2, 4))
    press(grid, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    assert (grid.session.sound.cursor, grid.session.sound.selection) == ((0, 3), None)


def test_a_drag_marks_a_rectangle(grid):
    point(grid, "press", 5, 30)
    assert grid.session.sound.cursor == (5, 30)
    point(grid, "drag", 2, 20)
    assert grid.session.sound.selection == ((2, 6), (20, 31))
    point(grid, "press", 7, 40, shift=True)
    assert grid.session.sound.selection == ((5, 8), (30, 41))


def test_a_code_is_typed_between_enters(grid):
    press(grid, "Enter", "1", "3", "Backspace", "2")
    assert "code 12_" in said(grid)
    press(grid, "Enter")
    assert grid.session.sound.codes.indices[0, 0] == 12
    press(grid, "5", "Escape")
    assert grid.session.sound.codes.indices[0, 0] == 12


def test_a_code_that_does_not_exist_is_refused_with_a_sentence(grid):
    press(grid, "9", "9", "9", "Enter")
    assert "Codes must lie in" in grid.session.message


def test_undo_and_redo_keys(grid):
    before = grid.session.sound.codes
    press(grid, "+" if before.indices[0, 0] == 0 else "-")
    edited = grid.session.sound.codes
    press(grid, "z", ctrl=True)
    assert grid.session.sound.codes is before
    press(grid, "Z", shift=True, ctrl=True)
    assert np.array_equal(grid.session.sound.codes.indices, edited.indices)


def test_copy_and_paste(grid):
    point(grid, "press", 0, 0)
    point(grid, "drag", 2, 9)
    press(grid, "c", ctrl=True)
    block = grid.session.sound.codes.indices[0:3, 0:10].copy()
    point(grid, "press", 0, 50)
    press(grid, "v", ctrl=True)
    assert np.array_equal(grid.session.sound.codes.indices[0:3, 50:60], block)


def test_pasting_with_shift_lets_what_stands_there_shine_through(grid):
    session = grid.session
    point(grid, "press", 0, 0)
    point(grid, "drag", 2, 5)
    press(grid, "c", ctrl=True)
    point(grid, "press", 0, 20)
    before = session.sound.codes
    press(grid, "V", ctrl=True, shift=True)
    block, level = session.clipboard
    mixed = edit(before, "mix", session.model, block=block, to_level=level, to=20, amount=0.5)
    assert session.sound.codes.is_same(mixed)
    assert not session.sound.codes.is_same(before)


def test_restore_brings_the_sound_s_own_codes_back(grid):
    press(grid, "a", ctrl=True)
    grid.session.sound.edits.apply("randomize", seed=1)
    press(grid, "Delete")
    assert np.array_equal(grid.session.sound.codes.indices, grid.session.sound.written.indices)


def test_every_edit_has_a_button_or_a_place_in_the_form(grid):
    labels = {button.description for row in grid.toolbar.rows for button in row.children if isinstance(button, Button)}
    offered = {name for _label, name in grid.toolbar.form.chooser.options}
    assert offered | set(BY_HAND) == set(EDITS)
    assert {name.capitalize() for name in QUICK} <= labels


def test_the_form_applies_an_edit_with_its_numbers(grid):
    grid.toolbar.form.chooser.value = "loop"
    assert list(grid.toolbar.form.fields) == ["times"]
    frames = grid.session.sound.codes.frames
    point(grid, "press", 0, 4)
    point(grid, "drag", 0, 6)
    grid.toolbar.form.fields["times"].value = 3
    grid.toolbar.form.button.click()
    assert grid.session.sound.codes.frames == frames + 6
    grid.toolbar.form.chooser.value = "transpose"
    assert set(grid.toolbar.form.fields) == {"by", "amount"}
    grid.toolbar.form.chooser.value = "swap"
    grid.toolbar.form.button.click()
    assert "another sound" in grid.session.message


@pytest.mark.parametrize("name", [name for name in EDITS if name not in (*BY_HAND, "swap", "blend", "restructure")])
def test_every_edit_of_the_form_works_as_it_stands(grid, name):
    point(grid, "press", 1, 3)
    point(grid, "drag", 4, 9)
    grid.toolbar.form.chooser.value = name
    before = grid.session.sound.codes
    grid.toolbar.form.button.click()
    assert grid.session.message == ""
    assert name == "copy" or not grid.session.sound.codes.is_same(before)


def test_a_brush_paints_along_its_way_and_is_one_step(grid):
    point(grid, "press", 3, 5)
    code = grid.session.sound.codes.indices[3, 5]
    press(grid, "b")
    assert f"brush paints code {code}" in said(grid)
    steps = len(grid.session.sound.history.steps)
    point(grid, "press", 0, 10)
    point(grid, "drag", 4, 18)
    assert len(grid.session.sound.history.steps) == steps
    point(grid, "release", 4, 20)
    assert len(grid.session.sound.history.steps) == steps + 1
    changed = {(0, 10), (4, 18), (4, 19), (4, 20), (2, 14)}
    assert {cell: int(grid.session.sound.codes.indices[cell]) for cell in changed} == dict.fromkeys(changed, code)
    point(grid, "press", 7, 30, alt=True)
    assert f"brush paints code {grid.session.sound.codes.indices[7, 30]}" in said(grid)


def test_ctrl_drags_select_several_places_and_names_select_rows_and_columns(grid):
    point(grid, "press", 1, 2)
    point(grid, "drag", 2, 4)
    point(grid, "press", 6, 8, ctrl=True)
    point(grid, "drag", 7, 9)
    assert grid.session.sound.areas == (((1, 3), (2, 5)), ((6, 8), (8, 10)))
    assert "selected 10 cells in 2 places" in said(grid)
    before = grid.session.sound.codes.indices
    press(grid, "+")
    rows, columns = np.nonzero(grid.session.sound.codes.indices != before)
    assert set(zip(rows, columns, strict=True)) <= {
        *((a, b) for a in (1, 2) for b in (2, 3, 4)), *((a, b) for a in (6, 7) for b in (8, 9))
    }  # fmt: skip
    frames = grid.session.sound.codes.frames
    point(grid, "press", 5, 0, zone="levels")
    assert grid.session.sound.areas == (((5, 6), (0, frames)),)
    point(grid, "drag", 7, 0, zone="levels")
    assert grid.session.sound.areas == (((5, 8), (0, frames)),)
    point(grid, "press", 0, 12, zone="frames")
    point(grid, "release", 0, 14, zone="frames")
    assert grid.session.sound.areas == (((0, 12), (12, 15)),)


def test_a_key_freezes_cells_and_thaws_them_again(grid):
    point(grid, "press", 1, 2)
    point(grid, "drag", 2, 4)
    press(grid, "k")
    assert grid.session.sound.frozen == (((1, 3), (2, 5)),)
    assert (grid.drawing.locked.x.min(), grid.drawing.locked.x.max()) == (2, 5)
    press(grid, "k")
    assert grid.session.sound.frozen == ()


def test_muted_levels_are_dim(grid):
    point(grid, "press", 3, 0)
    press(grid, "m")
    pixels = np.asarray(Image.open(io.BytesIO(grid.drawing.cells.image.value))).astype(int)
    expected = code_colors(grid.session.sound.codes.codebook_size)[grid.session.sound.codes.indices].astype(int)
    assert pixels[3].sum() < 0.5 * expected[3].sum()
    assert np.array_equal(pixels[4], expected[4])
    assert "muted" in said(grid)


def test_a_level_gets_another_name_that_stays_in_the_model(grid):
    point(grid, "double", 2, 0, zone="levels")
    assert grid.name.layout.display is None
    grid._receive({"kind": "named", "name": "<b>Grit</b>"})
    assert grid.name.layout.display == "none"
    assert "&lt;b&gt;Grit&lt;/b&gt;" in grid.status.value
    assert "<b>Grit</b>" in grid.drawing.levels_axis.tick_labels.values()
    assert SdaModel.load(grid.session.model_path).level_names[2] == "<b>Grit</b>"
    press(grid, "F2")
    grid._receive({"kind": "named", "name": None})
    assert grid.session.message == ""
    grid._receive({"kind": "named", "name": "far too long for a name"})
    assert "up to" in grid.session.message


def test_runs_of_levels_share_a_label():
    names = ("Structure 1", "Structure 2", "Body", "Texture 1", "Texture 2", "Detail")
    assert level_runs(names) == [("Structure", 0, 2), ("Body", 2, 3), ("Texture", 3, 5), ("Detail", 5, 6)]


def test_cut_and_paste_across_levels(grid):
    point(grid, "press", 2, 3)
    point(grid, "drag", 4, 8)
    block = grid.session.sound.codes.indices[2:5, 3:9]
    press(grid, "x", ctrl=True)
    neutral = grid.session.model.codebooks.neutral
    assert (grid.session.sound.codes.indices[2:5, 3:9] == neutral[2:5, None]).all()
    point(grid, "press", 11, 20)  # no room below: the block goes to the levels that it came from
    press(grid, "v", ctrl=True)
    assert np.array_equal(grid.session.sound.codes.indices[2:5, 20:26], block)


def test_the_status_line_names_level_frame_time_code_and_use(grid):
    point(grid, "press", 11, 47)
    code = grid.session.sound.codes.indices[11, 47]
    assert said(grid).startswith(LEVEL_NAMES[-1])
    for part in ("frame 47", f"{47 / grid.session.sound.codes.frame_rate:.2f} s", f"code {code} of", "in the corpus"):
        assert part in said(grid)
    assert 'role="status"' in grid.status.value


def test_long_sounds_are_shown_through_a_window_that_follows_the_cursor(grid):
    session = grid.session
    session.sound.codes = session.sound.codes.with_indices(np.tile(session.sound.codes.indices, 8))
    assert (grid._view.first, grid._view.width) == (0, WINDOW)
    press(grid, "End")
    assert grid._view.first <= session.sound.cursor[1] < grid._view.end == session.sound.codes.frames
    grid._receive({"kind": "zoom", "delta": -100, "x": 0.5})
    assert grid._view.width < WINDOW
    grid._receive({"kind": "look", "x": 0.0, "y": 0.0})
    assert grid._view.first == 0
    grid._receive({"kind": "grab", "dx": -0.5})
    assert grid._view.first == grid._view.width / 2
    press(grid, "f")
    assert grid._view.width == session.sound.codes.frames


def test_overlays_are_new_arrays(grid):
    before = grid.drawing.box.x
    press(grid, "ArrowRight")
    assert grid.drawing.box.x is not before
    assert grid.drawing.box.x.min() == 1


def seen(grid):
    """First frame, width and number of frames: of the view, and as the figure has them."""
    view, scale = grid._view, grid.drawing.x
    assert (scale.min, scale.max) == (view.first, view.end)
    assert view.frames == grid.sound.codes.frames
    return view.first, view.width


def whole(grid):
    return (0, min(WINDOW, grid.sound.codes.frames))


@pytest.mark.parametrize(("first", "then"), [(0.7, 4.0), (4.0, 0.7)])
def test_a_new_sound_of_another_length_is_shown_from_its_beginning_whatever_was_done_to_the_last(grid, first, then):
    session = grid.session
    session.sound.create.generate(sda_lib.GenerateOptions(first, seed=1))
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    assert session.sound.history.can_undo
    grid._receive({"kind": "zoom", "delta": -100, "x": 0.5})
    session.sound.create.generate(sda_lib.GenerateOptions(then, seed=2))
    assert seen(grid) == whole(grid)


def test_a_file_that_is_opened_after_an_edit_of_a_shorter_sound_is_shown_whole(grid):
    session = grid.session
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=1))
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    session.sound.create.load_file(session.places.demo / "rain.wav")
    assert seen(grid) == whole(grid)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("delete", {"frames": (10, 80)}),
        ("insert", {"frames": (0, 60)}),
        ("loop", {"frames": (0, 30), "times": 4}),
        ("duplicate", {"frames": (0, 60)}),
        ("stretch", {"frames": (0, 90), "by": 0.25}),
    ],
)
def test_an_edit_that_changes_the_length_of_a_sound_seen_whole_leaves_it_seen_whole(grid, name, arguments):
    session = grid.session
    before = session.sound.codes.frames
    assert name in RESHAPING
    session.sound.edits.apply(name, **arguments)
    assert session.message == ""
    assert session.sound.codes.frames != before
    assert seen(grid) == whole(grid)
    for go in (session.sound.steps.undo, session.sound.steps.redo, session.sound.steps.undo):
        go()
        assert seen(grid) == whole(grid)


def test_a_part_that_is_looked_at_stays_in_view_when_the_sound_gets_longer(grid):
    grid._look(grid._view.moved_to(30, 20))
    grid.session.sound.edits.apply("duplicate", frames=(60, 80))
    assert seen(grid) == (30, 20)
    grid.session.sound.steps.undo()
    assert seen(grid) == (30, 20)


def test_sounds_of_unequal_lengths_that_change_places_are_seen_whole(grid):
    session = grid.session
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(0.7, seed=1))
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    second = CodeGrid(session, session.sounds[1])
    for _ in range(2):
        session.compare.swap(*session.sounds)
        assert [seen(one) for one in (grid, second)] == [whole(one) for one in (grid, second)]


def test_a_cut_copy_and_the_whole_sound_that_change_places_are_seen_whole(grid):
    session = grid.session
    session.add_sound()
    session.sounds[1].edits.apply("delete", frames=(10, 80))
    for _ in range(2):
        session.compare.swap(*session.sounds)
        assert seen(grid) == whole(grid)
