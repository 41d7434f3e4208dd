"""Modules of `sda_lib.sound` of version 0.1 are found under their new names, with a warning."""

import pytest

from sda_lib import sound
from sda_lib.audio import clip
from sda_lib.export import write


def test_old_modules_warn():
    with pytest.warns(DeprecationWarning, match=r"sda_lib\.sound\.clip is now sda_lib\.audio\.clip"):
        assert sound.clip is clip
    with pytest.warns(DeprecationWarning, match="sda_lib.export.write"):
        assert sound.export is write


def test_unknown_names_are_errors():
    with pytest.raises(AttributeError, match="absent"):
        _ = sound.absent
