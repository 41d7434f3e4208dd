"""The code grid without a browser: messages in, session and marks out."""

import numpy as np
from acts import point, press, said

from sda_lib.codec.codes import LEVEL_NAMES
from sda_lib.editing.registry import edit
from sda_lib.model.model import SdaModel


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


def test_type_a_code_between_enters(grid):
    press(grid, "Enter", "1", "3", "Backspace", "2")
    assert "code 12_" in said(grid)
    press(grid, "Enter")
    assert grid.session.sound.codes.indices[0, 0] == 12
    press(grid, "5", "Escape")
    assert grid.session.sound.codes.indices[0, 0] == 12


def test_a_code_out_of_range_is_refused(grid):
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


def test_paste_with_shift_mixes_with_the_codes_below(grid):
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


def test_restore_the_original_codes(grid):
    press(grid, "a", ctrl=True)
    grid.session.sound.edits.apply("randomize", seed=1)
    press(grid, "Delete")
    assert np.array_equal(grid.session.sound.codes.indices, grid.session.sound.written.indices)


def test_a_brush_drag_is_one_step(grid):
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


def test_ctrl_drags_select_several_areas_and_labels_select_rows_and_columns(grid):
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


def test_a_key_freezes_and_unfreezes_cells(grid):
    point(grid, "press", 1, 2)
    point(grid, "drag", 2, 4)
    press(grid, "k")
    assert grid.session.sound.frozen == (((1, 3), (2, 5)),)
    assert (grid.drawing.locked.x.min(), grid.drawing.locked.x.max()) == (2, 5)
    press(grid, "k")
    assert grid.session.sound.frozen == ()


def test_a_new_name_of_a_level_is_kept_in_the_model(grid):
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


def test_cut_and_paste_across_levels(grid):
    point(grid, "press", 2, 3)
    point(grid, "drag", 4, 8)
    block = grid.session.sound.codes.indices[2:5, 3:9]
    press(grid, "x", ctrl=True)
    neutral = grid.session.model.codebooks.neutral_of(slice(2, 5))
    assert (grid.session.sound.codes.indices[2:5, 3:9] == neutral[:, None]).all()
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
