"""Which part of a sound the grid shows after edits, new sounds and swaps."""

import numpy as np
import pytest
from acts import press

import sda_lib
from sda_lib.editing.registry import RESHAPING
from sda_widgets.grid.code_grid import CodeGrid
from sda_widgets.session.viewport import WINDOW


def test_the_view_of_a_long_sound_follows_the_cursor(grid):
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


def seen(grid):
    """First frame, width and number of frames: of the view, and as the figure has them."""
    view, scale = grid._view, grid.drawing.x
    assert (scale.min, scale.max) == (view.first, view.end)
    assert view.frames == grid.sound.codes.frames
    return view.first, view.width


def whole(grid):
    """The view of the longest sound of the session, below which the others stand."""
    return (0, min(WINDOW, max(sound.codes.frames for sound in grid.session.sounds)))


@pytest.mark.parametrize(("first", "then"), [(0.7, 4.0), (4.0, 0.7)])
def test_a_new_sound_is_shown_from_its_beginning(grid, first, then):
    session = grid.session
    session.sound.create.generate(sda_lib.GenerateOptions(first, seed=1))
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    assert session.sound.history.can_undo
    grid._receive({"kind": "zoom", "delta": -100, "x": 0.5})
    session.sound.create.generate(sda_lib.GenerateOptions(then, seed=2))
    assert seen(grid) == whole(grid)


def test_an_opened_file_is_shown_whole(grid):
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
def test_a_whole_sound_stays_whole_when_its_length_changes(grid, name, arguments):
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


def test_a_part_stays_in_view_when_the_sound_gets_longer(grid):
    grid._look(grid._view.moved_to(30, 20))
    grid.session.sound.edits.apply("duplicate", frames=(60, 80))
    assert seen(grid) == (30, 20)
    grid.session.sound.steps.undo()
    assert seen(grid) == (30, 20)


def test_swapped_sounds_are_shown_whole(grid):
    session = grid.session
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(0.7, seed=1))
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 10))
    second = CodeGrid(session, session.sounds[1])
    for _ in range(2):
        session.compare.swap(*session.sounds)
        assert [seen(one) for one in (grid, second)] == [whole(one) for one in (grid, second)]


def test_a_swapped_cut_copy_is_shown_whole(grid):
    session = grid.session
    session.add_sound()
    session.sounds[1].edits.apply("delete", frames=(10, 80))
    for _ in range(2):
        session.compare.swap(*session.sounds)
        assert seen(grid) == whole(grid)
