"""Colors of recordings by category, and their legend."""

from sda_lib.audio.categories import Recording
from sda_widgets.plane.category_colors import NONE, category_of, category_shades, legend

SOUNDS = [
    Recording("drums/soft/a", 1.0, ("loud",)), Recording("b", 1.0, ("loud",)), Recording("c", 1.0),
    Recording("drums/d", 1.0),
]  # fmt: skip


def test_the_outermost_folder_or_the_first_tag_is_the_category():
    assert [category_of(one) for one in SOUNDS] == ["drums", "loud", NONE, "drums"]


def test_shades_are_equal_in_a_category_and_spread_over_all():
    names, shades = category_shades(SOUNDS)
    assert names == ("drums", "loud", NONE)
    assert shades.tolist() == [0.0, 0.5, 1.0, 0.0]
    assert category_shades(SOUNDS[:1])[1].tolist() == [0.0]
    assert category_shades([])[0] == ()


def test_names_of_strangers_are_text():
    assert "<img" not in legend(["<img src=x>", "b"])
    assert legend(["a", "b"]).count("background:#") == 2
