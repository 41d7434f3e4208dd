"""Which sounds end by themselves, and which end is the quietest."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib.memory.graph import QUIET_END
from sda_lib.writers.endings import end_level, ends_by_itself, loudest_end, quietest_end
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


def test_a_louder_end_is_quiet_enough_where_events_end_so():
    loudness = np.array([0.0, -10.0, -20.0])
    loud, softer = (np.array([0, 0, 0, 0, *[grain] * 8]) for grain in (1, 2))
    assert quietest_end([loud, softer], loudness, most=-10.0)[0] is loud
    assert quietest_end([loud, softer], loudness, most=-11.0)[0] is softer


def test_an_event_may_end_as_loud_as_it_does_itself(cut_off):
    """Without its last grain where other frames follow."""
    walk = cut_off((6, 6))
    graph = replace(walk.graph, loudness=np.array([0.0, 0, 0, -10, -15, -40, 0, 0, 0, 0, -50, -60]))
    assert loudest_end(graph, Request(6), walk.ahead) == QUIET_END
    assert loudest_end(graph, Request(6, first=0), walk.ahead) == -15.0
    assert loudest_end(graph, Request(6, first=0, followed=True), walk.ahead) == -10.0
    assert loudest_end(graph, Request(6, first=6), walk.ahead) == QUIET_END
