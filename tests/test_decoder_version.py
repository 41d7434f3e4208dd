"""The decoder's version in files, and what is said of others."""

import numpy as np
import pytest

from sda_lib.decoder_version import DECODER_VERSION, decoder_note, decoder_of


def test_files_without_a_version_are_of_the_first():
    assert decoder_of({}) == 1
    assert decoder_of({"decoder": DECODER_VERSION}) == DECODER_VERSION
    assert decoder_of({"decoder": np.array(3)}) == 3  # as an .npz holds it


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "2", None, [2]])
def test_what_is_no_version_is_refused(value):
    with pytest.raises((ValueError, TypeError)):
        decoder_of({"decoder": value})


def test_the_note_says_what_to_expect():
    assert decoder_note(DECODER_VERSION) == ""
    today = f"this version decodes with {DECODER_VERSION}, so it can sound slightly different"
    assert decoder_note(1) == f"Made by decoder 1; {today}."
    newer = DECODER_VERSION + 1
    made = f"x.npz was made by decoder {newer}; {today}; update SDA to play it as it was."
    assert decoder_note(newer, "x.npz") == made
