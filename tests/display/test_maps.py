"""Display of a map."""

import dataclasses

import numpy as np

from sda_lib.display import maps
from sda_lib.maps.corpus_map import CorpusMap

MAP = CorpusMap(("<rain>", "bell"), np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([0.0, 1.0]), np.array([1.0, 2.0]))


def test_recordings_are_named_dots_where_they_belong(checked_html):
    html = checked_html(maps.map_view(MAP))
    assert "2 recordings" in html
    assert html.count("&lt;rain&gt;") == 2  # the tip and the name
    assert html.index("left:calc(8.00% - 6px);top:calc(92.00% - 6px)") < html.index(
        "left:calc(92.00% - 6px);top:calc(8.00%"
    )


def test_many_recordings_have_their_names_as_tips(checked_html):
    count = maps.NAMED + 1
    many = dataclasses.replace(
        MAP, names=("bell",) * count, places=np.zeros((count, 2)), colors=np.zeros(count), seconds=np.ones(count)
    )
    assert checked_html(maps.map_view(many)).count("bell") == count
