"""Which recordings new sounds are made of, as the page keeps it."""

import shutil

import numpy as np
import pytest

from sda_lib import GenerateOptions
from sda_widgets.plane.recording_map import RecordingMap
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session


@pytest.fixture
def grouped(grouped_model_path, tmp_path):
    data = tmp_path / "data"
    (data / "models").mkdir(parents=True)
    session = Session(Places(data, data))
    session.open_model(shutil.copy(grouped_model_path, data / "models/grouped.sda"))
    assert session.message == ""
    return session


def test_a_choice_and_what_it_finds(grouped):
    choice = grouped.recordings
    assert [one.name for one in choice.categories] == ["high", "loud", "low", "low/soft", "noises"]
    assert choice.chosen.all()
    choice.choose(["low", "low", "nothing"])
    assert choice.names == ("low", "nothing")
    assert choice.chosen.sum() == 4


def test_single_recordings_come_and_go(grouped):
    choice = grouped.recordings
    number = choice.offered.index("low/a")
    choice.toggle(number)
    choice.toggle(choice.offered.index("high/n0"))
    assert choice.names == ("low/a", "high/n0")
    choice.toggle(number)
    assert choice.names == ("high/n0",)


def test_a_recording_of_a_chosen_category_is_left_out(grouped):
    choice = grouped.recordings
    choice.choose(["low"])
    choice.toggle(choice.offered.index("low/b"))
    assert set(choice.names) == {"low/a", "low/c", "low/soft/d"}


def test_another_model_begins_without_a_choice(grouped, tiny_model_path):
    grouped.recordings.choose(["low"])
    grouped.open_model(shutil.copy(tiny_model_path, grouped.places.models / "tiny.sda"))
    assert grouped.recordings.names == ()
    assert grouped.recordings.offered == ("pluck", "rain", "sweep")


def test_names_that_find_nothing_are_answered_in_a_sentence(grouped):
    before = grouped.sound.clip
    grouped.sound.create.generate(GenerateOptions(recordings=("lows",)))
    assert "No recording is in 'lows'; the categories are high" in grouped.message
    assert grouped.sound.clip is before


def test_the_map_shows_categories_in_colors(grouped):
    window = RecordingMap(grouped)
    grouped.map_work.finish()
    brightness = window.dots.color.copy()
    assert window.by_category.layout.display is None
    window.by_category.value = True
    assert set(window.dots.color) == {0.0, 1.0}
    assert window.legend.value.count("sda-legend") == 2
    window.by_category.value = False
    assert np.array_equal(window.dots.color, brightness)
