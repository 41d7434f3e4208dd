"""Display of clips."""

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.display.clips import clip_view, peak_in_words, rows_of_clips

TONE = AudioClip(0.5 * np.sin(np.arange(4800) * 0.05), 48000, "<tone>")
LOUD = AudioClip(2 * TONE.samples, 48000)


def test_a_clip_is_seen_and_heard(checked_html):
    html = checked_html(clip_view(TONE))
    assert all(
        one in html for one in ("&lt;tone&gt;", "0.10 s", "48000 Hz", "mono", "−6.0 dBFS", "<audio", "<svg", "<img")
    )


def test_silence_has_no_level():
    assert peak_in_words(AudioClip(np.zeros(10), 8000)) == "silence"


def test_rows_of_clips(checked_html):
    assert checked_html(rows_of_clips({"a": TONE, "b": LOUD})).count("<audio") == 2
