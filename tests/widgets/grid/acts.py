"""What a user does with the grid, as messages of the browser."""

import re


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
