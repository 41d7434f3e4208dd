"""Sweeps as a value: rows, winners, models, and its display."""

import pytest

import sda_lib
from sda_lib.errors import SdaError

pytestmark = pytest.mark.slow


def test_a_sweep_from_a_notebook(tiny_corpus, tmp_path, checked_html):
    parts = []
    small = {"codec__codebook_size": 8, "train__shift": 0, "memory__detail": 0}
    found = sda_lib.sweep(
        tiny_corpus, {"codec.levels": [2, 3]}, tmp_path / "s", seeds=1, minutes=0, **small,
        on_part=lambda *part: parts.append(part),
    )  # fmt: skip
    assert parts[-1][-1] == 1
    assert {row["codec.levels"] for row in found.rows} == {2, 3}
    winner = found.winners["tiny"]
    assert found.model().levels == found.model("tiny").levels == winner["codec.levels"]
    assert (found.folder / "report.html").exists()
    assert "best: tiny: codec.levels=" in repr(found)
    checked_html(found._repr_html_())
    with pytest.raises(SdaError, match="Name one of the corpora: tiny"):
        found.model("other")
