"""Display of compared sounds, and the report."""

import re

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.comparison.compared import ComparedSounds
from sda_lib.display.comparisons import (
    blind_view,
    comparison_page,
    comparison_view,
    gain_in_words,
    measure_rows,
    shift_in_words,
    write_comparison,
)
from sda_lib.errors import SdaError

TONE = AudioClip(0.5 * np.sin(np.arange(9600) * 0.05), 48000, "<tone>")


@pytest.fixture
def compared(tiny_corpus):
    clips = {name: read_clip(tiny_corpus / f"{name}.wav") for name in ("pluck", "rain")}
    return ComparedSounds({**clips, "<b>": AudioClip(0.1 * TONE.samples, 48000)})


def test_every_sound_is_seen_and_heard_with_its_gain(compared, checked_html):
    html = checked_html(comparison_view(compared))
    assert html.count("<audio") == 3
    assert html.count('alt="spectrogram of') == 3
    assert html.count('alt="difference between') == 2
    assert "&lt;b&gt; against pluck" in html
    for gain in compared.match.gains_db:
        assert gain_in_words(gain) in html


def test_the_report_needs_no_other_place(compared, checked_html, tmp_path):
    html = checked_html(comparison_page(compared))
    assert "default-src 'none'" in html
    assert html.count("<style>") == 2
    path = write_comparison(compared, tmp_path / "report.html")
    assert path.read_text() == html
    with pytest.raises(SdaError, match="html"):
        write_comparison(compared, tmp_path / "report.txt")


def test_one_sound_has_no_differences(checked_html):
    html = checked_html(comparison_view(ComparedSounds({"alone": TONE})))
    assert "Differences" not in html
    assert html.count("<audio") == 1


def test_the_table_has_every_measure_of_every_sound(compared):
    rows = {row[0]: row[1:] for row in measure_rows(compared)}
    assert all(len(cells) == 3 for cells in rows.values())
    assert rows["mel distance from pluck"][0] == ""
    assert float(rows["mel distance from pluck"][1]) > 1
    assert rows["pitch, Hz"][1] == "–"  # rain has none


def test_silence_is_said(compared, checked_html):
    silent = ComparedSounds({**compared.clips, "nothing": AudioClip(np.zeros(4000), 44100)})
    assert "nothing is too quiet to be matched" in checked_html(comparison_view(silent))


def test_words_for_gains_and_shifts():
    assert [gain_in_words(one) for one in (3.24, -0.01, -12)] == ["+3.2 dB", "0.0 dB", "−12.0 dB"]
    assert shift_in_words(0.0123) == "moved by 12.3 ms, since it comes later"
    assert shift_in_words(0) == ""


def test_a_blind_view_tells_labels_alone(checked_html):
    html = checked_html(blind_view({"1": TONE, "2": AudioClip(TONE.samples, 48000)}))
    first, second = re.findall(r"<audio.*?</audio>", html)
    assert first.replace('aria-label="1"', 'aria-label="2"') == second
    assert "tone" not in html
