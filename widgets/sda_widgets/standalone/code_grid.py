"""Code grid: edit a sound's codes in a notebook."""

from __future__ import annotations

from typing import Any

from traitlets import List

from sda_lib.editing.registry import Cells
from sda_lib.errors import SdaError
from sda_widgets.grid import code_grid
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import AnyCodes, AnyModel, session_of
from sda_widgets.standalone.root import SoundRoot, player_of


class CodeGrid(SoundRoot):
    """The codes of a sound as a grid, level by frame, edited by mouse, keys and buttons; `codes` follows every edit.

    Args:
        model: a model, its file, or its name in the library; default: that of the session.
        codes: codes, a take, or any sound, which is encoded. Default: a new sound.
        session: the session of another widget, to show the same sound.
        player: whether a player is shown above; default: unless a session is given.

    Raises SdaError for a model or sound that can't be opened.

    Example:
        >>> grid = CodeGrid(model, codes)
        >>> grid.selection = [[0, 3], [4, 8]]  # levels 0 to 2, frames 4 to 7
        >>> grid.codes = codes.reverse(frames=(4, 8))
        >>> grid.cursor, grid.clip.length == codes.samples, grid.message
        ([0, 0], True, '')
    """

    selection: List[list[int]] = List(help="selected cells: [[first level, end], [first frame, end]], or []").tag(
        sync=True
    )
    cursor = List([0, 0], help="[level, frame]").tag(sync=True)

    def __init__(
        self,
        model: AnyModel | None = None,
        codes: AnyCodes | None = None,
        *,
        session: Session | None = None,
        player: bool | None = None,
    ) -> None:
        shared = session_of(model, codes, session, generates=True)
        self.grid = code_grid.CodeGrid(shared, shared.sound)
        has_player = session is None if player is None else player
        super().__init__(shared, [*([player_of(shared)] if has_player else []), self.grid])
        self.mirror(shared.sound, "selection", "selection", _as_lists)
        self.mirror(shared.sound, "cursor", "cursor", list)
        self.control("selection", self._select)
        self.control("cursor", self._point)

    def _select(self, selection: list) -> bool:
        """Select cells, or none."""
        chosen = tuple(map(tuple, selection)) or None
        if chosen == self.session.sound.selection:
            return False
        shape = self.session.sound.need_codes().indices.shape
        fits = chosen is None or (len(chosen) == 2 and all(_is_range(*one) for one in zip(chosen, shape, strict=True)))
        if not fits:
            raise SdaError(
                f"A selection is [[level, end], [frame, end]] within {shape[0]} levels and {shape[1]} frames."
            )
        self.session.sound.set(selection=chosen, more=())
        return True

    def _point(self, cursor: list) -> bool:
        """Move the cursor."""
        if tuple(cursor) == self.session.sound.cursor:
            return False
        shape = self.session.sound.need_codes().indices.shape
        if len(cursor) != 2 or not all(_is_range((at, at + 1), size) for at, size in zip(cursor, shape, strict=True)):
            raise SdaError(f"A cursor is [level, frame] within {shape[0]} levels and {shape[1]} frames.")
        self.session.sound.cursor = tuple(cursor)
        return True


def _is_range(ends: tuple[Any, ...], size: int) -> bool:
    """Whether this is a half-open range of whole numbers, not empty, within 0..size."""
    return len(ends) == 2 and all(isinstance(end, int) for end in ends) and 0 <= ends[0] < ends[1] <= size


def _as_lists(selection: Cells | None) -> list[list[int]]:
    return [] if selection is None else [list(ends) for ends in selection]
