"""The recordings of a model: names, categories, and a model with some of them."""

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.model.recordings import chosen_recordings, recordings_of, with_recordings


@pytest.fixture(scope="module")
def grouped(grouped_model_path):
    return SdaModel.load(grouped_model_path)


def test_recordings_have_the_names_and_tags_of_the_files(grouped):
    found = {one.name: one.tags for one in recordings_of(grouped)}
    assert found.pop("high/n3") == ("loud", "noises")
    assert set(found) == {"high/n0", "high/n1", "high/n2", "low/a", "low/b", "low/c", "low/soft/d"}
    assert not any(found.values())
    assert all(0.5 <= one.seconds < 0.6 for one in recordings_of(grouped))


def test_some_recordings_alone_are_as_they_are_among_others(grouped):
    chosen = chosen_recordings(grouped, ["low/*", "loud"])
    few = with_recordings(grouped, chosen)
    assert [one.name for one in recordings_of(few)] == ["high/n3", "low/a", "low/b", "low/c", "low/soft/d"]
    grains = chosen[grouped.memory.grain_recording.numpy()]
    assert np.array_equal(few.memory.codes, grouped.memory.codes[:, grains])
    assert few.codec is grouped.codec


def test_why_none_can_be_chosen(grouped):
    with pytest.raises(
        SdaError, match="No recording is in 'lows'; the categories are high, loud, low, low/soft, noises"
    ):
        chosen_recordings(grouped, ["lows"])
    with pytest.raises(SdaError, match="saved without its recordings"):
        recordings_of(grouped.without_memory())


@pytest.mark.parametrize(
    "tags", [3, [], {"low/a": 3}, {"low/a": [3]}, {"low/a": ["x" * 999]}, {"low/a": [""]}, {3: ["x"]}]
)
def test_tags_of_strangers_are_left_out(grouped, tags):
    odd = grouped.with_header(corpus={"tags": tags})
    assert not any(one.tags for one in recordings_of(odd))
    assert not any(one.tags for one in recordings_of(grouped.with_header(corpus=tags)))
