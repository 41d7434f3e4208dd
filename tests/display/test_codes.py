"""Display of codes."""

import numpy as np

from sda_lib.codec.codes import Codes
from sda_lib.display.codes import codes_view

CODES = Codes(np.zeros((2, 30), int), 16, 1024, 48000)


def test_codes_are_a_grid_with_the_names_of_its_levels(checked_html):
    html = checked_html(codes_view(CODES))
    assert [
        one for one in ("2 levels × 30 frames", "16 codes per level", "Structure", "Timbre", "<img") if one not in html
    ] == []


def test_names_model_and_excerpt_are_shown(checked_html):
    html = checked_html(codes_view(CODES, ("low", "<high>"), "<model>", "rain from 0.10 s"))
    assert [
        one for one in ("&lt;high&gt;", "model &lt;model&gt;", "The recording rain from 0.10 s") if one not in html
    ] == []
