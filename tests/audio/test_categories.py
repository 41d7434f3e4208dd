"""Folders and tags as categories, and patterns that find recordings."""

import pytest

from sda_lib.audio.categories import (
    LONGEST,
    MOST_TAGS,
    NAMED,
    Recording,
    categories_of,
    found_by,
    matches,
    names_in_words,
    tags_of,
)
from sda_lib.errors import SdaError

KICK = Recording("drums/soft/kick", 2.0, ("vinyl", "old tape"), ".wav")
RAIN = Recording("rain", 60.0)


@pytest.mark.parametrize(
    "pattern",
    [
        "drums", "drums/", "drums/soft", "drums/*", "*/soft/*", "*kick", "drums/soft/kick", "drums/soft/kick.wav",
        "*.wav", "vinyl", "Vinyl", "old tape", "vin*", "*/drums/*", "d?ums", "[a-d]rums",
    ],
)  # fmt: skip
def test_patterns_that_find_a_recording(pattern):
    assert matches(pattern, KICK)
    assert not matches(pattern, RAIN)


@pytest.mark.parametrize("pattern", ["soft", "kick", "drum", "Drums", "drums/so", "tape", "*/loud/*", ""])
def test_patterns_that_do_not(pattern):
    assert not matches(pattern, KICK)


def test_a_name_with_signs_of_patterns_is_found_by_itself():
    assert matches("old [1]", Recording("old [1]/a", 1.0))


def test_a_recording_of_a_model_is_found_by_its_file():
    """Models hold no suffixes."""
    assert matches("drums/kick.flac", Recording("drums/kick", 1.0))
    assert not matches("drums/kick.txt", Recording("drums/kick", 1.0))


def test_categories_count_what_is_in_their_folders_and_tags():
    found = {one.name: (one.files, one.minutes) for one in categories_of([KICK, RAIN, Recording("drums/x", 58.0)])}
    assert found == {
        "drums": (2, 1.0), "drums/soft": (1, 2 / 60), "vinyl": (1, 2 / 60), "old tape": (1, 2 / 60),
    }  # fmt: skip


def test_tags_of_metadata():
    assert tags_of({"genre": "Loud; Noise/Hum", "keywords": "hum,  big  room ", "title": "no"}) == (
        "loud", "noise", "hum", "big room",
    )  # fmt: skip
    assert tags_of({}) == ()


def test_tags_of_strangers_are_few_and_short_and_printable():
    found = tags_of({"genre": ";".join(f"{number}\x1b" + "x" * 9999 for number in range(99))})
    assert len(found) == MOST_TAGS
    assert all(len(one) <= LONGEST and one.isprintable() for one in found)


def test_a_wrong_name_is_answered_with_those_that_there_are():
    with pytest.raises(SdaError, match=r"No recording is in 'drum'; the categories are drums, drums/soft, old tape, v"):
        found_by(["drums", "drum"], [KICK, RAIN])
    assert found_by(["drums", "rain"], [KICK, RAIN]) == [True, True]
    assert found_by([], [KICK, RAIN]) == [False, False]


def test_without_categories_the_recordings_are_named():
    many = [Recording(f"n{number:02}", 1.0) for number in range(NAMED + 3)]
    assert names_in_words(many).endswith("n10, n11 and 3 more")
    assert names_in_words(many).startswith("there are no folders and tags, and the recordings are n00, ")
