"""Display of the history."""

import numpy as np

from sda_lib.analysis.thumbnail import thumbnail
from sda_lib.audio.clip import AudioClip
from sda_lib.display.history import age, history_view, thumbnail_image, thumbnail_url
from sda_lib.history.entry import HistoryEntry

NOISE = AudioClip(0.1 * np.random.default_rng(0).standard_normal((1, 4800), np.float32), 48000, "<noise>")


def test_sounds_are_listed_with_picture_and_player_and_texts_are_escaped():
    entries = [
        HistoryEntry(7, "generated", 0.0, "<model>", 4.0, name="<b>", note="a <note>", starred=True, stored=9),
        HistoryEntry(3, "edited", 0.0, "tin", 70.0, "reverse frames 3 to 9"),
    ]
    html = history_view(entries, 40, {7: thumbnail(NOISE)}, {7: NOISE})
    for text in (
        "&lt;b&gt;",
        "a &lt;note&gt;",
        "&lt;model&gt;",
        "reverse frames 3 to 9",
        "38 more",
        "40 sounds",
        "1:10",
    ):
        assert text in html
    assert "<b></b>" not in html
    assert (html.count("<audio"), html.count("<img"), html.count("★")) == (1, 1, 1)


def test_an_empty_history_says_what_fills_it():
    assert "sda studio" in history_view([], 0, {}, {})


def test_a_thumbnail_has_low_bands_below_and_other_bytes_have_none():
    assert thumbnail_url(thumbnail(NOISE)).startswith("data:image/png;base64,")
    assert thumbnail_url(b"x") == thumbnail_image(b"") == ""


def test_ages_are_said_in_whole_units():
    made = 1_000_000_000.0
    ages = {now: age(made, made + now) for now in (-5, 59, 60, 7200, 3 * 86400, 40 * 86400, 800 * 86400)}
    assert list(ages.values()) == [
        "just now", "just now", "1 minute ago", "2 hours ago", "3 days ago", "1 month ago", "2 years ago",
    ]  # fmt: skip
