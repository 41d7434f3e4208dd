"""The palette that stands alone."""

import pytest

import sda_lib
from sda_widgets import Palette


def test_it_is_open_and_chooses(owned, take):
    palette = Palette(owned, take)
    assert palette.palette.toolbar in palette.palette.children
    assert palette.palette.fold not in palette.palette.head.children
    assert palette.palette.input.drop_target == ""
    palette.level, palette.code = 2, 5
    assert palette.palette.shown.level == 2
    palette.palette._insert()
    assert palette.codes.indices[2, 0] == 5
    palette.palette._on_key({"key": "Escape"})
    assert palette.palette.toolbar in palette.palette.children
    for trait, wrong in (("level", 99), ("code", 10**6)):
        with pytest.raises(sda_lib.SdaError):
            setattr(palette, trait, wrong)
    assert (palette.level, palette.code) == (2, 5)
