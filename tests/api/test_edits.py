"""Edits as methods of codes."""

import inspect

import numpy as np
import pytest

import sda_lib
from sda_lib.api.edits import edit_doc, edit_signature
from sda_lib.errors import SdaError


def test_every_edit_is_a_method_with_a_signature_and_help():
    for name in sda_lib.EDITS:
        assert name in dir(sda_lib.Codes)
        method = getattr(sda_lib.Codes, name)
        assert inspect.signature(method) == edit_signature(name)
        assert method.__doc__ == edit_doc(name)
        assert "codebooks" not in inspect.signature(method).parameters


def test_a_method_is_the_edit_of_its_name(codes):
    assert codes.reverse(frames=(2, 8)).is_same(codes.edit("reverse", frames=(2, 8)))
    assert codes.loop(2, frames=(0, 4)).frames == codes.frames + 4
    assert np.array_equal(codes.mute(levels=(1, 2)).muted, [1])
    with pytest.raises(TypeError, match="loudness"):
        codes.reverse(loudness=1)
    with pytest.raises(SdaError, match="outside"):
        codes.reverse(frames=(0, 10_000))


def test_the_table_of_edits_shows_itself(checked_html):
    assert repr(sda_lib.EDITS).startswith("EDITS(set, paint")
    assert "codes.reverse(" in checked_html(sda_lib.EDITS._repr_html_())
    assert sda_lib.EDITS["reverse"].__name__ == "reverse"
    assert len(sda_lib.EDITS) == len(list(sda_lib.EDITS))
