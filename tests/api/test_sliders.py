"""Sliders of a model by name."""

import pytest

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.sliders import fit
from sda_lib.sliders.nudges import Nudging


@pytest.fixture(scope="module")
def slider_model(slider_model_path):
    return sda_lib.SdaModel.load(slider_model_path)


def test_sliders_by_name(slider_model, checked_html):
    sliders = slider_model.sliders
    one = sliders[sliders.names[0]]
    assert one.name in sliders
    assert [each.name for each in sliders] == list(sliders.names)
    assert repr(one).startswith(f"Slider({one.name!r}, ")
    assert "array" not in repr(sliders)
    checked_html(one._repr_html_())
    checked_html(sliders._repr_html_())
    with pytest.raises(SdaError, match="no slider 'size'"):
        sliders["size"]


def test_codes_move_along_them(slider_model):
    codes = slider_model.generate(seconds=0.5).codes
    name = slider_model.sliders.names[0]
    moved = codes.moved(frames=(0, 5), **{name: 3})
    assert (moved.indices != codes.indices).any()
    assert (moved.indices[:, 5:] == codes.indices[:, 5:]).all()
    assert codes.moved(**{name: 0}).is_same(codes)


def test_a_changed_model_keeps_them(slider_model):
    assert slider_model.with_header(name="other").sliders.names == slider_model.sliders.names


def test_a_model_gets_sliders_of_its_own(model, monkeypatch, checked_html):
    monkeypatch.setattr(fit, "STRAIGHT", Nudging(100, (0.5,)))
    monkeypatch.setattr(fit, "RELIABLE", -1.0)  # straight ones alone
    monkeypatch.setattr(fit, "TRIED", 1)
    found = model.fit_sliders()
    assert model.sliders is None
    assert "Sliders" in checked_html(found.sliders._repr_html_())
    assert {"brightness", "loudness"} <= {card.name for card in found.sliders.cards}
    assert found.levels == model.levels
    with pytest.raises(SdaError, match="recordings"):
        sda_lib.SdaModel.fit_sliders(model.without_memory())
