"""Which frames of a grid are shown, as data."""

import pytest

from sda_widgets.grid.viewport import WINDOW, Viewport


@pytest.mark.parametrize(("before", "after"), [(16, 94), (94, 16), (94, 600), (600, 94), (94, 94)])
def test_what_was_shown_whole_is_shown_as_a_sound_of_its_own_length(before, after):
    assert Viewport.of(before).moved_to(0, before).resized(after).width == pytest.approx(
        after if before > WINDOW else min(after, WINDOW)
    )


def test_a_part_stays_where_it_was_as_far_as_there_are_frames():
    part = Viewport.of(94).moved_to(40, 30)
    assert (part.resized(120).first, part.resized(120).width) == (40, 30)
    assert (part.resized(60).first, part.resized(60).width) == (30, 30)
    assert (part.resized(20).first, part.resized(20).width, part.resized(20).end) == (0, 20, 20)


def test_a_long_sound_that_was_cut_is_shown_from_its_beginning_when_it_is_long_again():
    assert Viewport.of(1000).moved_to(500).resized(10).resized(1000) == Viewport.of(1000)
