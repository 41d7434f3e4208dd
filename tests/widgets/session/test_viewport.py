"""The frames that a grid shows."""

import pytest

from sda_widgets.session.viewport import WINDOW, Viewport


@pytest.mark.parametrize(("before", "after"), [(16, 94), (94, 16), (94, 600), (600, 94), (94, 94)])
def test_a_whole_view_stays_whole_when_resized(before, after):
    assert Viewport.of(before).moved_to(0, before).resized(after).width == pytest.approx(
        after if before > WINDOW else min(after, WINDOW)
    )


def test_a_part_keeps_its_place_within_the_frames():
    part = Viewport.of(94).moved_to(40, 30)
    assert (part.resized(120).first, part.resized(120).width) == (40, 30)
    assert (part.resized(60).first, part.resized(60).width) == (30, 30)
    assert (part.resized(20).first, part.resized(20).width, part.resized(20).end) == (0, 20, 20)


def test_a_view_of_a_cut_sound_starts_over_when_it_is_long_again():
    assert Viewport.of(1000).moved_to(500).resized(10).resized(1000) == Viewport.of(1000)
