"""Display of codes: the grid as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from sda_lib.codec.codes import Codes, level_names
from sda_lib.display.markup import counted, duration, head, note
from sda_lib.display.pictures import codes_picture


def codes_view(codes: Codes, names: Sequence[str] = (), model: str = "", excerpt: str = "") -> str:
    """Return the grid of codes with the names of its levels.

    Args:
        codes: the codes.
        names: names of the levels; default: the usual ones.
        model: name of the model that they belong to.
        excerpt: which part of a recording they are, in words; empty if they are none.
    """
    facts = (
        duration(codes.seconds),
        f"{counted(codes.levels, 'level')} × {counted(codes.frames, 'frame')}",
        f"{codes.codebook_size} codes per level",
        f"{codes.frame_rate:.1f} frames/s",
        f"model {model}" if model else "",
    )
    grid = codes_picture(codes, tuple(names) or level_names(codes.levels))
    same = note(f"The recording {excerpt}") if excerpt else ""
    return head("Codes", *facts) + grid + same + note("Dark codes decode to dark frames, light ones to bright frames.")
