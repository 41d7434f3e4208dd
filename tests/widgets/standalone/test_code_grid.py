"""The code grid that stands alone."""

import pytest

import sda_lib
from sda_widgets import CodeGrid
from sda_widgets.listen.sound_player import SoundPlayer


def has_player(widget):
    return isinstance(widget, SoundPlayer) or any(map(has_player, getattr(widget, "children", ())))


def test_an_edit_changes_codes_and_an_observer_sees_it(owned, take):
    grid, seen = CodeGrid(owned, take), []
    grid.observe(lambda change: seen.append(change.new), "codes")
    grid.grid.input._handle_custom_msg({"kind": "press", "x": 0.5, "y": 0.1, "shift": False}, [])
    grid.grid.input._handle_custom_msg({"kind": "key", "key": "+", "shift": False, "ctrl": False}, [])
    assert len(seen) == 1
    assert isinstance(seen[0], sda_lib.Codes)
    assert not seen[0].is_same(take.codes)
    assert grid.clip.seconds == seen[0].decode().seconds


def test_selection_and_cursor(owned, take):
    grid = CodeGrid(owned, take)
    grid.selection = [[0, 2], [3, 9]]
    grid.cursor = [1, 4]
    assert grid.session.sound.selection == ((0, 2), (3, 9))
    assert grid.session.sound.cursor == (1, 4)
    grid.session.sound.set(selection=None, cursor=(2, 5))
    assert (grid.selection, grid.cursor) == ([], [2, 5])
    for trait, wrong in (("selection", [[0, 2], [3, 900]]), ("selection", [[0, 2]]), ("cursor", [0, -1])):
        with pytest.raises(sda_lib.SdaError):
            setattr(grid, trait, wrong)
    assert (grid.selection, grid.cursor) == ([], [2, 5])


def test_a_grid_of_its_own_has_a_player_and_generates_a_sound(owned):
    grid = CodeGrid(owned)
    assert grid.codes is not None
    assert has_player(grid)
    assert not has_player(CodeGrid(session=grid.session))
    assert not has_player(CodeGrid(owned, player=False))
