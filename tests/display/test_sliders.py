"""Display of sliders."""

import pytest

from sda_lib.display.sliders import slider_view, sliders_view
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def sliders(slider_model_path):
    return SdaModel.load(slider_model_path).sliders


def test_sliders_are_a_table_with_what_is_hidden(sliders, checked_html):
    html = checked_html(sliders_view(sliders))
    assert [card.name for card in sliders.cards if not card.is_axis and card.name not in html.lower()] == []
    assert html.count("sda-meter") == sum(not card.is_axis for card in sliders.shown)


def test_one_slider(sliders, checked_html):
    html = checked_html(slider_view(sliders.cards[0]))
    assert sliders.cards[0].name.capitalize() in html
    assert "rank correlation" in html
