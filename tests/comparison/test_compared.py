"""Compared sounds: gains, measures and differences by name."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.comparison.compared import ComparedSounds
from sda_lib.comparison.loudness_match import CEILING_DB, Level
from sda_lib.comparison.measures import UNITS
from sda_lib.errors import SdaError


@pytest.fixture
def compared(tiny_corpus):
    clips = {name: read_clip(tiny_corpus / f"{name}.wav") for name in ("pluck", "rain", "sweep")}
    quiet = AudioClip(0.1 * clips["pluck"].samples, clips["pluck"].sample_rate)
    return ComparedSounds({**clips, "quiet": quiet})


def test_all_are_equally_loud_below_the_ceiling(compared):
    levels = {name: Level.of(clip) for name, clip in compared.matched.items()}
    assert [one.loudness() for one in levels.values()] == pytest.approx([compared.match.loudness] * 4, abs=0.05)
    assert max(one.true_peak_db for one in levels.values()) == pytest.approx(CEILING_DB, abs=0.02)


def test_the_first_is_compared_with_the_others(compared):
    assert list(compared.differences) == list(compared.distances) == ["rain", "sweep", "quiet"]
    assert compared.distances["quiet"].mel < 0.05 < 1 < compared.distances["rain"].mel
    assert compared.distances["quiet"].spectrum < 0.5


def test_measures_tell_levels_before_the_match(compared):
    measures = compared.measures
    assert all(list(found) == list(UNITS) for found in measures.values())
    assert measures["quiet"]["loudness"] == pytest.approx(measures["pluck"]["loudness"] - 20, abs=0.05)
    assert measures["quiet"]["gain"] == pytest.approx(measures["pluck"]["gain"] + 20, abs=0.05)
    assert measures["quiet"]["true peak"] == pytest.approx(measures["pluck"]["true peak"] - 20, abs=0.05)
    assert measures["quiet"]["brightness"] == pytest.approx(measures["pluck"]["brightness"], rel=1e-3)


def test_as_they_are_all_get_one_gain(compared):
    plain = ComparedSounds(compared.clips, equally_loud=False)
    assert set(plain.match.gains_db) == {0.0}
    assert plain.distances["quiet"].spectrum > 10
    loud = ComparedSounds({"a": AudioClip(2 * np.ones(100), 8000), "b": AudioClip(np.ones(100), 8000)}, False)
    assert loud.match.gains_db[0] == loud.match.gains_db[1] < -7


def test_their_number_is_limited(tiny_corpus):
    clip = read_clip(tiny_corpus / "pluck.wav")
    for count in (0, 27):
        with pytest.raises(SdaError, match="two to 26"):
            ComparedSounds({str(number): clip for number in range(count)})


def test_silence_is_named(compared):
    silent = ComparedSounds({**compared.clips, "nothing": AudioClip(np.zeros(4000), 44100)})
    assert silent.silent == ("nothing",)
    assert silent.measures["nothing"]["gain"] == 0
    assert silent.match.loudness == pytest.approx(compared.match.loudness)
