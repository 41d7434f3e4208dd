"""`sda_lib.Codes`: edit, decode, save and load."""

import numpy as np
import pytest

import sda_lib
from sda_lib.errors import SdaError


def test_edit_and_decode_with_the_model_of_the_codes(model, codes):
    turned = codes.edit("reverse", frames=(2, 8)).edit("clear", levels=(1, 2))
    assert np.array_equal(turned.indices[0, 2:8], codes.indices[0, 2:8][::-1])
    assert np.array_equal(turned.decode().samples, model.decode(turned).samples)


def test_codes_from_a_file_need_a_model(model, codes, tmp_path):
    path = codes.save(tmp_path / "rain.codes.npz")
    with pytest.raises(SdaError, match="know no model"):
        sda_lib.load_codes(path).decode()
    assert sda_lib.Codes.load(path, model).decode().length == codes.samples


def test_they_are_shown_in_one_line(codes):
    assert repr(codes).startswith(f"Codes({codes.levels} levels × {codes.frames} frames")
    assert "\n" not in repr(codes)
    assert "array" not in repr(codes)


def test_they_show_themselves(model, codes, tmp_path, checked_html):
    assert "The recording rain" in checked_html(codes._repr_html_())
    assert "Structure" in checked_html(sda_lib.load_codes(codes.save(tmp_path / "rain.codes.npz"))._repr_html_())


def test_tab_completion_offers_public_names_only(model, codes):
    for value in (codes, model, codes.decode()):
        assert all(not name.startswith("_") for name in dir(value))
    assert {"reverse", "edit", "moved", "decode"} <= set(dir(codes))
    assert "play" not in dir(model)


def test_without_a_model_they_do_not_move(codes, tmp_path):
    with pytest.raises(SdaError, match="move them with"):
        sda_lib.load_codes(codes.save(tmp_path / "rain.codes.npz")).moved(brightness=1)
