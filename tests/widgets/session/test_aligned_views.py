"""The seconds that the grids of a session show."""

import pytest

import sda_lib
from sda_widgets.grid.code_grid import CodeGrid


@pytest.fixture
def grids(session):
    """Grids of A, which is long, and of B, which is shorter."""
    session.add_sound()
    session.sounds[1].create.generate(sda_lib.GenerateOptions(1.0, seed=4))
    return [CodeGrid(session, sound) for sound in session.sounds]


def seconds(grid):
    codes = grid.sound.codes
    return codes.seconds_of(grid.drawing.x.min), codes.seconds_of(grid.drawing.x.max)


def test_grids_show_the_same_seconds(grids, session):
    one, other = grids
    assert seconds(other) == pytest.approx(seconds(one))
    one._receive({"kind": "zoom", "delta": -200, "x": 0.7})
    assert seconds(one)[0] > 0
    assert seconds(other) == pytest.approx(seconds(one))
    other._receive({"kind": "key", "key": "f", "shift": False, "ctrl": False})
    assert seconds(one) == pytest.approx(seconds(other))


def test_a_new_sound_of_the_first_is_shown_from_its_beginning_and_the_others_follow(grids, session):
    one, other = grids
    one._receive({"kind": "zoom", "delta": -200, "x": 0.7})
    session.sound.create.generate(sda_lib.GenerateOptions(2.0, seed=9))
    assert one.drawing.x.min == 0
    assert seconds(other) == pytest.approx(seconds(one))


def test_a_new_sound_of_another_keeps_the_view(grids, session):
    one, other = grids
    one._receive({"kind": "zoom", "delta": -200, "x": 0.7})
    before = seconds(one)
    session.sounds[1].create.generate(sda_lib.GenerateOptions(3.0, seed=9))
    assert seconds(one) == before
    assert seconds(other) == pytest.approx(before)


def test_cells_beyond_a_shorter_sound_are_its_last(grids):
    one, other = grids
    one._receive({"kind": "look", "x": 1.0, "y": 0.0})
    other._receive({"kind": "press", "x": 0.999, "y": 0.5, "shift": False})
    other._receive({"kind": "release", "x": 0.999, "y": 0.5, "shift": False})
    assert other.sound.cursor[1] == other.sound.codes.frames - 1
