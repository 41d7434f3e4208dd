"""Which sounds end by themselves, and which end is the quietest."""

import numpy as np
import pytest

from sda_lib.writers.endings import end_level, ends_by_itself, quietest_end
from sda_lib.writers.request import Request


@pytest.mark.parametrize(
    ("frames", "usual", "ends"), [(30, 0.0, True), (31, 0.0, False), (50, 40.0, True), (51, 40.0, False)]
)
def test_short_sounds_end_by_themselves(frames, usual, ends):
    assert ends_by_itself(Request(frames), 10.0, usual) == ends


def test_the_request_decides():
    assert ends_by_itself(Request(900, ends=True), 10.0, 0.0)
    assert not ends_by_itself(Request(3, ends=False), 10.0, 0.0)


def test_the_first_quiet_end_is_taken_else_the_quietest():
    loudness = np.array([0.0, -10.0, -20.0, -90.0])
    loud, softer, quiet = (np.array([0, 0, 0, 0, *[grain] * 8]) for grain in (1, 2, 3))

    def paths(*given):
        yield from given
        raise AssertionError("a path after a quiet end")

    path, level = quietest_end(paths(loud, quiet), loudness)
    assert path is quiet
    assert level == end_level(loudness[quiet]) == -90.0
    path, level = quietest_end([softer, loud], loudness)
    assert path is softer
    assert level == -20.0
